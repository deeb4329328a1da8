import {
  keyText,
  operationKey,
  planWrite,
  type Change,
  type ResourceKey,
  type StoredResource,
  type WriteBatch,
  type WriteState,
} from '@malla/store';
import { MallaError } from '@malla/model';
import { Prisma, type PrismaClient } from './gen/prisma/client.ts';
import { resourceOfRow, type ResourceRow } from './rows.ts';
import type { ObjectCodec } from './sealed-object.ts';

export interface CommitContext {
  readonly prisma: PrismaClient;
  readonly codec: ObjectCodec;
  readonly meshId: string;
  /** The NOTIFY channel of the mesh. */
  readonly channel: string;
  readonly now: () => Date;
}

/** What became of one batch of a group. */
export type BatchOutcome = { readonly changes: readonly Change[] } | { readonly error: MallaError };

type Transaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

/**
 * Commits several batches in one transaction, under the mesh's row lock: one fsync and one lock for all of them. A batch
 * that its guards or revisions refuse gets its error and does not disturb the others. Four round trips.
 */
export function commitGroup(context: CommitContext, batches: readonly WriteBatch[]): Promise<readonly BatchOutcome[]> {
  return context.prisma.$transaction(
    async (tx) => {
      const revision = await lockMesh(tx, context.meshId);
      const overlay = await loadOverlay(tx, context, batches);
      const outcomes = planGroup({ batches, overlay, revision, time: context.now().toISOString() });
      const changes = outcomes.flatMap((outcome) => ('changes' in outcome ? outcome.changes : []));
      if (changes.length > 0) await storeChanges(tx, context, { changes, overlay });
      return outcomes;
    },
    { maxWait: 10_000, timeout: 30_000 },
  );
}

/** The writer lock of the mesh, held until the commit: revisions become visible in the order in which they are taken. */
async function lockMesh(tx: Transaction, meshId: string): Promise<number> {
  const rows = await tx.$queryRaw<{ revision: bigint }[]>`SELECT revision FROM "Mesh" WHERE id = ${meshId} FOR UPDATE`;
  const row = rows[0];
  if (row === undefined) throw new MallaError('internal', `mesh ${meshId} is missing from the database`);
  return Number(row.revision);
}

/** The committed state of what a group touches, with the group's own changes on top. */
class Overlay implements WriteState {
  /** As committed before this group. */
  readonly committed = new Map<string, StoredResource>();
  readonly #newer = new Map<string, StoredResource | undefined>();
  readonly #counts = new Map<string, number>();

  get(key: ResourceKey): StoredResource | undefined {
    const text = keyText(key);
    return this.#newer.has(text) ? this.#newer.get(text) : this.committed.get(text);
  }

  count(namespace: string): number {
    return this.#counts.get(namespace) ?? 0;
  }

  setCount(namespace: string, count: number): void {
    this.#counts.set(namespace, count);
  }

  apply(change: Change): void {
    const { key, revision, object, operation } = change;
    const step = operation === 'created' ? 1 : operation === 'deleted' ? -1 : 0;
    this.#counts.set(key.namespace, this.count(key.namespace) + step);
    this.#newer.set(keyText(key), operation === 'deleted' ? undefined : { key, revision, object });
  }
}

async function loadOverlay(
  tx: Transaction,
  { codec, meshId }: CommitContext,
  batches: readonly WriteBatch[],
): Promise<Overlay> {
  const overlay = new Overlay();
  const guards = batches.flatMap((batch) => batch.guards ?? []);
  const guarded = guards.flatMap((guard) => (guard.type === 'exists' ? [guard.key] : []));
  const keys = [...batches.flatMap((batch) => batch.operations.map(operationKey)), ...guarded];
  const rows = await tx.$queryRaw<ResourceRow[]>`
    SELECT r."group", r.kind, r.namespace, r.name, r.revision, r.object FROM "Resource" r
    JOIN (SELECT DISTINCT * FROM ${unnestKeys(keys)}) AS k ("group", kind, namespace, name) USING ("group", kind, namespace, name)
    WHERE r."meshId" = ${meshId}`;
  for (const row of rows) {
    const resource = resourceOfRow(row, codec);
    overlay.committed.set(keyText(resource.key), resource);
  }
  const namespaces = guards.flatMap((guard) => (guard.type === 'namespace_empty' ? [guard.namespace] : []));
  if (namespaces.length > 0) {
    const counts = await tx.$queryRaw<{ namespace: string; count: bigint }[]>`
      SELECT namespace, count(*) AS count FROM "Resource" WHERE "meshId" = ${meshId} AND namespace = ANY(${namespaces}) GROUP BY namespace`;
    for (const { namespace, count } of counts) overlay.setCount(namespace, Number(count));
  }
  return overlay;
}

interface PlanGroupParams {
  readonly batches: readonly WriteBatch[];
  readonly overlay: Overlay;
  readonly revision: number;
  readonly time: string;
}

function planGroup({ batches, overlay, revision, time }: PlanGroupParams): readonly BatchOutcome[] {
  let last = revision;
  return batches.map((batch) => {
    try {
      const changes = planWrite({ batch, state: overlay, revision: last, time });
      for (const change of changes) overlay.apply(change);
      last += changes.length;
      return { changes };
    } catch (error) {
      if (error instanceof MallaError) return { error };
      throw error;
    }
  });
}

interface StoreChangesParams {
  readonly changes: readonly Change[];
  readonly overlay: Overlay;
}

/** Rows of the state, rows of the log, the mesh's revision and the wake-up, in one statement. */
async function storeChanges(
  tx: Transaction,
  context: CommitContext,
  { changes, overlay }: StoreChangesParams,
): Promise<void> {
  const { meshId, channel } = context;
  const log = changes.map((change) => logRow(change, context.codec));
  const column = <K extends keyof LogRow>(rows: readonly LogRow[], name: K): LogRow[K][] =>
    rows.map((row) => row[name]);
  const final = [...new Map(log.map((row) => [keyText(row), row])).values()];
  const kept = final.filter((row) => row.operation !== 'deleted');
  const gone = final.filter((row) => row.operation === 'deleted' && overlay.committed.has(keyText(row)));
  const last = BigInt(changes.at(-1)?.revision ?? 0);
  await tx.$executeRaw`
    WITH removed AS (
      DELETE FROM "Resource" r USING ${unnestKeys(gone)} AS k ("group", kind, namespace, name)
      WHERE r."meshId" = ${meshId} AND r."group" = k."group" AND r.kind = k.kind AND r.namespace = k.namespace AND r.name = k.name
    ), stored AS (
      INSERT INTO "Resource" ("meshId", "group", kind, namespace, name, revision, object)
      SELECT ${meshId}, * FROM unnest(${column(kept, 'group')}::text[], ${column(kept, 'kind')}::text[], ${column(kept, 'namespace')}::text[],
        ${column(kept, 'name')}::text[], ${column(kept, 'revision')}::bigint[], ${column(kept, 'text')}::text[])
      ON CONFLICT ("meshId", "group", kind, namespace, name) DO UPDATE SET revision = excluded.revision, object = excluded.object
    ), logged AS (
      INSERT INTO "Revision" ("meshId", revision, operation, "group", kind, namespace, name, object, "previousRevision", author, "changeId", time)
      SELECT ${meshId}, l.revision, l.operation::"Operation", l."group", l.kind, l.namespace, l.name, l.object, nullif(l.previous, 0), l.author, l.change, l.time
      FROM unnest(${column(log, 'revision')}::bigint[], ${column(log, 'operation')}::text[], ${column(log, 'group')}::text[], ${column(log, 'kind')}::text[],
        ${column(log, 'namespace')}::text[], ${column(log, 'name')}::text[], ${column(log, 'text')}::text[], ${column(log, 'previous')}::bigint[],
        ${column(log, 'author')}::text[], ${column(log, 'changeId')}::text[], ${column(log, 'time')}::timestamptz[])
        AS l (revision, operation, "group", kind, namespace, name, object, previous, author, change, time)
    ), counted AS (
      UPDATE "Mesh" SET revision = ${last} WHERE id = ${meshId}
    )
    SELECT pg_notify(${channel}, ${String(last)})`;
}

interface LogRow extends ResourceKey {
  readonly revision: bigint;
  readonly operation: string;
  readonly text: string;
  /** 0 for none: arrays of parameters cannot hold null and a type at once in every driver. */
  readonly previous: bigint;
  readonly author: string;
  readonly changeId: string;
  readonly time: string;
}

function logRow(change: Change, codec: ObjectCodec): LogRow {
  const { key, operation, author, changeId, time } = change;
  const previous = BigInt(change.previous?.metadata.resourceVersion ?? 0);
  return {
    ...key,
    revision: BigInt(change.revision),
    operation,
    text: codec.encode(key, change.object),
    previous,
    author,
    changeId,
    time,
  };
}

function unnestKeys(keys: readonly ResourceKey[]): Prisma.Sql {
  const part = (name: keyof ResourceKey): string[] => keys.map((key) => key[name]);
  return Prisma.sql`unnest(${part('group')}::text[], ${part('kind')}::text[], ${part('namespace')}::text[], ${part('name')}::text[])`;
}
