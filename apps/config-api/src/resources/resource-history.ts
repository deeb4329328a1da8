import jsonPatch, { type Operation } from 'fast-json-patch';
import { MallaError, type Resource } from '@malla/model';
import type { Change, HistoryQuery, ResourceKey, ResourceStore } from '@malla/store';
import { redact, redactPair } from './redaction.ts';
import type { ResourceReads } from './resource-reads.ts';
import type { WriteContext } from './commits.ts';
import type { ResourceWrites, WriteResult } from './resource-writes.ts';

/** The difference of an object between two revisions, with the values of secrets redacted. */
export interface ResourceDiff {
  readonly from: number;
  readonly to: number;
  /** RFC 6902; empty when nothing but the revision differs. An object that was or is not there is `null`. */
  readonly patch: readonly Operation[];
}

export interface RollbackParams {
  readonly key: ResourceKey;
  readonly toRevision: number;
}

export interface ResourceHistoryParams {
  readonly store: ResourceStore;
  readonly reads: ResourceReads;
  readonly writes: ResourceWrites;
}

/** What was, what differs, and the way back. */
export class ResourceHistory {
  readonly #params: ResourceHistoryParams;

  constructor(params: ResourceHistoryParams) {
    this.#params = params;
  }

  /** Newest first, redacted. `not_found` for an object that never was. */
  async history(key: ResourceKey, query: HistoryQuery): Promise<readonly Change[]> {
    const changes = await this.#params.store.history(key, query);
    if (changes.length === 0 && query.before === undefined)
      throw new MallaError('not_found', `${key.kind} "${key.name}" has no history`, { details: { key } });
    return changes.map((change) => ({
      ...change,
      object: redact(change.object),
      previous: change.previous && redact(change.previous),
    }));
  }

  /** `to` is the newest revision when it is left out. */
  async diff(key: ResourceKey, from: number, to?: number): Promise<ResourceDiff> {
    const newest = to ?? (await this.#params.store.revision());
    const [before, after] = await Promise.all([
      this.#params.store.getAt(key, from),
      this.#params.store.getAt(key, newest),
    ]);
    if (before === undefined && after === undefined)
      throw new MallaError('not_found', `${key.kind} "${key.name}" is at neither revision`, { details: { key } });
    const [shownBefore, shownAfter] = redactPair(before?.object, after?.object);
    return {
      from,
      to: newest,
      patch: jsonPatch
        .compare({ object: comparable(shownBefore) }, { object: comparable(shownAfter) })
        .map(withoutPrefix),
    };
  }

  /** Writes the object as it was; makes it anew if it is gone. The way back is a change like any other: checked, logged, watched. */
  async rollback({ key, toRevision }: RollbackParams, context: WriteContext): Promise<WriteResult> {
    const wanted = await this.#params.store.getAt(key, toRevision);
    if (wanted === undefined)
      throw new MallaError('not_found', `${key.kind} "${key.name}" did not exist at revision ${toRevision}`, {
        details: { key },
      });
    const { uid: _, resourceVersion: _version, managedFields: _managers, ...metadata } = wanted.object.metadata;
    return this.#params.writes.upsert({ ...wanted.object, metadata }, context);
  }
}

/** Without what the server counts up by itself. */
function comparable(object: Resource | undefined): object | null {
  if (object === undefined) return null;
  const { resourceVersion: _, generation: _generation, managedFields: _managers, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withoutPrefix(operation: Operation): Operation {
  return { ...operation, path: operation.path.replace(/^\/object/, '') };
}
