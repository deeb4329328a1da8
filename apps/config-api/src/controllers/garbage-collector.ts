import { setTimeout as sleep } from 'node:timers/promises';
import { findKind, groupOf, MallaError, type OwnerReference, type Resource } from '@malla/model';
import { keyOf, keyText, type ResourceKey, type ResourceMirror, type StoredResource } from '@malla/store';
import type { Logger } from 'pino';
import type { WriteContext } from '../resources/commits.ts';
import { isNamespaceKey, isTerminating, namespaceKey } from '../resources/namespaces.ts';
import { propagationFinalizers, type Propagation } from '../resources/resource-deletes.ts';
import type { ResourceWrites } from '../resources/resource-writes.ts';
import { OwnerIndex, ownerKey, ownersOf } from './owner-index.ts';

export interface GarbageCollectorParams {
  readonly mirror: ResourceMirror;
  readonly writes: ResourceWrites;
  readonly logger: Logger;
  readonly newId: () => string;
}

const retryMs = 2_000;
const author = 'system:garbage-collector';

/**
 * Deletes what belongs to nobody any more, and finishes deletions that wait for others: dependents in the foreground, orphans, and namespaces
 * that are empty at last. It looks at every object that changes; replicas do the same work, and whoever comes second finds it done.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export class GarbageCollector {
  readonly #params: GarbageCollectorParams;
  readonly #owners = new OwnerIndex();
  readonly #queue = new Map<string, ResourceKey>();
  readonly #stop = new AbortController();
  #wake: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(params: GarbageCollectorParams) {
    this.#params = params;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
  }

  clear(): void {
    this.#owners.clear();
  }

  set(object: Resource): void {
    this.#owners.set(object);
    if (ownersOf(object).length > 0 || isTerminating(object)) this.#enqueue(keyOf(object));
  }

  delete(object: Resource): void {
    this.#owners.delete(object);
    for (const dependent of this.#owners.dependentsOf(object.metadata.uid)) this.#enqueue(dependent);
    const { namespace = '' } = object.metadata;
    for (const owner of ownersOf(object)) this.#enqueue(ownerKey(owner, scopeOf(owner, namespace)));
    if (namespace !== '') this.#enqueue(namespaceKey(namespace));
  }

  #enqueue(key: ResourceKey): void {
    this.#queue.set(keyText(key), key);
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const next = this.#queue.entries().next().value;
      if (next === undefined || !this.#params.mirror.synced) {
        await this.#pause(next === undefined ? undefined : retryMs);
        continue;
      }
      this.#queue.delete(next[0]);
      try {
        await this.#look(next[1]);
      } catch (thrown) {
        await this.#later(next[1], MallaError.from(thrown));
      }
    }
  }

  /** Others change the same objects: a conflict means to look again, and what is gone needs nothing. */
  async #later(key: ResourceKey, { code, message }: MallaError): Promise<void> {
    if (code === 'not_found' || code === 'permission_denied') return;
    if (code !== 'conflict') this.#params.logger.warn({ reason: message, code }, 'Garbage collection is tried again');
    this.#queue.set(keyText(key), key);
    await sleep(code === 'conflict' ? 20 : retryMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #pause(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#stop.signal.aborted) this.#wake();
    });
  }

  async #look(key: ResourceKey): Promise<void> {
    const found = this.#params.mirror.get(key);
    if (found === undefined) return;
    if (isTerminating(found.object)) return this.#finish(found);
    const owners = ownersOf(found.object);
    if (owners.length === 0) return;
    const gone = owners.filter((owner) => this.#isGone(owner, found));
    if (gone.length === 0) return;
    if (gone.length === owners.length) await this.#delete(found, undefined);
    else
      await this.#dropOwners(
        found,
        gone.map(({ uid }) => uid),
      );
  }

  async #finish(found: StoredResource): Promise<void> {
    const { key, object } = found;
    const finalizers = object.metadata.finalizers ?? [];
    const dependents = this.#owners.dependentsOf(object.metadata.uid);
    if (finalizers.includes(propagationFinalizers.Orphan)) {
      for (const dependent of dependents) await this.#letGo(dependent, object.metadata.uid);
      await this.#removeFinalizer(key, propagationFinalizers.Orphan);
    } else if (finalizers.includes(propagationFinalizers.Foreground)) {
      const blocking = await this.#deleteDependents(dependents, object.metadata.uid);
      if (!blocking) await this.#removeFinalizer(key, propagationFinalizers.Foreground);
    } else if (isNamespaceKey(key) && finalizers.length === 0)
      await this.#params.writes.finishNamespace(key, this.#context());
  }

  /** True while one of them must be gone first. */
  async #deleteDependents(dependents: readonly ResourceKey[], uid: string | undefined): Promise<boolean> {
    let blocking = false;
    for (const key of dependents) {
      const found = this.#params.mirror.get(key);
      if (found === undefined) continue;
      const others = ownersOf(found.object).filter((owner) => owner.uid !== uid && !this.#isGone(owner, found));
      if (others.length > 0) await this.#dropOwners(found, [uid ?? '']);
      else {
        const chain = this.#owners.dependentsOf(found.object.metadata.uid).length > 0 ? 'Foreground' : undefined;
        if (!isTerminating(found.object)) await this.#delete(found, chain);
        const still = this.#params.mirror.get(key);
        blocking ||=
          still !== undefined &&
          ownersOf(still.object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true);
      }
    }
    return blocking;
  }

  async #delete({ key, object }: StoredResource, propagation: Propagation | undefined): Promise<void> {
    const { uid } = object.metadata;
    await this.#params.writes.delete({ key, ...(uid === undefined ? {} : { uid }), propagation }, this.#context());
  }

  async #letGo(key: ResourceKey, uid: string | undefined): Promise<void> {
    const found = this.#params.mirror.get(key);
    if (found !== undefined && uid !== undefined) await this.#dropOwners(found, [uid]);
  }

  async #dropOwners({ key }: StoredResource, uids: readonly string[]): Promise<void> {
    await this.#params.writes.patch(key, this.#context(), (current) => {
      const left = ownersOf(current).filter(({ uid }) => !uids.includes(uid));
      const { ownerReferences: _, ...metadata } = current.metadata;
      return { ...current, metadata: left.length === 0 ? metadata : { ...metadata, ownerReferences: left } };
    });
  }

  async #removeFinalizer(key: ResourceKey, finalizer: string): Promise<void> {
    await this.#params.writes.patch(key, this.#context(), (current) => {
      const finalizers = (current.metadata.finalizers ?? []).filter((each) => each !== finalizer);
      return { ...current, metadata: { ...current.metadata, finalizers } };
    });
  }

  /** Owners of kinds that are not served here cannot be looked for, so they count as being there. */
  #isGone(owner: OwnerReference, { key }: StoredResource): boolean {
    const definition = findKind(groupOf(owner.apiVersion), owner.kind);
    if (definition === undefined || (definition.namespaced && key.namespace === '')) return false;
    const found = this.#params.mirror.get(ownerKey(owner, scopeOf(owner, key.namespace)));
    return found?.object.metadata.uid !== owner.uid;
  }

  #context(): WriteContext {
    return { author, changeId: this.#params.newId(), dryRun: false, fieldManager: author };
  }
}

function scopeOf({ apiVersion, kind }: OwnerReference, namespace: string): string {
  return findKind(groupOf(apiVersion), kind)?.namespaced === false ? '' : namespace;
}
