import type { KubernetesChanges, MeshService, MeshWorkload } from '@malla/snapshot';
import { kubeNodeOf } from './kube-node.ts';
import { objectKey, type AnyObjectChanges, type RegistryKind } from './kube-objects.ts';
import { kubePodOf } from './kube-pod.ts';
import { kubeServiceOf, type KubeService } from './kube-service.ts';
import { kubeSliceOf } from './kube-slice.ts';
import { keepEndpoints, listedEndpoints } from './listed-endpoints.ts';
import { ownAddresses, PodTable, workloadKeyOf } from './pod-table.ts';
import { ServiceAliases } from './service-aliases.ts';
import { SliceTable } from './slice-table.ts';

export interface KubeRegistryOptions {
  /** `<name>.<namespace>.svc.<domainSuffix>` is a Service's host. */
  readonly domainSuffix: string;
  /** Name of the cluster, as telemetry shows it. */
  readonly cluster: string;
}

/** How many objects came, changed and went. */
export interface EventCounts {
  readonly added: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What objects of the cluster meant for the mesh. */
export interface RegistryResult {
  /** Undefined when nothing that the mesh reads differs. */
  readonly changes: KubernetesChanges | undefined;
  readonly events: EventCounts;
}

/** Figures of the present state. */
export interface RegistryFigures {
  /** Pods with a proxy and an address that no EndpointSlice has. */
  readonly podsWithoutService: number;
  /** Endpoints that are there and not ready. */
  readonly endpointsNotReady: number;
  /** Endpoints whose Pod is not known (yet). */
  readonly endpointsWithoutPod: number;
}

const noEndpoints: readonly MeshWorkload[] = [];

/**
 * Services and workloads from a cluster's objects. Of each object only what the mesh reads is kept. What comes out depends on the objects alone, not
 * on the order in which they came; and it costs what a change touches:
 *
 *     Node --> PodTable --> pods (workloads)
 *     Pod  ----^   |
 *                  v
 *     EndpointSlice --> SliceTable --> endpoints of each Service
 *     Service ------------^--------> services (with hosts of ExternalName Services)
 */
export class KubeRegistry {
  readonly #options: KubeRegistryOptions;
  readonly #services = new Map<string, KubeService>();
  readonly #aliases = new ServiceAliases();
  readonly #pods = new PodTable();
  readonly #slices = new SliceTable();
  /** What was told last, by host. */
  readonly #toldServices = new Map<string, { readonly service: MeshService; readonly text: string }>();
  readonly #toldEndpoints = new Map<string, readonly MeshWorkload[]>();
  readonly #withoutPod = new Map<string, number>();

  readonly #dirtyHosts = new Set<string>();
  readonly #dirtyEndpoints = new Set<string>();

  constructor(options: KubeRegistryOptions) {
    this.#options = options;
  }

  /** Takes changes of objects, of several kinds at once. */
  apply(...changes: readonly AnyObjectChanges[]): RegistryResult {
    const events = { added: 0, updated: 0, deleted: 0 };
    for (const change of changes) {
      const table = this.#tableOf(change.kind);
      const listed = new Set((change.upserts ?? []).map(({ metadata }) => objectKey(metadata)));
      for (const key of listed) events[table.has(key) ? 'updated' : 'added'] += 1;
      const gone = [
        ...(change.deletes ?? []).map(objectKey),
        ...(change.replace === true ? [...table.keys()].filter((key) => !listed.has(key)) : []),
      ];
      for (const key of gone) {
        if (table.has(key)) events.deleted += 1;
        this.#delete(change.kind, key);
      }
      this.#upsert(change);
    }
    return { changes: this.#settle(), events };
  }

  /** Figures for metrics; costs a pass over all Pods. */
  get figures(): RegistryFigures {
    let [podsWithoutService, endpointsNotReady, endpointsWithoutPod] = [0, 0, 0];
    for (const { pod, workload } of this.#pods.placed()) {
      const addresses = ownAddresses(pod);
      if (!workload.mutualTls || addresses.length === 0) continue;
      const key = objectKey(workload);
      if (this.#slices.servicesOfPod(key, addresses).length === 0) podsWithoutService += 1;
    }
    for (const endpoints of this.#toldEndpoints.values())
      endpointsNotReady += endpoints.filter(({ healthy }) => !healthy).length;
    for (const count of this.#withoutPod.values()) endpointsWithoutPod += count;
    return { podsWithoutService, endpointsNotReady, endpointsWithoutPod };
  }

  #tableOf(kind: RegistryKind): { has(key: string): boolean; keys(): Iterable<string> } {
    const tables = {
      Service: this.#services,
      EndpointSlice: this.#slices.all,
      Pod: this.#pods.pods,
      Node: this.#pods.nodes,
    };
    return tables[kind];
  }

  #upsert(change: AnyObjectChanges): void {
    switch (change.kind) {
      case 'Service':
        for (const object of change.upserts ?? [])
          this.#setService(objectKey(object.metadata), kubeServiceOf(object, this.#options.domainSuffix));
        return;
      case 'EndpointSlice':
        for (const object of change.upserts ?? []) this.#setSlice(objectKey(object.metadata), kubeSliceOf(object));
        return;
      case 'Pod':
        for (const object of change.upserts ?? [])
          this.#pods.setPod(objectKey(object.metadata), kubePodOf(object, this.#options.cluster));
        return;
      case 'Node':
        for (const object of change.upserts ?? []) this.#setNode(object.metadata.name, kubeNodeOf(object));
        return;
    }
  }

  #delete(kind: RegistryKind, key: string): void {
    switch (kind) {
      case 'Service':
        return this.#setService(key, undefined);
      case 'EndpointSlice':
        return this.#setSlice(key, undefined);
      case 'Pod':
        return this.#pods.setPod(key, undefined);
      case 'Node':
        return this.#setNode(key, undefined);
    }
  }

  #setService(key: string, service: KubeService | undefined): void {
    const before = this.#services.get(key);
    const host = (service ?? before)?.host;
    if (host === undefined) return;
    if (service === undefined) this.#services.delete(key);
    else this.#services.set(key, service);
    this.#dirtyHosts.add(host);
    for (const affected of this.#aliases.set(host, service)) this.#dirtyHosts.add(affected);
    // Ports and readiness of its endpoints are read with it.
    this.#dirtyEndpoints.add(key);
  }

  #setSlice(key: string, slice: ReturnType<typeof kubeSliceOf>): void {
    for (const service of this.#slices.set(key, slice)) this.#dirtyEndpoints.add(service);
  }

  #setNode(name: string, node: ReturnType<typeof kubeNodeOf> | undefined): void {
    if (!this.#pods.setNode(name, node)) return;
    for (const service of this.#slices.servicesOnNode(name)) this.#dirtyEndpoints.add(service);
  }

  #settle(): KubernetesChanges | undefined {
    const pods = this.#settlePods();
    const endpoints = this.#settleEndpoints();
    const services = this.#settleServices();
    const none =
      pods.upserts.length + pods.deletes.length + services.upserts.length + services.deletes.length + endpoints.size;
    return none === 0 ? undefined : { services, pods, endpoints };
  }

  #settlePods() {
    const upserts: MeshWorkload[] = [];
    const deletes: ReturnType<typeof workloadKeyOf>[] = [];
    for (const [key, { before, after }] of this.#pods.settle()) {
      if (after === undefined) deletes.push(workloadKeyOf((before as NonNullable<typeof before>).workload));
      else if (after.workload !== before?.workload) upserts.push(after.workload);
      const addresses = [before, after].flatMap((each) => (each === undefined ? [] : ownAddresses(each.pod)));
      for (const service of this.#slices.servicesOfPod(key, addresses)) this.#dirtyEndpoints.add(service);
    }
    return { upserts, deletes };
  }

  #settleEndpoints(): ReadonlyMap<string, readonly MeshWorkload[]> {
    const changed = new Map<string, readonly MeshWorkload[]>();
    for (const key of this.#dirtyEndpoints) {
      const host = this.#hostOf(key);
      const { endpoints, withoutPod } = listedEndpoints({
        service: this.#services.get(key),
        slices: this.#slices.ofService(key),
        sources: {
          pod: (pod) => this.#pods.get(pod),
          podAt: (address) => this.#pods.at(address),
          localityOf: (node) => this.#pods.localityOf(node),
        },
        cluster: this.#options.cluster,
      });
      if (withoutPod === 0) this.#withoutPod.delete(key);
      else this.#withoutPod.set(key, withoutPod);
      const before = this.#toldEndpoints.get(host) ?? noEndpoints;
      const kept = keepEndpoints(before, endpoints);
      if (kept === before) continue;
      if (kept.length === 0) this.#toldEndpoints.delete(host);
      else this.#toldEndpoints.set(host, kept);
      changed.set(host, kept);
    }
    this.#dirtyEndpoints.clear();
    return changed;
  }

  #settleServices() {
    const upserts: MeshService[] = [];
    const deletes: string[] = [];
    for (const host of this.#dirtyHosts) {
      const told = this.#toldServices.get(host);
      const service = this.#serviceAt(host);
      if (service === undefined) {
        if (told !== undefined) deletes.push(host);
        this.#toldServices.delete(host);
        continue;
      }
      const text = JSON.stringify(service);
      if (told?.text === text) continue;
      this.#toldServices.set(host, { service, text });
      upserts.push(service);
    }
    this.#dirtyHosts.clear();
    return { upserts, deletes };
  }

  #serviceAt(host: string): MeshService | undefined {
    // The name of a Service has no dot.
    const [name = '', namespace = ''] = host.split('.');
    const service = this.#services.get(objectKey({ namespace, name }))?.service;
    if (service === undefined) return undefined;
    const aliases = this.#aliases.of(host);
    return aliases.length === 0 ? service : { ...service, aliases };
  }

  #hostOf(key: string): string {
    const [namespace = '', name = ''] = key.split('/');
    return `${name}.${namespace}.svc.${this.#options.domainSuffix}`;
  }
}
