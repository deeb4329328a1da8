import type { DestinationIr, EndpointSetIr } from './destination.ts';
import type { GatewayIr } from './gateway.ts';
import type { RouteConfigIr } from './route.ts';
import type { SecretIr } from './secret.ts';

/** A service port that the proxy's application may call. */
export interface OutboundServiceIr {
  readonly host: string;
  readonly port: number;
  readonly http: boolean;
  /** Cluster of the whole service port; the target of plain TCP. */
  readonly cluster: string;
  /** The service's virtual address, when it has one. */
  readonly virtualAddress?: string;
  /** The virtual address of the other family, when it has two. */
  readonly secondaryAddress?: string;
  /**
   * Of TCP of a headless service, where traffic is captured: its clients look up the workloads and call one of them, each at an address of its own.
   * `asIs`: the connection is passed on as it is, without the cluster's TLS.
   */
  readonly members?: readonly { readonly address: string; readonly port: number; readonly asIs: boolean }[];
  /** The RDS name with only this service's virtual host, domain `*` (interception NONE and gRPC). */
  readonly routeConfig?: string;
}

/** The outbound half of a proxy's configuration: equal for all proxies in an equal scope. */
export interface OutboundIr {
  readonly services: readonly OutboundServiceIr[];
  readonly destinations: readonly DestinationIr[];
  readonly endpoints: readonly EndpointSetIr[];
  readonly routeConfigs: readonly RouteConfigIr[];
  readonly secrets: readonly SecretIr[];
  /** What Gateways make a router listen for; absent for sidecars. */
  readonly gateway?: GatewayIr;
  /** Captured traffic to destinations that are not in the mesh is refused (MeshConfig.outboundTrafficPolicy REGISTRY_ONLY). Default: it passes. */
  readonly refusesUnknown?: boolean;
}
