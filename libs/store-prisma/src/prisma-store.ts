import { createHash } from 'node:crypto';
import { MallaError } from '@malla/model';
import type {
  Change,
  HistoryQuery,
  ListQuery,
  ResourceKey,
  ResourcePage,
  ResourceStore,
  StoredResource,
  WakeUps,
  WatchEvent,
  WatchOptions,
  WriteBatch,
} from '@malla/store';
import { commitGroup } from './commit-group.ts';
import { CommitQueue } from './commit-queue.ts';
import { databaseError, type Database } from './database.ts';
import { DatabaseSession } from './database-session.ts';
import { LogTail } from './log-tail.ts';
import { ReadQueries } from './read-queries.ts';
import { ObjectCodec } from './sealed-object.ts';
import { resealSecrets } from './reseal-secrets.ts';
import type { SecretCipher } from './secret-cipher.ts';

const pageSize = 500;

export interface PrismaStoreParams {
  readonly database: Database;
  /** One database can hold several meshes. */
  readonly meshId: string;
  readonly cipher: SecretCipher;
  /** Wakes other replicas sooner than Postgres does; optional, since NOTIFY is always there. */
  readonly wakeUps?: WakeUps;
  /** How often the log is read without a wake-up, in milliseconds; 1000 by default. It also probes the database. */
  readonly pollMs?: number;
  /** How many revisions of history are kept; 100,000 by default. Checked every minute. */
  readonly keepRevisions?: number;
  /** Told when the database goes out of reach (with the reason) and when it is back (undefined). */
  readonly onAvailability?: (failure: MallaError | undefined) => void;
  readonly now?: () => Date;
}

const compactEveryMs = 60_000;

/** The resource store over Postgres. Revisions are taken under one row lock per mesh and committed in groups. */
export class PrismaStore implements ResourceStore {
  readonly #reads: ReadQueries;
  readonly #queue: CommitQueue;
  readonly #tail: LogTail;
  readonly #session: DatabaseSession;
  readonly #params: PrismaStoreParams;
  #available = true;
  #unsubscribe: () => void = () => undefined;
  #compaction: NodeJS.Timeout | undefined;

  private constructor(params: PrismaStoreParams) {
    const { database, meshId, cipher, now = () => new Date(), pollMs = 1_000 } = params;
    this.#params = params;
    const codec = new ObjectCodec(cipher, meshId);
    const channel = `malla_${createHash('sha256').update(meshId).digest('hex').slice(0, 16)}`;
    this.#reads = new ReadQueries(database.prisma, codec, meshId);
    this.#tail = new LogTail({
      read: (after, limit) => this.#reads.readLogUnchecked(after, limit),
      revision: () => this.#reads.revision(),
      pollMs,
      onRead: (error) => this.#noteAvailability(error),
    });
    this.#session = new DatabaseSession({ url: database.url, channel, onNotification: () => this.#tail.wake() });
    this.#queue = new CommitQueue({
      commit: (batches) => commitGroup({ prisma: database.prisma, codec, meshId, channel, now }, batches),
      onCommitted: (changes) => this.#committed(changes),
    });
  }

  /** Throws `conflict` if the mesh's secrets were sealed with another key. */
  static async open(params: PrismaStoreParams): Promise<PrismaStore> {
    const store = new PrismaStore(params);
    try {
      await claimMesh(params);
      await store.#session.start();
      await store.#tail.start();
    } catch (error) {
      await store.close();
      throw databaseError(error);
    }
    store.#unsubscribe = params.wakeUps?.subscribe(() => store.#tail.wake()) ?? (() => undefined);
    store.#compaction = setInterval(() => void store.#compactOld(), compactEveryMs).unref();
    return store;
  }

  /**
   * Ends watches and the tail; the database itself stays open. Then runs the action if no other process uses the database
   * server; none can begin to meanwhile.
   */
  async close(whenAlone?: () => Promise<void>): Promise<void> {
    clearInterval(this.#compaction);
    this.#unsubscribe();
    await this.#tail.close();
    await this.#session.close(whenAlone);
  }

  revision(): Promise<number> {
    return guarded(() => this.#reads.revision());
  }

  get(key: ResourceKey): Promise<StoredResource | undefined> {
    return guarded(() => this.#reads.get(key));
  }

  list(query: ListQuery): Promise<ResourcePage> {
    return guarded(() => this.#reads.list(query));
  }

  write(batch: WriteBatch): Promise<readonly Change[]> {
    return this.#queue.submit(batch);
  }

  history(key: ResourceKey, query: HistoryQuery = {}): Promise<readonly Change[]> {
    return guarded(() => this.#reads.history(key, query));
  }

  getAt(key: ResourceKey, revision: number): Promise<StoredResource | undefined> {
    return guarded(() => this.#reads.getAt(key, revision));
  }

  async compact(beforeRevision: number): Promise<void> {
    await guarded(() => this.#reads.compact(beforeRevision));
    this.#tail.forget(beforeRevision);
  }

  async *watch({ fromRevision, signal }: WatchOptions = {}): AsyncIterable<WatchEvent> {
    let cursor = fromRevision ?? 0;
    if (fromRevision === undefined) {
      const { revision, resources } = await this.list({});
      for (const resource of resources) yield { type: 'initial', resource };
      yield { type: 'synced', revision };
      cursor = revision;
    } else await this.#refuseFuture(cursor);
    while (!signal?.aborted && !this.#tail.closed) {
      const changes = this.#tail.after(cursor) ?? (await guarded(() => this.#reads.readLog(cursor, pageSize)));
      for (const change of changes) {
        if (signal?.aborted) return;
        yield { type: 'change', change };
        cursor = change.revision;
      }
      if (changes.length === 0) await this.#tail.changed(cursor, signal);
    }
  }

  /** A revision that never was: the database was replaced, and waiting for it would hide that. */
  async #refuseFuture(revision: number): Promise<void> {
    if (revision <= this.#tail.head) return;
    const last = await this.revision();
    if (revision > last)
      throw new MallaError('expired', `revision ${revision} is newer than the last one, ${last}; list again`);
  }

  #committed(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.#tail.offer(changes);
    this.#params.wakeUps?.publish(changes.at(-1)?.revision ?? 0);
  }

  #noteAvailability(error: unknown): void {
    const available = error === undefined;
    if (available === this.#available) return;
    this.#available = available;
    this.#params.onAvailability?.(available ? undefined : databaseError(error));
  }

  async #compactOld(): Promise<void> {
    const before = this.#tail.head - (this.#params.keepRevisions ?? 100_000);
    // A failure is told by the tail; the next minute tries again.
    if (before > 0) await this.#reads.compact(before).catch(() => undefined);
  }
}

/** Makes the mesh's row, or checks that its secrets are sealed with a key of ours; seals them anew where another key is the present one. */
async function claimMesh({ database, meshId, cipher }: PrismaStoreParams): Promise<void> {
  await database.prisma.mesh.createMany({ data: [{ id: meshId, keyCheck: cipher.keyCheck }], skipDuplicates: true });
  const mesh = await database.prisma.mesh.findUniqueOrThrow({ where: { id: meshId } });
  if (mesh.keyCheck !== null && cipher.knows(mesh.keyCheck)) {
    await resealSecrets({ prisma: database.prisma, codec: new ObjectCodec(cipher, meshId), meshId, cipher });
    return;
  }
  throw new MallaError(
    'conflict',
    `the secret key of this service is not the one that mesh "${meshId}" was sealed with: give it the right MALLA_SECRET_KEY_FILE`,
  );
}

async function guarded<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw databaseError(error);
  }
}
