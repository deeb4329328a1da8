import { Backoff } from '@malla/grpc';
import { kubeKind, ListWatch, type KubeClient, type ListWatchHandler } from '@malla/kube';
import type { KnownResource, Pod, Resource } from '@malla/model';
import { keyOf, keyText } from '@malla/store';
import type { Logger } from 'pino';
import type { MirrorFollower } from '../resources/mirror-feed.ts';

/** What runs in the cluster and is not stored: analysis and descriptions ask for it. */
const viewedKinds = ['Service', 'Pod'] as const;

export interface ClusterViewParams {
  readonly client: KubeClient;
  /** Told of it as if it were stored. */
  readonly followers: readonly MirrorFollower[];
  readonly logger: Logger;
}

/**
 * The Services and Pods of the cluster, in memory only: discovery has its own view of them, and they change too often for a history. Follows
 * the mirror behind those whom it tells: where these begin anew, they are told all again.
 */
export class ClusterView implements MirrorFollower {
  readonly #params: ClusterViewParams;
  readonly #objects = new Map<string, Resource>();
  readonly #watches: readonly ListWatch<Resource>[];
  #serviceChanges = 0;

  constructor(params: ClusterViewParams) {
    this.#params = params;
    const { client, logger } = params;
    this.#watches = viewedKinds.map(
      (kind) =>
        new ListWatch<Resource>({
          client,
          kind: kubeKind<Resource>('', kind),
          handler: this.#handler(kind),
          logger,
          backoff: new Backoff({ initialMs: 200, maxMs: 15_000 }),
        }),
    );
  }

  start(): void {
    for (const watch of this.#watches) watch.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.stop()));
  }

  /** How often a Service has changed. Pods change all the time, and findings hardly depend on them. */
  get serviceChanges(): number {
    return this.#serviceChanges;
  }

  /** Every Pod that is known. */
  *pods(): Iterable<Pod> {
    for (const object of this.#objects.values()) if (object.kind === 'Pod') yield object as unknown as Pod;
  }

  clear(): void {
    for (const object of this.#objects.values()) this.#tell(object, true);
  }

  set(): void {
    // What is stored is no business of ours.
  }

  delete(): void {
    // Nor what is no longer.
  }

  #handler(kind: (typeof viewedKinds)[number]): ListWatchHandler<Resource> {
    const remove = (object: Resource): void => {
      if (this.#objects.delete(keyText(keyOf(object)))) this.#tell(object, false);
    };
    const set = (object: Resource): void => {
      const kept = trimmed(object);
      this.#objects.set(keyText(keyOf(kept)), kept);
      this.#tell(kept, true);
    };
    return {
      set,
      delete: remove,
      replace: (objects) => {
        const present = new Set(objects.map((object) => keyText(keyOf(object))));
        const gone = [...this.#objects].filter(([key, object]) => object.kind === kind && !present.has(key));
        for (const [, object] of gone) remove(object);
        for (const object of objects) set(object);
      },
    };
  }

  #tell(object: Resource, there: boolean): void {
    if (object.kind === 'Service') this.#serviceChanges++;
    for (const follower of this.#params.followers) {
      if (there) follower.set(object as KnownResource & Resource);
      else follower.delete(object as KnownResource & Resource);
    }
  }
}

/** Annotations of Pods and Services are many, and nobody looks at most of them; a copy of the object is one of them. */
function trimmed(object: Resource): Resource {
  const { annotations, ownerReferences: _, finalizers: _finalizers, ...metadata } = object.metadata;
  const kept = Object.entries(annotations ?? {}).filter(([name]) =>
    /istio\.io\/|malla\.io\/|prometheus\.io\//.test(name),
  );
  return { ...object, metadata: { ...metadata, annotations: Object.fromEntries(kept) } };
}
