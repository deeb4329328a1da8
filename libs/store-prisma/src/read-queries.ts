import { MallaError } from '@malla/model';
import {
  matchesLabels,
  type Change,
  type HistoryQuery,
  type ListQuery,
  type ResourceKey,
  type ResourcePage,
  type StoredResource,
} from '@malla/store';
import { Prisma, type PrismaClient } from './gen/prisma/client.ts';
import { changeOfRow, resourceOfRow, type ChangeRow, type ResourceRow } from './rows.ts';
import type { ObjectCodec } from './sealed-object.ts';

/** Keys are compared by bytes, whatever the database's collation: the order of `compareKeys`. */
const keyColumns = Prisma.sql`"group" COLLATE "C", kind COLLATE "C", namespace COLLATE "C", name COLLATE "C"`;

type Queryable = Pick<PrismaClient, '$queryRaw'>;

/** All reads of resources and of the log of one mesh. */
export class ReadQueries {
  readonly #prisma: PrismaClient;
  readonly #codec: ObjectCodec;
  readonly #meshId: string;

  constructor(prisma: PrismaClient, codec: ObjectCodec, meshId: string) {
    this.#prisma = prisma;
    this.#codec = codec;
    this.#meshId = meshId;
  }

  async revision(): Promise<number> {
    return (await this.#mesh(this.#prisma)).revision;
  }

  async get(key: ResourceKey): Promise<StoredResource | undefined> {
    const rows = await this.#prisma.$queryRaw<ResourceRow[]>`
      SELECT "group", kind, namespace, name, revision, object FROM "Resource" WHERE "meshId" = ${this.#meshId} AND ${keyIs(key)}`;
    return rows[0] === undefined ? undefined : resourceOfRow(rows[0], this.#codec);
  }

  /** State and revision belong together: one snapshot of the database. */
  list(query: ListQuery): Promise<ResourcePage> {
    return this.#snapshot(async (tx) => {
      const { revision, compacted } = await this.#mesh(tx);
      const { atRevision } = query;
      if (atRevision !== undefined) refuseCompacted(atRevision, compacted);
      const rows = await (atRevision === undefined
        ? this.#currentRows(tx, query)
        : this.#rowsAt(tx, query, atRevision));
      const page = this.#page(rows, query, atRevision ?? revision);
      const last = page.resources.at(-1)?.key;
      if (!page.more || last === undefined || query.selector !== undefined || query.filter !== undefined) return page;
      return { ...page, remaining: await this.#count(tx, { ...query, after: last }, page.revision) };
    });
  }

  /** Throws `expired` when changes after that revision are compacted. */
  readLog(after: number, limit: number): Promise<readonly Change[]> {
    return this.#snapshot(async (tx) => {
      const { compacted } = await this.#mesh(tx);
      refuseCompacted(after + 1, compacted);
      return this.#log(tx, { after, limit });
    });
  }

  /** As {@link readLog}, but with gaps where the log is compacted: its reader looks for them itself. */
  readLogUnchecked(after: number, limit: number): Promise<readonly Change[]> {
    return this.#log(this.#prisma, { after, limit });
  }

  async history(
    key: ResourceKey,
    { limit = 100, before = Number.MAX_SAFE_INTEGER }: HistoryQuery,
  ): Promise<readonly Change[]> {
    const rows = await this.#prisma.$queryRaw<ChangeRow[]>`
      SELECT r.*, p.object AS previous FROM "Revision" r
      LEFT JOIN "Revision" p ON p."meshId" = r."meshId" AND p.revision = r."previousRevision"
      WHERE r."meshId" = ${this.#meshId} AND ${keyIs(key, 'r')} AND r.revision < ${before} ORDER BY r.revision DESC LIMIT ${limit}`;
    return rows.map((row) => changeOfRow(row, this.#codec));
  }

  getAt(key: ResourceKey, revision: number): Promise<StoredResource | undefined> {
    return this.#snapshot(async (tx) => {
      const { compacted } = await this.#mesh(tx);
      refuseCompacted(revision, compacted);
      const rows = await tx.$queryRaw<(ResourceRow & { operation: string })[]>`
        SELECT "group", kind, namespace, name, revision, object, operation::text FROM "Revision"
        WHERE "meshId" = ${this.#meshId} AND ${keyIs(key)} AND revision <= ${revision} ORDER BY revision DESC LIMIT 1`;
      const row = rows[0];
      return row === undefined || row.operation === 'deleted' ? undefined : resourceOfRow(row, this.#codec);
    });
  }

  /** Forgets the log before a revision, but for what the state at that revision is made of. */
  async compact(before: number): Promise<void> {
    await this.#prisma.$transaction([
      this.#prisma
        .$executeRaw`UPDATE "Mesh" SET "compactedRevision" = greatest("compactedRevision", ${before}) WHERE id = ${this.#meshId}`,
      this.#prisma.$executeRaw`
        DELETE FROM "Revision" r WHERE r."meshId" = ${this.#meshId} AND r.revision < ${before} AND (r.operation = 'deleted' OR EXISTS (
          SELECT 1 FROM "Revision" n WHERE n."meshId" = r."meshId" AND n."group" = r."group" AND n.kind = r.kind
            AND n.namespace = r.namespace AND n.name = r.name AND n.revision > r.revision AND n.revision <= ${before}))`,
    ]);
  }

  async #mesh(tx: Queryable): Promise<{ revision: number; compacted: number }> {
    const rows = await tx.$queryRaw<{ revision: bigint; compacted: bigint }[]>`
      SELECT revision, "compactedRevision" AS compacted FROM "Mesh" WHERE id = ${this.#meshId}`;
    if (rows[0] === undefined) throw new MallaError('internal', `mesh ${this.#meshId} is missing from the database`);
    return { revision: Number(rows[0].revision), compacted: Number(rows[0].compacted) };
  }

  #snapshot<T>(read: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#prisma.$transaction(read, { isolationLevel: 'RepeatableRead', maxWait: 10_000, timeout: 30_000 });
  }

  #currentRows(tx: Queryable, query: ListQuery): Promise<ResourceRow[]> {
    return tx.$queryRaw<ResourceRow[]>`
      SELECT "group", kind, namespace, name, revision, object FROM "Resource"
      WHERE "meshId" = ${this.#meshId} AND ${filter(query)} ORDER BY ${keyColumns} ${limitRows(query)}`;
  }

  #rowsAt(tx: Queryable, query: ListQuery, revision: number): Promise<ResourceRow[]> {
    return tx.$queryRaw<ResourceRow[]>`
      SELECT "group", kind, namespace, name, revision, object FROM (
        SELECT DISTINCT ON (${keyColumns}) "group", kind, namespace, name, revision, object, operation FROM "Revision"
        WHERE "meshId" = ${this.#meshId} AND revision <= ${revision} AND ${filter(query)} ORDER BY ${keyColumns}, revision DESC
      ) AS state WHERE operation <> 'deleted' ORDER BY ${keyColumns} ${limitRows(query)}`;
  }

  async #count(tx: Queryable, query: ListQuery, revision: number): Promise<number> {
    const rows = await tx.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) AS count FROM (
        SELECT DISTINCT ON (${keyColumns}) operation FROM "Revision"
        WHERE "meshId" = ${this.#meshId} AND revision <= ${revision} AND ${filter(query)} ORDER BY ${keyColumns}, revision DESC
      ) AS state WHERE operation <> 'deleted'`;
    return Number(rows[0]?.count ?? 0);
  }

  #page(
    rows: readonly ResourceRow[],
    { limit, selector, filter: chosenBy }: ListQuery,
    revision: number,
  ): ResourcePage {
    const all = rows.map((row) => resourceOfRow(row, this.#codec));
    const labelled =
      selector === undefined ? all : all.filter(({ object }) => matchesLabels(selector, object.metadata.labels));
    const chosen = chosenBy === undefined ? labelled : labelled.filter(chosenBy);
    const more = limit !== undefined && chosen.length > limit;
    return { revision, resources: more ? chosen.slice(0, limit) : chosen, more };
  }

  async #log(tx: Queryable, { after, limit }: { after: number; limit: number }): Promise<readonly Change[]> {
    const rows = await tx.$queryRaw<ChangeRow[]>`
      SELECT r.*, p.object AS previous FROM "Revision" r
      LEFT JOIN "Revision" p ON p."meshId" = r."meshId" AND p.revision = r."previousRevision"
      WHERE r."meshId" = ${this.#meshId} AND r.revision > ${after} ORDER BY r.revision LIMIT ${limit}`;
    return rows.map((row) => changeOfRow(row, this.#codec));
  }
}

function refuseCompacted(revision: number, compacted: number): void {
  if (revision >= compacted) return;
  throw new MallaError(
    'expired',
    `revision ${revision} is too old: history before ${compacted} is compacted; list again`,
    { details: { compacted } },
  );
}

function keyIs({ group, kind, namespace, name }: ResourceKey, table?: string): Prisma.Sql {
  const prefix = Prisma.raw(table === undefined ? '' : `${table}.`);
  return Prisma.sql`${prefix}"group" = ${group} AND ${prefix}kind = ${kind} AND ${prefix}namespace = ${namespace} AND ${prefix}name = ${name}`;
}

function filter({ group, kind, namespace, after }: ListQuery): Prisma.Sql {
  const parts = [Prisma.sql`true`];
  if (group !== undefined) parts.push(Prisma.sql`"group" = ${group}`);
  if (kind !== undefined) parts.push(Prisma.sql`kind = ${kind}`);
  if (namespace !== undefined) parts.push(Prisma.sql`namespace = ${namespace}`);
  if (after !== undefined)
    parts.push(Prisma.sql`(${keyColumns}) > (${after.group}, ${after.kind}, ${after.namespace}, ${after.name})`);
  return Prisma.join(parts, ' AND ');
}

/** Labels and filters are matched in memory, so they need all rows; else one more than asked for tells whether there is more. */
function limitRows({ limit, selector, filter: chosenBy }: ListQuery): Prisma.Sql {
  return limit === undefined || selector !== undefined || chosenBy !== undefined
    ? Prisma.empty
    : Prisma.sql`LIMIT ${limit + 1}`;
}
