/** What programs a proxy: Envoy, Malla's own data plane, or a gRPC library with xDS support. */
export type DataPlane = 'envoy' | 'builtin' | 'grpc';

/** A TCP address. */
export interface SocketAddress {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** A listener of interception NONE through which the application reaches one service port. */
export interface OutboundBind {
  /** Fully qualified service host. */
  readonly host: string;
  /** The service's port. */
  readonly port: number;
  readonly bind: SocketAddress;
}

/** A listener of interception NONE through which peers reach the application. */
export interface InboundBind {
  /** The workload's port as Services (targetPort) and policies name it. */
  readonly targetPort: number;
  /** Where peers connect to; what the registry advertises for targetPort. */
  readonly bind: SocketAddress;
  /** Where the application listens. */
  readonly forwardTo: SocketAddress;
}

/**
 * How traffic gets into the proxy. REDIRECT: iptables to 15001 and 15006, original destination known; ipv6 (default false): the workload has an IPv6
 * address, so its listeners take both families.
 * NONE: explicit listeners, so several agents share one host; httpProxy is one listener for all HTTP services by Host header.
 */
export type Interception =
  | { readonly mode: 'REDIRECT'; readonly ipv6?: boolean }
  | {
      readonly mode: 'NONE';
      /** The workload has an IPv6 address; for routers, which listen at every address. Default false. */
      readonly ipv6?: boolean;
      readonly outbound: readonly OutboundBind[];
      readonly inbound: readonly InboundBind[];
      readonly httpProxy?: SocketAddress;
    };

/** What a proxy is for: one workload's traffic, or (router) what Gateways let in and out, beside no workload of its own. */
export type ProxyRole = 'sidecar' | 'router';

/** A connected proxy: its identity, what it runs, where, and what it declares. Made from the xDS node and checked against its certificate. */
export interface Proxy {
  /** `<workload>.<namespace>`; unique in the mesh. */
  readonly id: string;
  readonly role: ProxyRole;
  readonly dataPlane: DataPlane;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Name of the registered workload that it stands for. */
  readonly workload: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly cluster: string;
  readonly network: string;
  /** region/zone/subzone, possibly empty. */
  readonly locality: string;
  /** Malla version of the agent. */
  readonly version: string;
  /** Optional abilities the proxy declares; it gets only what it declares. */
  readonly features: readonly string[];
  readonly interception: Interception;
}

/**
 * What the outbound half of a proxy's configuration depends on. Proxies in an equal scope share IR and bytes:
 * no id, no address, and only labels that some rule names.
 */
export interface ProxyScope {
  readonly role: ProxyRole;
  readonly dataPlane: DataPlane;
  readonly features: readonly string[];
  readonly cluster: string;
  readonly network: string;
  readonly locality: string;
  readonly namespace: string;
  /** Sidecars: only those that a selector or `sourceLabels` in the snapshot names. */
  readonly labels: Readonly<Record<string, string>>;
  /** Routers: ports of Gateways for which the proxy listens on another one, as its Service says. Absent for sidecars. */
  readonly gatewayPorts?: Readonly<Record<string, number>>;
}
