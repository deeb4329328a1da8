import { PersistentMap, type MapDraft } from './persistent-map.ts';
import { indexLabel, sameLabels, selects } from './selector.ts';
import type { MeshService } from './service.ts';
import type { MeshSnapshot, WorkloadSet } from './snapshot.ts';
import { mergeSorted } from './sorted-list.ts';
import { namespacedKey } from './resource-key.ts';
import type { MeshWorkload } from './workload.ts';

const noAccounts: readonly string[] = [];
const fewServices = 8;

/** Which workloads are behind which service, while services and workloads change. */
export class WorkloadIndexDraft {
  readonly #base: MeshSnapshot;
  readonly #bySelector: MapDraft<readonly MeshService[]>;
  readonly #byNamespace = new Map<string, MapDraft<MeshWorkload>>();
  readonly #effective: MapDraft<MeshWorkload>;
  /** Host to changed members by workload name; undefined: no longer a member. */
  readonly #members = new Map<string, Map<string, MeshWorkload | undefined>>();
  /** Services whose members are counted afresh; undefined: the service is gone. */
  readonly #recounted = new Map<string, MeshService | undefined>();

  constructor(base: MeshSnapshot) {
    this.#base = base;
    this.#bySelector = base.servicesBySelector.edit();
    this.#effective = base.workloads.edit();
  }

  replaceService(before: MeshService | undefined, after: MeshService | undefined): void {
    this.#indexSelector(before, after);
    if (before?.selector !== undefined && after?.selector !== undefined && sameLabels(before.selector, after.selector))
      return;
    const host = (after ?? before)?.host;
    if (host === undefined || (before?.selector === undefined && after?.selector === undefined)) return;
    this.#recounted.set(host, after);
  }

  replaceWorkload(before: MeshWorkload | undefined, after: MeshWorkload | undefined): void {
    const { namespace, name } = (after ?? before) as MeshWorkload;
    this.#effective.set(namespacedKey(namespace, name), after);
    this.#namespace(namespace).set(name, after);
    for (const service of new Set([...this.#servicesFor(before), ...this.#servicesFor(after)])) {
      const member = after !== undefined && selects(service.selector ?? {}, after.labels) ? after : undefined;
      const changes = this.#members.get(service.host) ?? new Map<string, MeshWorkload | undefined>();
      this.#members.set(service.host, changes.set(name, member));
    }
  }

  finish(): Pick<MeshSnapshot, 'servicesBySelector' | 'workloads' | 'workloadsByNamespace' | 'workloadSets'> {
    const byNamespace = this.#base.workloadsByNamespace.edit();
    for (const [namespace, draft] of this.#byNamespace) {
      const workloads = draft.finish();
      byNamespace.set(namespace, workloads.size === 0 ? undefined : workloads);
    }
    const workloadsByNamespace = byNamespace.finish();
    return {
      servicesBySelector: this.#bySelector.finish(),
      workloads: this.#effective.finish(),
      workloadsByNamespace,
      workloadSets: this.#finishSets(workloadsByNamespace),
    };
  }

  #finishSets(workloadsByNamespace: MeshSnapshot['workloadsByNamespace']): PersistentMap<WorkloadSet> {
    const sets = this.#base.workloadSets.edit();
    for (const [host, changes] of this.#members) {
      if (this.#recounted.has(host)) continue;
      const was = sets.get(host);
      sets.set(
        host,
        workloadSet(
          was,
          mergeSorted(was?.workloads ?? [], changes, (w) => w.name),
        ),
      );
    }
    const recounted = this.#recount(workloadsByNamespace);
    for (const host of this.#recounted.keys()) {
      const members = recounted.get(host);
      sets.set(host, members === undefined ? undefined : workloadSet(sets.get(host), members));
    }
    return sets.finish();
  }

  /** Members of the services to be counted afresh: one pass over the workloads of each of their namespaces. */
  #recount(workloadsByNamespace: MeshSnapshot['workloadsByNamespace']): Map<string, readonly MeshWorkload[]> {
    const members = new Map<string, MeshWorkload[]>();
    const services = [...this.#recounted.values()].filter(
      (service) => service?.selector !== undefined,
    ) as MeshService[];
    for (const [namespace, fresh] of Map.groupBy(services, (service) => service.namespace)) {
      for (const { host } of fresh) members.set(host, []);
      // Few services ask each workload; for many (a first load) the index tells the services of each workload.
      const servicesOf = (workload: MeshWorkload) =>
        fresh.length <= fewServices
          ? fresh.filter((service) => selects(service.selector ?? {}, workload.labels))
          : this.#servicesFor(workload);
      for (const workload of workloadsByNamespace.get(namespace)?.values() ?? []) {
        for (const { host } of servicesOf(workload)) members.get(host)?.push(workload);
      }
    }
    for (const list of members.values()) list.sort((a, b) => (a.name < b.name ? -1 : 1));
    return members;
  }

  #namespace(namespace: string): MapDraft<MeshWorkload> {
    const known = this.#byNamespace.get(namespace);
    if (known !== undefined) return known;
    const draft = (this.#base.workloadsByNamespace.get(namespace) ?? PersistentMap.empty<MeshWorkload>()).edit();
    this.#byNamespace.set(namespace, draft);
    return draft;
  }

  #servicesFor(workload: MeshWorkload | undefined): MeshService[] {
    if (workload === undefined) return [];
    const labels = Object.entries(workload.labels);
    const candidates = labels.flatMap(
      ([key, value]) => this.#bySelector.get(`${workload.namespace}|${key}=${value}`) ?? [],
    );
    return candidates.filter((service) => selects(service.selector ?? {}, workload.labels));
  }

  #indexSelector(before: MeshService | undefined, after: MeshService | undefined): void {
    for (const [service, present] of [
      [before, false],
      [after, true],
    ] as const) {
      const label = service?.selector === undefined ? undefined : indexLabel(service.selector);
      if (service === undefined || label === undefined) continue;
      const key = `${service.namespace}|${label}`;
      const changed = mergeSorted(
        this.#bySelector.get(key) ?? [],
        new Map([[service.host, present ? service : undefined]]),
        (s) => s.host,
      );
      this.#bySelector.set(key, changed.length === 0 ? undefined : changed);
    }
  }
}

/** The set with these members; equal members keep the set, equal accounts keep the list of accounts. */
function workloadSet(was: WorkloadSet | undefined, workloads: readonly MeshWorkload[]): WorkloadSet {
  if (was !== undefined && sameItems(was.workloads, workloads)) return was;
  const accounts = [...new Set(workloads.map((w) => w.serviceAccount))].sort();
  const kept = was?.serviceAccounts ?? noAccounts;
  return { workloads, serviceAccounts: sameItems(kept, accounts) ? kept : accounts };
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
