/**
 * Every name that Malla generates for proxies. They follow Istio's, so that tools that read Istio's proxies read ours.
 * Source: Istio pilot/pkg/model, "BuildSubsetKey", and pilot/pkg/networking/core.
 */

/** `outbound|9080|v1|reviews.default.svc.cluster.local`; subset is empty for the whole service. */
export function outboundClusterName(port: number, subset: string, host: string): string {
  return `outbound|${port}|${subset}|${host}`;
}

/** Parts of an outbound cluster name, or undefined for any other name. */
export function parseOutboundClusterName(name: string): { port: number; subset: string; host: string } | undefined {
  const parts = name.split('|');
  if (parts.length !== 4 || parts[0] !== 'outbound') return undefined;
  return { port: Number(parts[1]), subset: parts[2] as string, host: parts[3] as string };
}

/** `inbound|9080||` */
export function inboundClusterName(targetPort: number): string {
  return `inbound|${targetPort}||`;
}

/** SNI of mutual TLS between proxies: `outbound_.9080_.v1_.reviews.default.svc.cluster.local`. */
export function meshSni(port: number, subset: string, host: string): string {
  return `outbound_.${port}_.${subset}_.${host}`;
}

/** RDS name with every HTTP service of a port (interception REDIRECT): `9080`. */
export function portRouteConfigName(port: number): string {
  return String(port);
}

/** RDS name and virtual host name of one service port: `reviews.default.svc.cluster.local:9080`. */
export function serviceRouteConfigName(host: string, port: number): string {
  return `${host}:${port}`;
}

/** RDS name of the HTTP proxy listener, with every HTTP service. */
export const httpProxyRouteConfigName = 'http_proxy';

/** RDS name of the plain HTTP servers of a gateway proxy's port: `http.8080`, with `.<address>` for a server that binds one. */
export function gatewayHttpRouteConfigName(port: number, bind: string): string {
  return `http.${port}${suffixOf(bind)}`;
}

/** What tells one HTTPS server of a Gateway from all others. */
export interface GatewayServerName {
  /** As the Gateway writes it. */
  readonly port: number;
  readonly portName: string;
  readonly gateway: string;
  readonly namespace: string;
  /** Empty: every address. */
  readonly bind: string;
}

/** RDS name of one HTTPS server: `https.443.web.shop.default`. */
export function gatewayHttpsRouteConfigName(server: GatewayServerName): string {
  const { port, portName, gateway, namespace, bind } = server;
  return `https.${port}.${portName}.${gateway}.${namespace}${suffixOf(bind)}`;
}

function suffixOf(bind: string): string {
  return bind === '' ? '' : `.${bind}`;
}

/** Virtual host of a gateway without any VirtualService: everything gets 404. */
export function gatewayBlackHoleName(port: number): string {
  return `blackhole:${port}`;
}

/** Listener of one service with a virtual address: `10.0.0.7_9080`. */
export function serviceListenerName(address: string, port: number): string {
  return `${address}_${port}`;
}

/** Virtual host and route of inbound ports: `inbound|http|9080`. */
export function inboundVirtualHostName(targetPort: number): string {
  return `inbound|http|${targetPort}`;
}

export const virtualOutboundName = 'virtualOutbound';
export const virtualInboundName = 'virtualInbound';
export const passthroughCluster = 'PassthroughCluster';
export const blackHoleCluster = 'BlackHoleCluster';

/** Virtual host of requests to hosts that nobody serves: they are refused. */
export const blockAllName = 'block_all';
export const inboundPassthroughCluster = 'InboundPassthroughCluster';

/** SDS names of the workload's own certificate and of the mesh's roots. */
export const workloadSecretName = 'default';
export const rootsSecretName = 'ROOTCA';

/** SDS name of the operating system's roots, which the agent serves. */
export const systemRootsSecretName = 'file-root:system';

/** SDS name of a Secret's certificate: `kubernetes://name`. */
export function credentialSecretName(name: string): string {
  return `kubernetes://${name}`;
}

/** SDS name of a Secret's CA: `kubernetes://name-cacert`. */
export function credentialCaSecretName(name: string): string {
  return `kubernetes://${name}-cacert`;
}

/** Static clusters of the agent's bootstrap. */
export const agentXdsCluster = 'xds-grpc';
export const agentSdsCluster = 'sds-grpc';
export const agentAccessLogCluster = 'malla-als';
/** Decisions of policy-telemetry: rate limits, and the built-in authorizer. */
export const agentPolicyCluster = 'malla-policy';

/** Domain of all rate limits, and the keys of the first entries of each descriptor: policy as `namespace/name`, rule. */
export const rateLimitNames = { domain: 'malla', policy: 'policy', rule: 'rule' } as const;

/** The authorizer that is there without an extension provider: policy-telemetry. */
export const builtinAuthorizer = 'malla';

/** What an authorizer is told: the CUSTOM policies, and the ApiKeyPolicies of the workload, each `namespace/name`, separated by commas. */
export const authorizerContext = { policies: 'malla.policy', apiKeyPolicies: 'malla.api-key-policies' } as const;

/** Names of the gRPC access logs: what a proxy's application called, and what called it. */
export const accessLogNames = { outbound: 'malla-outbound', inbound: 'malla-inbound' } as const;

/** Ports with a meaning of their own. Source: https://istio.io/latest/docs/ops/deployment/application-requirements/ */
export const ports = {
  admin: 15000,
  virtualOutbound: 15001,
  virtualInbound: 15006,
  agent: 15020,
  readiness: 15021,
  envoyPrometheus: 15090,
} as const;

/** `reviews.default.svc.cluster.local` */
export function serviceHost(name: string, namespace: string, domainSuffix: string): string {
  return `${name}.${namespace}.svc.${domainSuffix}`;
}
