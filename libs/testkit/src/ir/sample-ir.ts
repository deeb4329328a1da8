import {
  noHeaderEdits,
  outboundClusterName,
  serviceHost,
  serviceRouteConfigName,
  type DestinationIr,
  type EndpointIr,
  type EndpointSetIr,
  type ForwardIr,
  type InboundPortIr,
  type OutboundIr,
  type Proxy,
  type RouteConfigIr,
  type RouteIr,
  type SocketAddress,
} from '@malla/ir';

/** A service of sample IR, with one endpoint per address. */
export interface SampleService {
  readonly name: string;
  readonly port: number;
  readonly endpoints: readonly SocketAddress[];
}

const namespace = 'default';

/** `reviews.default.svc.cluster.local` */
export function sampleHost(name: string): string {
  return serviceHost(name, namespace, 'cluster.local');
}

/** A plain HTTP destination; `overrides` replace its fields. */
export function sampleDestination(name: string, port: number, overrides: Partial<DestinationIr> = {}): DestinationIr {
  const host = sampleHost(name);
  return {
    name: outboundClusterName(port, '', host),
    service: { host, name, namespace },
    port,
    subset: '',
    protocol: 'http',
    connectTimeoutMs: 10_000,
    loadBalancer: { kind: 'least-request' },
    pool: {},
    tls: { kind: 'plain' },
    ...overrides,
  };
}

/** A healthy plain-text endpoint. */
export function sampleEndpoint({ address, port }: SocketAddress, overrides: Partial<EndpointIr> = {}): EndpointIr {
  const workload = { name: 'w', namespace, canonicalService: 'w', revision: 'v1', cluster: 'Kubernetes' };
  return { address, port, weight: 1, healthy: true, mutualTls: false, workload, ...overrides };
}

/** A set of endpoints in one locality. */
export function sampleEndpoints(cluster: string, endpoints: readonly EndpointIr[]): EndpointSetIr {
  return { cluster, localities: endpoints.length > 0 ? [{ locality: 'region/zone', endpoints }] : [] };
}

/** A forwarding action to clusters by weight. */
export function sampleForward(
  weights: Readonly<Record<string, number>>,
  overrides: Partial<ForwardIr> = {},
): ForwardIr {
  const destinations = Object.entries(weights).map(([cluster, weight]) => ({
    cluster,
    weight,
    headers: noHeaderEdits,
  }));
  return { kind: 'forward', destinations, timeoutMs: 0, mirrors: [], hash: [], ...overrides };
}

/** A route for every path. */
export function sampleRoute(action: RouteIr['action'], overrides: Partial<RouteIr> = {}): RouteIr {
  return {
    name: 'default',
    match: { path: { kind: 'prefix', value: '/', ignoreCase: false }, headers: [], queryParameters: [] },
    action,
    headers: noHeaderEdits,
    ...overrides,
  };
}

/** The route configuration with one service's virtual host for any Host header. */
export function sampleRouteConfig(name: string, port: number, routes: readonly RouteIr[]): RouteConfigIr {
  const host = serviceRouteConfigName(sampleHost(name), port);
  return { name: host, virtualHosts: [{ name: host, domains: ['*'], routes }] };
}

/** The outbound half for services that all get plain HTTP. */
export function sampleOutbound(services: readonly SampleService[]): OutboundIr {
  const destinations = services.map(({ name, port }) => sampleDestination(name, port));
  return {
    services: services.map(({ name, port }) => ({
      host: sampleHost(name),
      port,
      http: true,
      cluster: outboundClusterName(port, '', sampleHost(name)),
      routeConfig: serviceRouteConfigName(sampleHost(name), port),
    })),
    destinations,
    endpoints: services.map(({ name, port, endpoints }) =>
      sampleEndpoints(
        outboundClusterName(port, '', sampleHost(name)),
        endpoints.map((address) => sampleEndpoint(address)),
      ),
    ),
    routeConfigs: services.map(({ name, port }) =>
      sampleRouteConfig(name, port, [
        sampleRoute(sampleForward({ [outboundClusterName(port, '', sampleHost(name))]: 1 })),
      ]),
    ),
    secrets: [],
  };
}

/** An inbound HTTP port that takes anything. */
export function sampleInboundPort(targetPort: number, overrides: Partial<InboundPortIr> = {}): InboundPortIr {
  return {
    targetPort,
    cluster: `inbound|${targetPort}||`,
    protocol: 'http',
    mutualTls: 'disable',
    authorization: { deny: [] },
    service: { host: sampleHost('w'), name: 'w', namespace },
    ...overrides,
  };
}

/** An Envoy of interception NONE; what it listens on is said by listeners alone. */
export function sampleProxy(workload: string): Proxy {
  return {
    id: `${workload}.${namespace}`,
    role: 'sidecar',
    dataPlane: 'envoy',
    namespace,
    serviceAccount: workload,
    workload,
    labels: {},
    cluster: 'Kubernetes',
    network: '',
    locality: '',
    version: '0.1.0',
    features: [],
    interception: { mode: 'NONE', outbound: [], inbound: [] },
  };
}
