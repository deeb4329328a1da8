import type { LocalityConfig } from '@malla/proxy-config';
import type { ClusterHost } from './cluster-host.ts';

/** Hosts of one locality in one priority. */
export interface LocalityGroup {
  /** {@link localityKey} */
  readonly locality: string;
  /** For locality-weighted balancing; 0: gets nothing. */
  readonly weight: number;
  readonly hosts: readonly ClusterHost[];
  readonly healthy: readonly ClusterHost[];
  readonly degraded: readonly ClusterHost[];
  readonly excluded: number;
}

/** The hosts of one priority, parted by health. A snapshot: made anew when hosts or their health change. */
export interface PriorityLevel {
  readonly priority: number;
  readonly hosts: readonly ClusterHost[];
  readonly healthy: readonly ClusterHost[];
  readonly degraded: readonly ClusterHost[];
  /** Hosts that count in no share (draining). */
  readonly excluded: number;
  /** The proxy's own locality first, then by region, zone and sub-zone. Only those with hosts. */
  readonly localities: readonly LocalityGroup[];
}

export interface PriorityLevelsParams {
  readonly hosts: readonly ClusterHost[];
  /** How many priorities there are at least; there is always priority 0. */
  readonly count: number;
  /** Weight of a locality ({@link localityKey}) in a priority. */
  readonly weightOf: (locality: string, priority: number) => number;
  /** {@link localityKey} of the proxy's own locality, which comes first; undefined: it has none. */
  readonly ownLocality: string | undefined;
}

/** Parts hosts by priority, locality and health; one level for every number up to the highest priority. */
export function priorityLevels(params: PriorityLevelsParams): PriorityLevel[] {
  const byPriority: ClusterHost[][] = Array.from({ length: Math.max(1, params.count) }, () => []);
  for (const host of params.hosts) {
    while (byPriority.length <= host.priority) byPriority.push([]);
    (byPriority[host.priority] as ClusterHost[]).push(host);
  }
  return byPriority.map((hosts, priority) => ({
    priority,
    ...partition(hosts),
    localities: localityGroups(hosts, priority, params),
  }));
}

function localityGroups(
  hosts: readonly ClusterHost[],
  priority: number,
  { weightOf, ownLocality }: PriorityLevelsParams,
): readonly LocalityGroup[] {
  const groups = new Map<string, ClusterHost[]>();
  for (const host of hosts) {
    const key = localityKey(host.locality);
    const group = groups.get(key);
    if (group) group.push(host);
    else groups.set(key, [host]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a === ownLocality || (b !== ownLocality && a < b) ? -1 : 1))
    .map(([key, own]) => ({ locality: key, weight: weightOf(key, priority), ...partition(own) }));
}

function partition(hosts: readonly ClusterHost[]): {
  hosts: readonly ClusterHost[];
  healthy: readonly ClusterHost[];
  degraded: readonly ClusterHost[];
  excluded: number;
} {
  return {
    hosts,
    healthy: hosts.filter((host) => host.health === 'healthy'),
    degraded: hosts.filter((host) => host.health === 'degraded'),
    excluded: hosts.reduce((count, host) => count + (host.excluded ? 1 : 0), 0),
  };
}

/** Equal for equal localities; sorts as region, zone, sub-zone. */
export function localityKey({ region, zone, subZone }: LocalityConfig['locality']): string {
  return `${region}\0${zone}\0${subZone}`;
}
