import { Backoff } from '@malla/grpc';
import { kubeKind, ListWatch, type KubeClient, type KubeKind, type KubeObject } from '@malla/kube';
import type { AnyObjectChanges, KubeRegistry, RegistryKind } from '@malla/kube-registry';
import type { EndpointSlice, Node, Pod, Service } from '@malla/model';
import type { HealthCheck } from '@malla/observability';
import type { KubernetesChanges } from '@malla/snapshot';
import type { Logger } from 'pino';
import type { RegistryMetrics } from './registry-metrics.ts';

export interface KubernetesSourceParams {
  readonly client: KubeClient;
  readonly registry: KubeRegistry;
  readonly onChange: (changes: KubernetesChanges) => void;
  readonly health: HealthCheck;
  readonly metrics: RegistryMetrics;
  readonly logger: Logger;
}

/** Nodes first and Pods before what leads to them, so that the first listing needs few second looks. */
const kinds: { readonly [K in RegistryKind]: KubeKind } = {
  Node: kubeKind<Node>('', 'Node'),
  Pod: kubeKind<Pod>('', 'Pod'),
  Service: kubeKind<Service>('', 'Service'),
  EndpointSlice: kubeKind<EndpointSlice>('discovery.k8s.io', 'EndpointSlice'),
};

/**
 * Follows Services, EndpointSlices, Pods and Nodes of a Kubernetes cluster, reading only. While the API server is away what is known stays in force;
 * when it is back, the lists are read again where changes may have been missed.
 */
export class KubernetesSource {
  readonly #params: KubernetesSourceParams;
  readonly #watches: ReadonlyMap<RegistryKind, ListWatch<KubeObject>>;

  constructor(params: KubernetesSourceParams) {
    this.#params = params;
    const each = Object.entries(kinds) as [RegistryKind, KubeKind][];
    this.#watches = new Map(each.map(([name, kind]) => [name, this.#watch(name, kind)]));
    params.health.down('the cluster is not listed yet');
  }

  /** Why its Services and workloads are not known yet; undefined once all kinds were listed. */
  get notReady(): string | undefined {
    const missing = [...this.#watches].filter(([, watch]) => !watch.synced).map(([kind]) => kind);
    return missing.length === 0 ? undefined : `the cluster is not listed yet (${missing.join(', ')})`;
  }

  /** Starts to follow the cluster; returns at once. */
  start(): void {
    for (const watch of this.#watches.values()) watch.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
    await this.#params.client.close();
  }

  #watch(name: RegistryKind, kind: KubeKind): ListWatch<KubeObject> {
    const { client, logger } = this.#params;
    // What an API server sends of a kind is of the kind's type.
    const change = (fields: object) => this.#take({ kind: name, ...fields } as AnyObjectChanges);
    return new ListWatch<KubeObject>({
      client,
      kind,
      logger,
      backoff: new Backoff({ initialMs: 200, maxMs: 10_000 }),
      onState: ({ phase }) => phase !== 'stopped' && this.#tellHealth(),
      handler: {
        replace: (objects) => change({ upserts: objects, replace: true }),
        set: (object) => change({ upserts: [object] }),
        delete: ({ metadata }) => change({ deletes: [{ namespace: metadata.namespace ?? '', name: metadata.name }] }),
      },
    });
  }

  #take(change: AnyObjectChanges): void {
    const { registry, metrics, onChange } = this.#params;
    const { changes, events } = registry.apply(change);
    metrics.taken(change.kind, events);
    if (changes !== undefined) onChange(changes);
  }

  /** One kind that is away is enough to be degraded, or not to be ready yet. */
  #tellHealth(): void {
    const { health } = this.#params;
    const away = [...this.#watches.values()]
      .map(({ state }) => state)
      .find(({ reason }) => reason !== undefined)?.reason;
    const { notReady } = this;
    if (notReady !== undefined) health.down(away === undefined ? notReady : `cannot list the cluster: ${away}`);
    else if (away === undefined) health.ok();
    else health.degraded(`serving the last known state of the cluster: ${away}`);
  }
}
