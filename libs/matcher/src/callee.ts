import type { EndpointIr, InboundIr } from '@malla/ir';
import type { GatewayProxy } from './enter-gateway.ts';
import type { Deciders } from './deciders.ts';
import type { GatewayEntry, HttpRequest } from './request.ts';

/** What stands behind an endpoint's address. */
export type Callee =
  /** A workload behind its own proxy. */
  | {
      readonly kind: 'proxied';
      readonly inbound: InboundIr;
      /** Those that its proxy asks; absent: they count as agreeing. */
      readonly deciders?: Deciders;
      /** The workload's port behind the endpoint. */
      readonly targetPort: number;
      /** SPIFFE id in the proxy's certificate. */
      readonly identity: string;
    }
  /** A gateway proxy. */
  | {
      readonly kind: 'gateway';
      readonly gateway: GatewayProxy;
      /** Where the endpoint is. */
      readonly address: string;
      readonly port: number;
      /** SPIFFE id in the proxy's certificate. */
      readonly identity: string;
    }
  /** A server without a proxy that speaks plain text. */
  | { readonly kind: 'plain' }
  /** A server without a proxy that speaks TLS. */
  | {
      readonly kind: 'tls';
      /** DNS names and URIs in its certificate. */
      readonly subjectAltNames: readonly string[];
      /** PEM of the CA that signed its certificate. */
      readonly issuerPem: string;
      readonly requiresClientCertificate: boolean;
    };

/** Finds what stands behind an endpoint; undefined when nothing listens there. */
export type CalleeLookup = (endpoint: EndpointIr) => Callee | undefined;

/** A request as the callee's application gets it. */
export interface ReceivedRequest extends HttpRequest {
  /** SPIFFE id of the peer when it came over mutual TLS between proxies. */
  readonly peer?: string;
  /** How it came into a gateway, which is not the last callee then. */
  readonly entry?: GatewayEntry;
}
