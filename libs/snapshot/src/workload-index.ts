import { PersistentMap, type MapDraft } from './persistent-map.ts';
import { indexLabel, sameLabels, selects } from './selector.ts';
import type { MeshService } from './service.ts';
import type { MeshSnapshot, WorkloadSet } from './snapshot.ts';
import { mergeSorted } from './sorted-list.ts';
import { namespacedKey } from './resource-key.ts';
import type { MeshWorkload } from './workload.ts';

/** What members are decided by, as it is at the end of the change. */
export interface WorkloadIndexSources {
  /** The effective service of a host. */
  service(host: string): MeshService | undefined;
  /** What EndpointSlices list for it. */
  listed(host: string): readonly MeshWorkload[] | undefined;
}

const noAccounts: readonly string[] = [];
const fewServices = 8;

/** Which workloads are behind which service, while services and workloads change. */
export class WorkloadIndexDraft {
  readonly #base: MeshSnapshot;
  readonly #sources: WorkloadIndexSources;
  readonly #bySelector: MapDraft<readonly MeshService[]>;
  readonly #byNamespace = new Map<string, MapDraft<MeshWorkload>>();
  readonly #effective: MapDraft<MeshWorkload>;
  /** Host to names of workloads that became, were or are members. */
  readonly #touched = new Map<string, Set<string>>();
  /** Services whose members are counted afresh; undefined: the service is gone. */
  readonly #recounted = new Map<string, MeshService | undefined>();

  constructor(base: MeshSnapshot, sources: WorkloadIndexSources) {
    this.#base = base;
    this.#sources = sources;
    this.#bySelector = base.servicesBySelector.edit();
    this.#effective = base.workloads.edit();
  }

  replaceService(before: MeshService | undefined, after: MeshService | undefined): void {
    this.#indexSelector(before, after);
    if (before !== undefined && after !== undefined && sameMembership(before, after)) return;
    const host = (after ?? before)?.host;
    if (host !== undefined) this.#recounted.set(host, after);
  }

  /** EndpointSlices list other endpoints for a service. */
  replaceListed(host: string, before: readonly MeshWorkload[], after: readonly MeshWorkload[]): void {
    const was = new Map(before.map((endpoint) => [endpoint.name, endpoint]));
    for (const endpoint of after) {
      if (was.get(endpoint.name) !== endpoint) this.#touch(host, endpoint.name);
      was.delete(endpoint.name);
    }
    for (const name of was.keys()) this.#touch(host, name);
  }

  replaceWorkload(before: MeshWorkload | undefined, after: MeshWorkload | undefined): void {
    const { namespace, name } = (after ?? before) as MeshWorkload;
    this.#effective.set(namespacedKey(namespace, name), after);
    this.#namespace(namespace).set(name, after);
    for (const { host } of [...this.#servicesFor(before), ...this.#servicesFor(after)]) this.#touch(host, name);
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
    for (const [host, names] of this.#touched) {
      const service = this.#sources.service(host);
      if (service === undefined || this.#recounted.has(host)) continue;
      const was = sets.get(host);
      const changes = this.#membersNamed(service, names);
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

  /** What is behind a service under these names; undefined: nothing. */
  #membersNamed(service: MeshService, names: ReadonlySet<string>): Map<string, MeshWorkload | undefined> {
    const listed = this.#listedOf(service).filter(({ name }) => names.has(name));
    const byName = new Map(listed.map((endpoint) => [endpoint.name, endpoint]));
    const members = new Map<string, MeshWorkload | undefined>();
    for (const name of names) {
      const workload = this.#effective.get(namespacedKey(service.namespace, name));
      const selected = workload !== undefined && isSelected(service, workload) ? workload : undefined;
      members.set(name, byName.get(name) ?? selected);
    }
    return members;
  }

  /** Members of the services to be counted afresh: one pass over the workloads of each of their namespaces. */
  #recount(workloadsByNamespace: MeshSnapshot['workloadsByNamespace']): Map<string, readonly MeshWorkload[]> {
    const members = new Map<string, Map<string, MeshWorkload>>();
    const services = [...this.#recounted.values()].filter((service) => service !== undefined && hasMembers(service));
    for (const [namespace, fresh] of Map.groupBy(services as MeshService[], (service) => service.namespace)) {
      for (const { host } of fresh) members.set(host, new Map());
      const selecting = fresh.filter((service) => service.selector !== undefined);
      // Few services ask each workload; for many (a first load) the index tells the services of each workload.
      const servicesOf = (workload: MeshWorkload) =>
        selecting.length <= fewServices
          ? selecting.filter((service) => isSelected(service, workload))
          : this.#servicesFor(workload);
      for (const workload of workloadsByNamespace.get(namespace)?.values() ?? []) {
        for (const { host } of servicesOf(workload)) members.get(host)?.set(workload.name, workload);
      }
      for (const service of fresh) {
        for (const endpoint of this.#listedOf(service)) members.get(service.host)?.set(endpoint.name, endpoint);
      }
    }
    return new Map(
      [...members].map(([host, byName]) => [host, [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))]),
    );
  }

  #listedOf(service: MeshService): readonly MeshWorkload[] {
    if (service.entry?.endpoints !== undefined) return service.entry.endpoints;
    return service.listed === true ? (this.#sources.listed(service.host) ?? []) : [];
  }

  #touch(host: string, name: string): void {
    const names = this.#touched.get(host);
    if (names === undefined) this.#touched.set(host, new Set([name]));
    else names.add(name);
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
    return candidates.filter((service) => isSelected(service, workload));
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

/** Whether a selector makes a workload a member: where EndpointSlices list the pods, only the others. */
function isSelected({ selector, listed }: MeshService, workload: MeshWorkload): boolean {
  if (selector === undefined || (listed === true && workload.pod === true)) return false;
  return selects(selector, workload.labels);
}

function hasMembers({ selector, listed, entry }: MeshService): boolean {
  return selector !== undefined || listed === true || entry?.endpoints !== undefined;
}

/** Whether two versions of a service have the same members. */
function sameMembership(a: MeshService, b: MeshService): boolean {
  if (a.entry?.endpoints !== b.entry?.endpoints) return false;
  if (a.listed !== b.listed || (a.selector === undefined) !== (b.selector === undefined)) return false;
  return a.selector === undefined || b.selector === undefined || sameLabels(a.selector, b.selector);
}

/** The set with these members; equal members keep the set, equal accounts keep the list of accounts. */
function workloadSet(was: WorkloadSet | undefined, workloads: readonly MeshWorkload[]): WorkloadSet {
  if (was !== undefined && sameItems(was.workloads, workloads)) return was;
  // What is no workload of the mesh has no account.
  const accounts = [...new Set(workloads.map((w) => w.serviceAccount).filter((account) => account !== ''))].sort();
  const kept = was?.serviceAccounts ?? noAccounts;
  return { workloads, serviceAccounts: sameItems(kept, accounts) ? kept : accounts };
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
