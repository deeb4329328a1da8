import { MallaError } from '@malla/model';
import {
  planWrite,
  type Change,
  type ListQuery,
  type ResourceKey,
  type ResourceMirror,
  type ResourcePage,
  type ResourceStore,
  type StoredResource,
  type WatchEvent,
  type WriteBatch,
} from '@malla/store';
import { Coalesced } from './coalesced.ts';

/** How long a read waits for the database before it answers from memory. */
const freshWithinMs = 2_000;

export interface ResourceReadsParams {
  readonly store: ResourceStore;
  readonly mirror: ResourceMirror;
  /** False while the database is known to be out of reach: reads then do not wait for it. */
  readonly isAvailable: () => boolean;
}

export interface WatchFrom {
  /** Only changes after it; without it the present state first. */
  readonly fromRevision?: number;
  readonly signal: AbortSignal;
}

/**
 * Reads from memory that are as new as the database: one shared query tells the newest revision, and the mirror catches up
 * with it (as Kubernetes does with consistent reads from its watch cache). While the database is away, memory answers as it is.
 */
export class ResourceReads {
  readonly #params: ResourceReadsParams;
  readonly #newest: Coalesced<number>;

  constructor(params: ResourceReadsParams) {
    this.#params = params;
    this.#newest = new Coalesced(() => inTime(params.store.revision()));
  }

  get mirror(): ResourceMirror {
    return this.#params.mirror;
  }

  /** Brings memory up to date; false if that could not be, and memory may lag behind. */
  async refresh(): Promise<boolean> {
    if (!this.#params.isAvailable()) return this.#mustHaveState(false);
    try {
      await this.follow(await this.#newest.get(), freshWithinMs);
      return true;
    } catch {
      return this.#mustHaveState(false);
    }
  }

  /** Waits until memory holds a revision; rejects when that takes too long. */
  async follow(revision: number, withinMs: number): Promise<void> {
    if (!this.mirror.synced || this.mirror.revision < revision)
      await this.mirror.reached(revision, AbortSignal.timeout(withinMs));
  }

  /** After {@link ResourceReads.refresh}. */
  get(key: ResourceKey): StoredResource | undefined {
    return this.mirror.get(key);
  }

  /** The newest state from memory (after {@link ResourceReads.refresh}), an older one from the database. */
  async list(query: ListQuery): Promise<ResourcePage> {
    const { atRevision, ...now } = query;
    if (atRevision === undefined || atRevision === this.mirror.revision) return this.mirror.list(now);
    return this.#params.store.list(query);
  }

  /** What a batch would do to the state in memory; throws what its commit would throw. */
  async tryOut(batch: WriteBatch): Promise<readonly Change[]> {
    await this.refresh();
    return planWrite({ batch, state: this.mirror, revision: this.mirror.revision, time: new Date().toISOString() });
  }

  /** The state in memory, then every change after it. */
  async *watch({ fromRevision, signal }: WatchFrom): AsyncIterable<WatchEvent> {
    let from = fromRevision;
    if (from === undefined) {
      this.#mustHaveState(true);
      const { revision, resources } = this.mirror.list({});
      for (const resource of resources) yield { type: 'initial', resource };
      from = revision;
    }
    yield { type: 'synced', revision: from };
    yield* this.#params.store.watch({ fromRevision: from, signal });
  }

  #mustHaveState(result: boolean): boolean {
    if (this.mirror.synced) return result;
    throw new MallaError('unavailable', 'the configuration is not loaded yet: the database is out of reach; try again');
  }
}

/** Rejects when an answer of the database does not come in time. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new MallaError('unavailable', 'the database did not answer in time'));
    const timer = setTimeout(late, freshWithinMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
