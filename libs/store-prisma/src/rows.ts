import type { Change, ChangeOperation, ResourceKey, StoredResource } from '@malla/store';
import { withRevision } from '@malla/store';
import type { ObjectCodec } from './sealed-object.ts';

/** The columns of a key, as every raw query of this library names them. */
export interface KeyRow {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ResourceRow extends KeyRow {
  readonly revision: bigint;
  readonly object: string;
}

export interface ChangeRow extends ResourceRow {
  readonly operation: ChangeOperation;
  readonly previousRevision: bigint | null;
  /** The object as of `previousRevision`; null if there was none or it is compacted. */
  readonly previous: string | null;
  readonly author: string;
  readonly changeId: string;
  readonly time: Date;
}

export function keyOfRow({ group, kind, namespace, name }: KeyRow): ResourceKey {
  return { group, kind, namespace, name };
}

export function resourceOfRow(row: ResourceRow, codec: ObjectCodec): StoredResource {
  const key = keyOfRow(row);
  const revision = Number(row.revision);
  return { key, revision, object: withRevision(codec.decode(key, row.object), revision) };
}

export function changeOfRow(row: ChangeRow, codec: ObjectCodec): Change {
  const { key, revision, object } = resourceOfRow(row, codec);
  const { operation, author, changeId, previous, previousRevision } = row;
  const before =
    previous === null || previousRevision === null
      ? undefined
      : withRevision(codec.decode(key, previous), Number(previousRevision));
  return { revision, operation, key, object, previous: before, author, changeId, time: row.time.toISOString() };
}
