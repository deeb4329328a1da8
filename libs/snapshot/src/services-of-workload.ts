import { selects, type Labels } from './selector.ts';
import type { MeshService } from './service.ts';
import type { MeshSnapshot } from './snapshot.ts';

/** The services that a workload with these labels is behind, sorted by host. */
export function servicesOfWorkload(
  snapshot: MeshSnapshot,
  workload: { readonly namespace: string; readonly labels: Labels },
): readonly MeshService[] {
  const { namespace, labels } = workload;
  return Object.entries(labels)
    .flatMap(([key, value]) => snapshot.servicesBySelector.get(`${namespace}|${key}=${value}`) ?? [])
    .filter((service) => selects(service.selector ?? {}, labels))
    .sort((a, b) => (a.host < b.host ? -1 : 1));
}
