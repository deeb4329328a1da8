import { Backoff } from '@malla/grpc';
import { kubeKind, ListWatch, type KubeClient, type ListWatchState } from '@malla/kube';
import type { Resource } from '@malla/model';
import { keyText, type ResourceKey } from '@malla/store';
import type { Logger } from 'pino';
import { ClusterObjects, type ClusterPart } from './cluster-objects.ts';
import { asMeshConfigs, meshConfigMapName } from './mesh-config-map.ts';
import { mirroredKinds } from './mirrored-kinds.ts';
import { Mirroring, type MirroringParams } from './mirroring.ts';
import { SecretNames } from './secret-names.ts';
import { Verdicts } from './verdicts.ts';
import { isSecret, WantedObjects } from './wanted-objects.ts';
import { isWhole, wholeMark } from './whole-mark.ts';

export interface ClusterMirrorParams extends Omit<MirroringParams, 'wanted' | 'verdicts'> {
  readonly client: KubeClient;
  /** Where the mesh's ConfigMap is. */
  readonly rootNamespace: string;
  /** Of these namespaces Secrets may be read. */
  readonly secretNamespaces: readonly string[];
  readonly logger: Logger;
}

/** What is watched, by kind and namespace. */
interface Watched {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly part: ClusterPart;
  /** That we may not read it keeps nothing else back: its namespace, or the role there, may come later. */
  readonly optional?: true;
}

/**
 * The cluster's objects of the mesh's kinds as commits of the store, for as long as it runs:
 *
 *     API server --ListWatch (one for each kind)--> ClusterObjects --keys--> Mirroring --commits--> store
 *                                                        ^                      | verdicts
 *                                                        '-- StatusWriter <-----'
 */
export class ClusterMirror {
  readonly objects: ClusterObjects;
  readonly verdicts = new Verdicts();
  readonly #params: ClusterMirrorParams;
  readonly #secretNames = new SecretNames();
  readonly #mirroring: Mirroring;
  readonly #watches: readonly ListWatch<Resource>[];
  readonly #troubles = new Map<ListWatch<Resource>, string>();
  #storeTrouble: string | undefined;
  #whole: boolean;

  constructor(params: ClusterMirrorParams) {
    this.#params = params;
    const { reads } = params;
    this.objects = new ClusterObjects({
      changed: (key) => this.#changed(key),
      listed: (group, kind) => this.#listed(group, kind),
    });
    this.#whole = isWhole((key) => reads.get(key));
    const wanted = new WantedObjects({
      objects: this.objects,
      secretNames: this.#secretNames,
      isWhole: () => this.#whole,
    });
    this.#mirroring = new Mirroring({
      ...params,
      wanted,
      verdicts: this.verdicts,
      onState: (problem) => {
        this.#storeTrouble = problem;
        this.#settle();
      },
    });
    this.#watches = this.#watched().map((each) => this.#watch(each));
  }

  start(): void {
    this.#mirroring.start();
    for (const watch of this.#watches) watch.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.stop()));
    await this.#mirroring.stop();
  }

  #watched(): readonly Watched[] {
    const { rootNamespace, secretNamespaces } = this.#params;
    const part = (group: string, kind: string, namespace?: string): ClusterPart =>
      this.objects.part({ group, kind, namespace });
    return [
      { group: '', kind: 'Namespace', part: part('', 'Namespace') },
      ...mirroredKinds.map(({ group, kind }) => ({ group, kind, part: part(group, kind) })),
      ...secretNamespaces.map((namespace) => ({
        group: '',
        kind: 'Secret',
        namespace,
        part: part('', 'Secret', namespace),
        optional: true,
      })),
      {
        group: '',
        kind: 'ConfigMap',
        namespace: rootNamespace,
        fieldSelector: `metadata.name=${meshConfigMapName}`,
        part: asMeshConfigs(part('mesh.istio.io', 'MeshConfig')),
      },
    ];
  }

  #watch({ group, kind, part, optional, ...where }: Watched): ListWatch<Resource> {
    const { client, logger } = this.#params;
    const watch: ListWatch<Resource> = new ListWatch<Resource>({
      client,
      kind: kubeKind<Resource>(group, kind),
      ...where,
      handler: part,
      logger,
      backoff: new Backoff({ initialMs: 200, maxMs: 15_000 }),
      onState: (state) => {
        // While it tries again nothing new is known.
        if (optional && state.phase !== 'listing') part.refuse(state.code === 'permission_denied');
        this.#noteState(watch, state);
      },
    });
    return watch;
  }

  #noteState(watch: ListWatch<Resource>, { phase, reason = '' }: ListWatchState): void {
    if (phase === 'waiting') this.#troubles.set(watch, reason);
    else this.#troubles.delete(watch);
    this.#settle();
  }

  #changed(key: ResourceKey): void {
    this.#mirroring.mark(key);
    if (key.kind === 'MeshConfig')
      for (const { metadata } of this.objects.of(key.group, key.kind))
        this.#mirroring.mark({ ...key, name: metadata.name });
    if (isSecret(key)) return;
    for (const name of this.#secretNames.note(keyText(key), this.objects.get(key))) this.#markSecrets(name);
  }

  /** What the store has beyond the list is to go. */
  #listed(group: string, kind: string): void {
    for (const { key } of this.#params.reads.mirror.list({ group, kind }).resources) this.#mirroring.mark(key);
    // Only now it is known which Secrets are named.
    if (this.objects.complete) {
      for (const { key } of this.#params.reads.mirror.list({ group: '', kind: 'Secret' }).resources)
        this.#mirroring.mark(key);
      this.#markSecrets();
    }
  }

  #markSecrets(named?: string): void {
    for (const { metadata } of this.objects.of('', 'Secret')) {
      const { name, namespace = '' } = metadata;
      if (named === undefined || named === name) this.#mirroring.mark({ group: '', kind: 'Secret', namespace, name });
    }
  }

  /** Tells how it is, and notes when the whole cluster has come into the store. */
  #settle(): void {
    if (!this.#whole && this.objects.complete && this.#mirroring.settled) {
      this.#whole = true;
      this.#mirroring.mark(wholeMark);
    }
    const [watchTrouble] = this.#troubles.values();
    this.#params.onState(this.#storeTrouble ?? watchTrouble);
  }
}
