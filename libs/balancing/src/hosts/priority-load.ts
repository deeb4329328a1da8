import type { PriorityLevel } from './priority-level.ts';

/** How traffic is spread over priorities. All loads together are 100. */
export interface PriorityLoad {
  /** Percent for healthy hosts (in panic: for all hosts) of each priority. */
  readonly healthy: readonly number[];
  /** Percent for degraded hosts of each priority. */
  readonly degraded: readonly number[];
  /** Priorities that use all their hosts, whatever their health. */
  readonly panic: readonly boolean[];
}

/**
 * Envoy's load calculation. A priority is as available as its share of healthy hosts times the overprovisioning factor, 100 at most; what it
 * can't take spills over to the next. When all together are not fully available, loads are scaled up, and priorities with too few healthy hosts
 * panic; when all panic, load goes by numbers of hosts.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/upstream/load_balancing/priority
 * @param overprovisioningFactor In percent, 140 by default.
 * @param panicThreshold Percent of available hosts below which a priority panics; 0: never.
 */
export function priorityLoad(
  levels: readonly PriorityLevel[],
  overprovisioningFactor: number,
  panicThreshold: number,
): PriorityLoad {
  const healthyShare = levels.map((level) => availability(level, level.healthy.length, overprovisioningFactor));
  const degradedShare = levels.map((level) => availability(level, level.degraded.length, overprovisioningFactor));
  const total = Math.min(100, sum(healthyShare) + sum(degradedShare));
  const panic = levels.map((level) => total !== 100 && isInPanic(level, panicThreshold));
  if (panicThreshold === 0 && total === 0) return { ...allTo(levels.length, 0), panic };
  if (panic.every((is) => is)) return { ...byHostCount(levels), panic };
  return { ...byAvailability(healthyShare, degradedShare, total), panic };
}

function availability(level: PriorityLevel, hosts: number, factor: number): number {
  const counted = level.hosts.length - level.excluded;
  return counted > 0 ? Math.min(100, Math.floor((factor * hosts) / counted)) : 0;
}

function isInPanic(level: PriorityLevel, threshold: number): boolean {
  const counted = level.hosts.length - level.excluded;
  const available = level.healthy.length + level.degraded.length;
  return (counted === 0 ? 0 : (100 * available) / counted) < threshold;
}

function byAvailability(
  healthyShare: readonly number[],
  degradedShare: readonly number[],
  total: number,
): { healthy: number[]; degraded: number[] } {
  let left = 100;
  const take = (share: number): number => {
    const load = Math.min(left, Math.floor((share * 100) / total));
    left -= load;
    return load;
  };
  const healthy = healthyShare.map(take);
  const degraded = degradedShare.map(take);
  // What rounding has left goes to the first that is available at all.
  const firstHealthy = healthyShare.findIndex((share) => share > 0);
  const firstDegraded = degradedShare.findIndex((share) => share > 0);
  if (firstHealthy !== -1) healthy[firstHealthy] = (healthy[firstHealthy] as number) + left;
  else degraded[firstDegraded] = (degraded[firstDegraded] as number) + left;
  return { healthy, degraded };
}

function byHostCount(levels: readonly PriorityLevel[]): { healthy: number[]; degraded: number[] } {
  const hosts = sum(levels.map((level) => level.hosts.length));
  if (hosts === 0) return allTo(levels.length, 0);
  const healthy = levels.map((level) => Math.floor((100 * level.hosts.length) / hosts));
  const first = levels.findIndex((level) => level.hosts.length > 0);
  healthy[first] = (healthy[first] as number) + 100 - sum(healthy);
  return { healthy, degraded: levels.map(() => 0) };
}

function allTo(length: number, index: number): { healthy: number[]; degraded: number[] } {
  return {
    healthy: Array.from({ length }, (_, i) => (i === index ? 100 : 0)),
    degraded: Array.from({ length }, () => 0),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
