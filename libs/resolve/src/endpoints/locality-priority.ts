import type { LocalityEndpointsIr } from '@malla/ir';

/**
 * Localities in the order in which a client there uses them: its own subzone, then its zone, its region, the rest. Only the differences that occur
 * count, so priorities are consecutive. A client that does not know where it is prefers nothing.
 * Source: Istio, pilot/pkg/networking/core/loadbalancer, applyFailoverPriorities; https://kubernetes.io/docs/concepts/services-networking/service/#traffic-distribution
 */
export function prioritized(localities: readonly LocalityEndpointsIr[], from: string): readonly LocalityEndpointsIr[] {
  if (from === '') return localities;
  const own = from.split('/');
  const distances = localities.map(({ locality }) => distance(own, locality.split('/')));
  const levels = [...new Set(distances)].sort((a, b) => a - b);
  return localities.map((locality, i) => {
    const priority = levels.indexOf(distances[i] as number);
    return priority === 0 ? locality : { ...locality, priority };
  });
}

/** How many of region, zone and subzone come after the first that differs, with it. */
function distance(own: readonly string[], other: readonly string[]): number {
  const parts = [0, 1, 2];
  const different = parts.find((part) => (own[part] ?? '') !== (other[part] ?? ''));
  return different === undefined ? 0 : parts.length - different;
}
