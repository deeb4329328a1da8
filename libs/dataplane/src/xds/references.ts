import type {
  ClusterConfig,
  FilterChainConfig,
  ListenerConfig,
  RouteTableConfig,
  SecretReference,
  UpstreamTransport,
  ValidationConfig,
} from '@malla/proxy-config';

/** A secret that comes by discovery. */
export type DiscoveredSecret = Extract<SecretReference, { kind: 'sds' }>;

/** The secrets that a cluster needs before it can connect. */
export function secretsOfCluster(cluster: ClusterConfig): readonly DiscoveredSecret[] {
  const transports = [cluster.transport, ...cluster.transportMatches.map(({ transport }) => transport)];
  return transports.flatMap(secretsOfTransport);
}

function secretsOfTransport(transport: UpstreamTransport): readonly DiscoveredSecret[] {
  if (transport.kind === 'plain') return [];
  return discovered(transport.tls.certificate, transport.tls.validation);
}

/** The secrets that a listener needs before it can take connections. */
export function secretsOfListener(listener: ListenerConfig): readonly DiscoveredSecret[] {
  return chainsOf(listener).flatMap(({ tls }) =>
    tls === undefined ? [] : discovered(tls.certificate, tls.validation),
  );
}

/** Something that a resource needs, and how long it waits for that: in milliseconds, 0 for as long as it takes. */
export interface Need {
  readonly name: string;
  readonly fetchTimeoutMs: number;
}

/** The route configurations that a listener needs by RDS. */
export function routesOfListener(listener: ListenerConfig): readonly Need[] {
  return chainsOf(listener).flatMap(({ filters }) =>
    filters.flatMap((filter) =>
      filter.kind === 'http' && filter.config.routes.kind === 'rds' ? [filter.config.routes] : [],
    ),
  );
}

/** The name that a cluster's endpoints come by; undefined when it knows them itself. */
export function endpointsOfCluster({ discovery }: ClusterConfig): Need | undefined {
  if (discovery.kind !== 'eds') return undefined;
  return { name: discovery.serviceName, fetchTimeoutMs: discovery.fetchTimeoutMs };
}

/** The first cluster that a route table needs and that is not there, where the table asks for that check. */
export function unknownCluster(table: RouteTableConfig, known: (name: string) => boolean): string | undefined {
  if (!table.validateClusters) return undefined;
  for (const host of table.virtualHosts) {
    for (const { action } of host.routes) {
      if (action.kind !== 'forward') continue;
      for (const { cluster } of action.destinations) if (!known(cluster)) return cluster;
    }
  }
  return undefined;
}

function chainsOf(listener: ListenerConfig): readonly FilterChainConfig[] {
  const { filterChains, defaultFilterChain } = listener;
  return defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
}

function discovered(
  certificate: SecretReference | undefined,
  validation: ValidationConfig | undefined,
): readonly DiscoveredSecret[] {
  return [certificate, validation?.trustedCa].filter((each) => each?.kind === 'sds');
}
