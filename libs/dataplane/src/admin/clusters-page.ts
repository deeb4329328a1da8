import type { CircuitBreakerConfig, ClusterConfig } from '@malla/proxy-config';
import type { ClusterStatus, HostStatus } from '../worker/protocol.ts';
import type { AdminAnswer } from './admin-server.ts';

/** A cluster with what all workers say of its hosts. */
export interface ClusterView {
  readonly config: ClusterConfig;
  readonly addedViaApi: boolean;
  readonly hosts: readonly HostStatus[];
}

/** Adds up what workers tell of the same host; it is healthy only where all of them say so. */
export function mergeHosts(workers: readonly (readonly ClusterStatus[])[]): ReadonlyMap<string, readonly HostStatus[]> {
  const clusters = new Map<string, Map<string, HostStatus>>();
  for (const { name, hosts } of workers.flat()) {
    const merged = clusters.get(name) ?? new Map<string, HostStatus>();
    clusters.set(name, merged);
    for (const host of hosts) merged.set(host.key, combine(merged.get(host.key), host));
  }
  return new Map([...clusters].map(([name, hosts]) => [name, [...hosts.values()]]));
}

function combine(known: HostStatus | undefined, host: HostStatus): HostStatus {
  if (known === undefined) return host;
  const stats = { ...known.stats };
  for (const [name, value] of Object.entries(host.stats)) stats[name] = (stats[name] ?? 0) + value;
  return { ...host, stats, healthFlags: [...new Set([...known.healthFlags, ...host.healthFlags])] };
}

const counters = ['cx_connect_fail', 'cx_total', 'rq_error', 'rq_success', 'rq_timeout', 'rq_total'] as const;
const gauges = ['cx_active', 'rq_active', 'rq_pending_active'] as const;

/** Envoy's /clusters, in text or JSON. */
export function clustersPage(clusters: readonly ClusterView[], query: URLSearchParams): AdminAnswer {
  let filter: RegExp | undefined;
  try {
    filter = query.has('filter') ? new RegExp(query.get('filter') ?? '') : undefined;
  } catch {
    return { status: 400, body: 'Invalid re2 regex' };
  }
  const kept = clusters.filter(({ config }) => filter?.test(config.name) ?? true);
  if (query.get('format') === 'json')
    return { json: true, body: `${JSON.stringify({ cluster_statuses: kept.map(clusterJson) }, undefined, 1)}\n` };
  return { body: kept.map(clusterText).join('') };
}

function clusterText({ config, addedViaApi, hosts }: ClusterView): string {
  const { name } = config;
  const lines = [
    `observability_name::${config.statName}`,
    ...limitLines('default', config.limits),
    ...limitLines('high', config.highPriorityLimits),
    `added_via_api::${addedViaApi}`,
    ...hosts.flatMap(hostLines),
  ];
  return lines.map((line) => `${name}::${line}\n`).join('');
}

function limitLines(priority: string, limits: CircuitBreakerConfig): string[] {
  const { maxConnections, maxPendingRequests, maxRequests, maxRetries } = limits;
  return [
    `${priority}_priority::max_connections::${maxConnections}`,
    `${priority}_priority::max_pending_requests::${maxPendingRequests}`,
    `${priority}_priority::max_requests::${maxRequests}`,
    `${priority}_priority::max_retries::${maxRetries}`,
  ];
}

function hostLines(host: HostStatus): string[] {
  const stats = [...counters, ...gauges].toSorted().map((name) => `${name}::${host.stats[name] ?? 0}`);
  const { locality } = host;
  return [
    ...stats,
    `hostname::${host.hostname}`,
    `health_flags::${host.healthFlags.length === 0 ? 'healthy' : host.healthFlags.join('')}`,
    `weight::${host.weight}`,
    `region::${locality.region}`,
    `zone::${locality.zone}`,
    `sub_zone::${locality.subZone}`,
    'canary::false',
    `priority::${host.priority}`,
    'success_rate::-1',
    'local_origin_success_rate::-1',
  ].map((line) => `${host.key}::${line}`);
}

function clusterJson({ config, addedViaApi, hosts }: ClusterView): object {
  return {
    name: config.name,
    ...(addedViaApi && { added_via_api: true }),
    ...(hosts.length > 0 && { host_statuses: hosts.map(hostJson) }),
    circuit_breakers: {
      thresholds: [limitsJson(config.limits), { priority: 'HIGH', ...limitsJson(config.highPriorityLimits) }],
    },
    observability_name: config.statName,
    ...(config.discovery.kind === 'eds' && { eds_service_name: config.discovery.serviceName }),
  };
}

function limitsJson(limits: CircuitBreakerConfig): object {
  const { maxConnections, maxPendingRequests, maxRequests, maxRetries } = limits;
  return {
    max_connections: maxConnections,
    max_pending_requests: maxPendingRequests,
    max_requests: maxRequests,
    max_retries: maxRetries,
  };
}

/** Flags of HostHealthStatus by Envoy's words in text. */
const flagFields: Readonly<Record<string, string>> = {
  '/failed_active_hc': 'failed_active_health_check',
  '/failed_outlier_check': 'failed_outlier_check',
  '/degraded_active_hc': 'failed_active_degraded_check',
  '/pending_dynamic_removal': 'pending_dynamic_removal',
  '/pending_active_hc': 'pending_active_hc',
};

function hostJson(host: HostStatus): object {
  const value = (name: string) => (host.stats[name] ? { value: String(host.stats[name]) } : {});
  const { region, zone, subZone } = host.locality;
  const flags = host.healthFlags.map((flag) => flagFields[flag]).filter((field) => field !== undefined);
  return {
    address: addressJson(host.key),
    stats: [
      ...counters.map((name) => ({ ...value(name), name })),
      ...gauges.map((name) => ({ type: 'GAUGE', ...value(name), name })),
    ],
    health_status: { ...Object.fromEntries(flags.map((flag) => [flag, true])), eds_health_status: host.health },
    weight: host.weight,
    ...(host.hostname !== '' && { hostname: host.hostname }),
    ...(host.priority > 0 && { priority: host.priority }),
    locality: {
      ...(region !== '' && { region }),
      ...(zone !== '' && { zone }),
      ...(subZone !== '' && { sub_zone: subZone }),
    },
  };
}

/** `10.0.0.1:80`, `[::1]:80` or a path. */
function addressJson(key: string): object {
  const colon = key.lastIndexOf(':');
  const port = Number(key.slice(colon + 1));
  if (key.startsWith('/') || key.startsWith('@') || colon < 0 || !Number.isInteger(port))
    return { pipe: { path: key } };
  const address = key.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { socket_address: { address, port_value: port } };
}
