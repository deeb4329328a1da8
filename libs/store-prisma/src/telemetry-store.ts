import { MallaError } from '@malla/model';
import {
  bucketStart,
  levels,
  rolledUpLevels,
  sumBuckets,
  type Level,
  type ReadOptions,
  type SignalBucket,
  type TelemetryStore,
  type TimeSpan,
} from '@malla/telemetry';
import { databaseError, type Database } from './database.ts';
import { Prisma, type PrismaClient } from './gen/prisma/client.ts';
import { bucketOfRow, bucketRows, pairIdOf, pairRows, type BucketRow } from './telemetry-rows.ts';

export interface PrismaTelemetryStoreParams {
  /** Opens the database; called again after it failed. */
  readonly open: () => Promise<Database>;
  /** One database can hold several meshes. */
  readonly meshId: string;
  /** Told when the database goes out of reach (with the reason) and when it is back (undefined). */
  readonly onAvailability?: (failure: MallaError | undefined) => void;
}

const rowsAtOnce = 1_000;
const mostRowsRead = 200_000;
const expiredAtOnce = 20_000;
const transactionMs = 15_000;
/** A pair outlives its last write by so much more than its counts. */
const pairSlackMs = 2 * 3_600_000;

type Queries = Pick<PrismaClient, '$queryRaw' | '$executeRaw'>;

/**
 * Golden signals in Postgres. The database may be away when the store is made, and whenever it likes: calls reject then.
 *
 * A window is rolled up under the lock of its row in SignalDue. Who writes into the window marks it after the counts and in
 * the same transaction, and waits for that lock: so either the rollup sees the counts, or the mark comes after it.
 */
export class PrismaTelemetryStore implements TelemetryStore {
  readonly #params: PrismaTelemetryStoreParams;
  #database: Promise<Database> | undefined;
  #available: boolean | undefined;

  constructor(params: PrismaTelemetryStoreParams) {
    this.#params = params;
  }

  write(writer: string, buckets: readonly SignalBucket[]): Promise<void> {
    return this.#run((prisma) =>
      this.#inTransaction(prisma, async (tx) => {
        await this.#insert(tx, { level: 0, writer, buckets });
        await this.#markDue(tx, buckets);
      }),
    );
  }

  read(level: Level, span: TimeSpan, options: ReadOptions = {}): Promise<readonly SignalBucket[]> {
    return this.#run((prisma) => this.#select(prisma, level, span, options));
  }

  due(level: Level, { from, to }: TimeSpan, limit = mostRowsRead): Promise<readonly number[]> {
    if (level === 0 || limit <= 0) return Promise.resolve([]);
    return this.#run(async (prisma) => {
      const rows = await prisma.$queryRaw<{ start: bigint }[]>`
        SELECT start FROM "SignalDue" WHERE "meshId" = ${this.#params.meshId} AND level = ${level}
        AND start >= ${BigInt(from)} AND start < ${BigInt(to)} ORDER BY start LIMIT ${BigInt(Math.floor(limit))}`;
      return rows.map(({ start }) => Number(start));
    });
  }

  rollUp(level: Level, start: number): Promise<boolean> {
    const { meshId } = this.#params;
    const below = (level - 1) as Level;
    const span = { from: start, to: start + levels[level].widthMs };
    return this.#run((prisma) =>
      this.#inTransaction(prisma, async (tx) => {
        const held = await tx.$queryRaw<unknown[]>`
          SELECT 1 FROM "SignalDue" WHERE "meshId" = ${meshId} AND level = ${level} AND start = ${BigInt(start)}
          FOR UPDATE SKIP LOCKED`;
        if (held.length === 0) return false;
        const waits = await tx.$queryRaw<unknown[]>`
          SELECT 1 FROM "SignalDue" WHERE "meshId" = ${meshId} AND level = ${below}
          AND start >= ${BigInt(span.from)} AND start < ${BigInt(span.to)} LIMIT 1`;
        if (waits.length > 0) return false;
        const sums = sumBuckets(await this.#select(tx, below, span, {}), () => start);
        await tx.$executeRaw`
          DELETE FROM "SignalBucket" WHERE "meshId" = ${meshId} AND level = ${level} AND start = ${BigInt(start)}`;
        await this.#insert(tx, { level, writer: '', buckets: sums });
        await tx.$executeRaw`
          DELETE FROM "SignalDue" WHERE "meshId" = ${meshId} AND level = ${level} AND start = ${BigInt(start)}`;
        return true;
      }),
    );
  }

  /** With the last level also pairs that nobody wrote for longer; retentions must not fall from level to level. */
  expire(level: Level, before: number): Promise<number> {
    const { meshId } = this.#params;
    const above = level + 1;
    const width = BigInt(levels[above]?.widthMs ?? levels[level].widthMs);
    return this.#run(async (prisma) => {
      let removed = 0;
      for (let last = expiredAtOnce; last === expiredAtOnce; removed += last) {
        last = await prisma.$executeRaw`
          DELETE FROM "SignalBucket" WHERE ctid = ANY(ARRAY(
            SELECT b.ctid FROM "SignalBucket" b WHERE b."meshId" = ${meshId} AND b.level = ${level} AND b.start < ${BigInt(before)}
            AND NOT EXISTS (SELECT 1 FROM "SignalDue" d WHERE d."meshId" = ${meshId} AND d.level = ${above}
                            AND d.start = b.start - b.start % ${width})
            LIMIT ${BigInt(expiredAtOnce)}))`;
      }
      if (level === 3)
        await prisma.$executeRaw`
          DELETE FROM "SignalPair" WHERE "meshId" = ${meshId} AND "seenAt" < ${new Date(Math.max(before - pairSlackMs, 0))}`;
      return removed;
    });
  }

  async close(): Promise<void> {
    const database = await this.#database?.catch(() => undefined);
    await database?.close();
  }

  async #select(
    queries: Queries,
    level: Level,
    { from, to }: TimeSpan,
    { source, destination, namespace, without }: ReadOptions,
  ): Promise<readonly SignalBucket[]> {
    const conditions = [
      Prisma.sql`b."meshId" = ${this.#params.meshId} AND b.level = ${level}`,
      Prisma.sql`b.start >= ${BigInt(from)} AND b.start < ${BigInt(to)}`,
      ...(source === undefined ? [] : [Prisma.sql`p."sourceWorkload" = ${source}`]),
      ...(namespace === undefined ? [] : [Prisma.sql`${namespace} IN (p."sourceNamespace", p."destinationNamespace")`]),
      ...(destination === undefined
        ? []
        : [Prisma.sql`${destination} IN (p."destinationService", split_part(p."destinationService", '.', 1))`]),
      ...(without === undefined
        ? []
        : [Prisma.sql`NOT (b.writer = ${without.writer} AND b.start >= ${BigInt(without.from)})`]),
    ];
    const rows = await queries.$queryRaw<BucketRow[]>`
      SELECT b.start, b."requestsByCode", b.errors, b.connections, b."bytesSent", b."bytesReceived", b.latency, p.*
      FROM "SignalBucket" b JOIN "SignalPair" p ON p."meshId" = b."meshId" AND p.id = b."pairId"
      WHERE ${Prisma.join(conditions, ' AND ')} LIMIT ${BigInt(mostRowsRead + 1)}`;
    if (rows.length > mostRowsRead)
      throw new MallaError(
        'exhausted',
        'too many signals: ask for a shorter time, for longer steps, or for one service',
      );
    return sumBuckets(rows.map(bucketOfRow), (start) => start);
  }

  async #insert(
    tx: Queries,
    { level, writer, buckets }: { level: Level; writer: string; buckets: readonly SignalBucket[] },
  ): Promise<void> {
    const { meshId } = this.#params;
    const pairIds = new Map(buckets.map((bucket) => [bucket, pairIdOf(bucket.key)]));
    const inOrder = [...buckets].sort((a, b) => (pairIds.get(a)! < pairIds.get(b)! ? -1 : 1));
    for (let i = 0; i < inOrder.length; i += rowsAtOnce) {
      const some = inOrder.slice(i, i + rowsAtOnce);
      // What is rolled up has its pairs; touching them here would wait for writers, who wait for the rollup.
      if (level === 0) await this.#insertPairs(tx, pairRows(some, pairIds));
      await tx.$executeRaw`
        INSERT INTO "SignalBucket" SELECT ${meshId}, ${level}, r.start, r."pairId", ${writer}, r."requestsByCode", r.errors,
          r.connections, r."bytesSent", r."bytesReceived", r.latency
        FROM jsonb_populate_recordset(NULL::"SignalBucket", ${bucketRows(some, pairIds)}::jsonb) r
        ON CONFLICT ("meshId", level, start, "pairId", writer) DO UPDATE SET "requestsByCode" = excluded."requestsByCode",
          errors = excluded.errors, connections = excluded.connections, "bytesSent" = excluded."bytesSent",
          "bytesReceived" = excluded."bytesReceived", latency = excluded.latency`;
    }
  }

  /** In order of ids, so that no two writers wait for each other. A row is locked also when it is not changed. */
  async #insertPairs(tx: Queries, rows: string): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO "SignalPair" SELECT ${this.#params.meshId}, r.id, r.reporter, r.protocol, r."sourceNamespace",
        r."sourceWorkload", r."sourceAccount", r."sourceApp", r."sourceVersion", r."destinationNamespace",
        r."destinationService", r."destinationSubset", r."destinationWorkload", r."destinationVersion",
        r."connectionSecurity", now()
      FROM jsonb_populate_recordset(NULL::"SignalPair", ${rows}::jsonb) r ORDER BY r.id COLLATE "C"
      ON CONFLICT ("meshId", id) DO UPDATE SET "seenAt" = excluded."seenAt"
      WHERE "SignalPair"."seenAt" < excluded."seenAt" - interval '1 hour'`;
  }

  /** DO NOTHING would not wait for a rollup that is under way, and the mark would be gone with it. */
  async #markDue(tx: Queries, buckets: readonly SignalBucket[]): Promise<void> {
    for (const level of rolledUpLevels) {
      const starts = [...new Set(buckets.map(({ start }) => bucketStart(level, start)))].sort((a, b) => a - b);
      await tx.$executeRaw`
        INSERT INTO "SignalDue" SELECT ${this.#params.meshId}, ${level}, each::bigint
        FROM jsonb_array_elements_text(${JSON.stringify(starts)}::jsonb) each
        ON CONFLICT ("meshId", level, start) DO UPDATE SET start = excluded.start`;
    }
  }

  #inTransaction<T>(prisma: PrismaClient, work: (tx: Queries) => Promise<T>): Promise<T> {
    return prisma.$transaction(work, { timeout: transactionMs, maxWait: transactionMs });
  }

  async #run<T>(work: (prisma: PrismaClient) => Promise<T>): Promise<T> {
    try {
      const result = await work((await this.#open()).prisma);
      this.#note(undefined);
      return result;
    } catch (thrown) {
      const error = databaseError(thrown);
      if (error.code === 'unavailable') this.#note(error);
      throw error;
    }
  }

  /** The next call tries again after an opening that failed. */
  #open(): Promise<Database> {
    this.#database ??= this.#params.open().catch((error: unknown) => {
      this.#database = undefined;
      throw error;
    });
    return this.#database;
  }

  #note(failure: MallaError | undefined): void {
    if (this.#available === (failure === undefined)) return;
    this.#available = failure === undefined;
    this.#params.onAvailability?.(failure);
  }
}
