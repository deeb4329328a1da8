import type { AuthorizerIr } from './authorizer.ts';
import type { GatewayPortIr } from './gateway.ts';
import type { InboundPortIr, InboundIr } from './inbound.ts';
import type { SocketAddress } from './proxy.ts';
import type { TelemetryIr } from './telemetry.ts';

/** A listener with its address: what the last step, bind, makes from the halves and the proxy's interception. */
export type ListenerIr =
  /** HTTP to services; routes by RDS. */
  (
    | {
        readonly kind: 'outbound-http';
        readonly name: string;
        readonly bind: SocketAddress;
        /** The same port in the other address family. */
        readonly alsoBind?: SocketAddress;
        readonly bindToPort: boolean;
        readonly routeConfig: string;
      }
    /** TCP to one service port. */
    | {
        readonly kind: 'outbound-tcp';
        readonly name: string;
        readonly bind: SocketAddress;
        /** The same port in the other address family. */
        readonly alsoBind?: SocketAddress;
        readonly bindToPort: boolean;
        readonly cluster: string;
      }
    /** 15001: hands connections to the listener of their original destination, else passes them through or refuses them. */
    | {
        readonly kind: 'virtual-outbound';
        readonly name: string;
        readonly bind: SocketAddress;
        /** The same port in the other address family. */
        readonly alsoBind?: SocketAddress;
        /** Connections that no listener takes end here. Default: they pass through. */
        readonly refusesUnknown?: boolean;
      }
    /** One explicit inbound port (interception NONE). */
    | {
        readonly kind: 'inbound';
        readonly name: string;
        readonly bind: SocketAddress;
        readonly forwardTo: SocketAddress;
        readonly port: InboundPortIr;
        /** As {@link InboundIr.authorizers}. */
        readonly authorizers?: readonly AuthorizerIr[];
        readonly trustDomains: readonly string[];
      }
    /** 15006: every inbound port by original destination. */
    | {
        readonly kind: 'virtual-inbound';
        readonly name: string;
        readonly bind: SocketAddress;
        /** The same port in the other address family. */
        readonly alsoBind?: SocketAddress;
        readonly inbound: InboundIr;
      }
    /** One port of a router. */
    | {
        readonly kind: 'gateway';
        readonly name: string;
        readonly bind: SocketAddress;
        /** The same port in the other address family. */
        readonly alsoBind?: SocketAddress;
        readonly port: GatewayPortIr;
        readonly authorization: NonNullable<InboundIr['gateway']>;
        /** As {@link InboundIr.authorizers}. */
        readonly authorizers?: readonly AuthorizerIr[];
        readonly trustDomains: readonly string[];
      }
    /** A gRPC client's view of a service: an API listener (gRFC A27). */
    | { readonly kind: 'api'; readonly name: string; readonly routeConfig: string }
  ) & {
    /** What is traced and logged of its traffic; absent: nothing. */
    readonly telemetry?: TelemetryIr;
  };
