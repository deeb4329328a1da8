import { changedKeys, hostOfKey, patternsOf, type ProxyView } from '@malla/snapshot';
import { sameForHosts } from '../mesh-inputs.ts';

/** Hosts whose slices may differ between two views of one scope. */
export type Affected = ReadonlySet<string> | 'all';

/**
 * What a change concerns: the hosts whose service, workloads, VirtualServices or DestinationRules differ, and the hosts whose routes lead there.
 * Changes of those options of the mesh that clusters or routes are made from, or of patterns, concern every host.
 */
export function affectedHosts(
  before: ProxyView | undefined,
  after: ProxyView,
  readers: ReadonlyMap<string, ReadonlySet<string>>,
): Affected {
  if (before === undefined) return 'all';
  const [was, is] = [before.snapshot, after.snapshot];
  if (!sameForHosts(was.mesh, is.mesh)) return 'all';
  if (
    was.virtualServices.wildcards !== is.virtualServices.wildcards ||
    was.destinationRules.wildcards !== is.destinationRules.wildcards
  )
    return 'all';
  const policies = changedKeys(was.peerAuthentications, is.peerAuthentications);
  if (policies.includes(is.mesh.rootNamespace)) return 'all';
  const services = changedKeys(was.services, is.services);
  const defined = [
    ...services,
    // Whether a pattern is for hosts outside the mesh depends on which services there are.
    ...(services.length === 0 ? [] : patternsOf(is)),
    ...changedKeys(was.virtualServices.exact, is.virtualServices.exact).map(hostOfKey),
    ...changedKeys(was.destinationRules.exact, is.destinationRules.exact).map(hostOfKey),
  ];
  return new Set([
    ...defined,
    ...defined.flatMap((host) => [...(readers.get(host) ?? [])]),
    ...changedKeys(was.workloadSets, is.workloadSets),
    ...(policies.length === 0
      ? []
      : after.services.filter((service) => policies.includes(service.namespace)).map((service) => service.host)),
  ]);
}
