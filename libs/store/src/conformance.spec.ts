import { MallaError } from '@malla/model';
import { resourceStoreConformance } from './conformance.ts';
import { planWrite } from './plan-write.ts';
import { ResourceMirror } from './resource-mirror.ts';
import { keyText, type ResourceKey } from './resource-key.ts';
import type {
  Change,
  HistoryQuery,
  ListQuery,
  ResourcePage,
  ResourceStore,
  StoredResource,
  WatchEvent,
  WatchOptions,
  WriteBatch,
} from './resource-store.ts';

/** The port in memory: a log of changes, and the state as the log's replay. Proves that the suite itself is sound. */
class MemoryStore implements ResourceStore {
  #log: Change[] = [];
  #last = 0;
  #compacted = 0;
  readonly #mirror = new ResourceMirror();
  readonly #wake = new Set<() => void>();

  constructor() {
    this.#mirror.apply({ type: 'synced', revision: 0 });
  }

  async revision(): Promise<number> {
    return this.#last;
  }

  async get(key: ResourceKey): Promise<StoredResource | undefined> {
    return this.#mirror.get(key);
  }

  async list(query: ListQuery): Promise<ResourcePage> {
    const { atRevision } = query;
    if (atRevision === undefined) return this.#mirror.list(query);
    return this.#replay(atRevision).list(query);
  }

  async write(batch: WriteBatch): Promise<readonly Change[]> {
    const changes = planWrite({ batch, state: this.#mirror, revision: this.#last, time: new Date().toISOString() });
    for (const change of changes) {
      this.#log.push(structuredClone(change));
      this.#mirror.apply({ type: 'change', change });
      this.#last = change.revision;
    }
    for (const wake of this.#wake) wake();
    return changes;
  }

  async *watch({ fromRevision, signal }: WatchOptions = {}): AsyncIterable<WatchEvent> {
    let cursor = fromRevision ?? this.#last;
    if (fromRevision === undefined) {
      const { revision, resources } = this.#mirror.list({});
      for (const resource of resources) yield { type: 'initial', resource };
      yield { type: 'synced', revision };
      cursor = revision;
    }
    while (!signal?.aborted) {
      this.#refuseCompacted(cursor + 1);
      const next = this.#log.find(({ revision }) => revision > cursor);
      if (next === undefined) await this.#changed(signal);
      else {
        yield { type: 'change', change: next };
        cursor = next.revision;
      }
    }
  }

  async history(
    key: ResourceKey,
    { limit = 100, before = Number.POSITIVE_INFINITY }: HistoryQuery = {},
  ): Promise<readonly Change[]> {
    const changes = this.#log.filter((change) => keyText(change.key) === keyText(key) && change.revision < before);
    return changes.reverse().slice(0, limit);
  }

  async getAt(key: ResourceKey, revision: number): Promise<StoredResource | undefined> {
    return this.#replay(revision).get(key);
  }

  async compact(beforeRevision: number): Promise<void> {
    this.#compacted = beforeRevision;
    const kept = this.#replay(beforeRevision);
    this.#log = this.#log.filter(
      (change) => change.revision >= beforeRevision || kept.get(change.key)?.revision === change.revision,
    );
  }

  #replay(revision: number): ResourceMirror {
    this.#refuseCompacted(revision);
    const mirror = new ResourceMirror();
    mirror.apply({ type: 'synced', revision: 0 });
    for (const change of this.#log) if (change.revision <= revision) mirror.apply({ type: 'change', change });
    mirror.apply({ type: 'synced', revision });
    return mirror;
  }

  #refuseCompacted(revision: number): void {
    if (revision < this.#compacted) throw new MallaError('expired', `revision ${revision} is compacted`);
  }

  #changed(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#wake.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}

resourceStoreConformance('in memory', { open: async () => new MemoryStore(), close: async () => undefined });
