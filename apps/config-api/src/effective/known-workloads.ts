import { MallaError, type Pod } from '@malla/model';
import type { MeshSnapshot, MeshWorkload } from '@malla/snapshot';
import type { ResourceMirror } from '@malla/store';

/** Where a workload is known from: its agent's registration, a Pod, or a WorkloadEntry. */
export type WorkloadSource = 'registration' | 'pod' | 'workloadEntry';

/** A workload of the mesh. */
export interface KnownWorkload {
  readonly source: WorkloadSource;
  readonly workload: MeshWorkload;
}

/** Workloads that agents have registered. Rejects while Redis is out of reach; empty without Redis. */
export interface Registrations {
  list(): Promise<readonly MeshWorkload[]>;
}

export interface KnownWorkloadsParams {
  readonly mirror: ResourceMirror;
  readonly registrations: Registrations;
  /** Those of a cluster, which are not stored. */
  readonly pods?: () => Iterable<Pod>;
}

/** Finds workloads by name. Of one name a registration counts first, as for discovery, then a Pod, then a WorkloadEntry. */
export class KnownWorkloads {
  readonly #params: KnownWorkloadsParams;

  constructor(params: KnownWorkloadsParams) {
    this.#params = params;
  }

  /** Throws `not_found`, or `unavailable` when it may be registered and Redis is out of reach. */
  async find(snapshot: MeshSnapshot, namespace: string, name: string): Promise<KnownWorkload> {
    let failure: MallaError | undefined;
    const known = await this.#all(snapshot, namespace).catch((thrown: unknown) => {
      failure = MallaError.from(thrown);
      return this.#stored(snapshot, namespace);
    });
    const found = known.get(name);
    if (found !== undefined) return found;
    if (failure !== undefined) throw failure;
    throw new MallaError(
      'not_found',
      `namespace "${namespace}" has no workload "${name}": nothing registered, no Pod and no WorkloadEntry`,
    );
  }

  /** All workloads of a namespace, by name. */
  async list(snapshot: MeshSnapshot, namespace: string): Promise<readonly KnownWorkload[]> {
    const known = await this.#all(snapshot, namespace);
    return [...known.values()].sort((a, b) => (a.workload.name < b.workload.name ? -1 : 1));
  }

  async #all(snapshot: MeshSnapshot, namespace: string): Promise<Map<string, KnownWorkload>> {
    const known = this.#stored(snapshot, namespace);
    for (const workload of await this.#params.registrations.list())
      if (workload.namespace === namespace) known.set(workload.name, { source: 'registration', workload });
    return known;
  }

  #stored(snapshot: MeshSnapshot, namespace: string): Map<string, KnownWorkload> {
    const known = new Map<string, KnownWorkload>();
    for (const [name, workload] of snapshot.workloadsByNamespace.get(namespace) ?? [])
      known.set(name, { source: 'workloadEntry', workload });
    for (const pod of this.#pods())
      if (pod.metadata.namespace === namespace)
        known.set(pod.metadata.name, { source: 'pod', workload: workloadOfPod(pod) });
    return known;
  }

  *#pods(): Iterable<Pod> {
    for (const object of this.#params.mirror.objects('', 'Pod')) yield object as unknown as Pod;
    yield* this.#params.pods?.() ?? [];
  }
}

/** A Pod as workload: its named ports are those of its containers. */
function workloadOfPod({ metadata, spec, status }: Pod): MeshWorkload {
  const ports = spec.containers.flatMap(({ ports: own = [] }) => own);
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    serviceAccount: spec.serviceAccountName ?? 'default',
    labels: metadata.labels ?? {},
    addresses: status?.podIP === undefined ? [] : [status.podIP],
    ports: Object.fromEntries(
      ports.flatMap(({ name, containerPort }) => (name === undefined ? [] : [[name, containerPort]])),
    ),
    network: '',
    locality: '',
    cluster: '',
    weight: 1,
    mutualTls: false,
    healthy: true,
  };
}
