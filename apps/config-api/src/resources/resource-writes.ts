import { isDeepStrictEqual } from 'node:util';
import { errorAt, MallaError, problemCodes, type Resource } from '@malla/model';
import {
  keyOf,
  keyText,
  type Change,
  type ResourceKey,
  type ResourceStore,
  type StoredResource,
  type WriteGuard,
  type WriteOperation,
} from '@malla/store';
import type { Admission } from './admission.ts';
import { isProtectedNamespace, namespaceKey } from './namespaces.ts';
import type { ResourceReads } from './resource-reads.ts';
import { isSame, stampNew, stampNext, type StampParams } from './stamp.ts';

/** As often as a write without a resourceVersion is tried anew when others change the object meanwhile. */
const mostTries = 8;
const ownWriteWithinMs = 5_000;

/** Who writes, and how. */
export interface WriteContext {
  readonly author: string;
  readonly changeId: string;
  /** Everything is checked, nothing is stored. */
  readonly dryRun: boolean;
}

export interface WriteResult {
  readonly object: Resource;
  readonly warnings: readonly string[];
  /** False when the object was already as wanted: no revision was made. */
  readonly changed: boolean;
}

export interface DeleteParams {
  readonly key: ResourceKey;
  /** Refused as a conflict unless they hold. */
  readonly uid?: string;
  readonly revision?: number;
}

export interface ResourceWritesParams {
  readonly store: ResourceStore;
  readonly reads: ResourceReads;
  readonly admission: Admission;
  readonly stamp: StampParams;
}

/**
 * The verbs of writing, for REST and gRPC alike. An acknowledged write is committed, and a read on this replica after it
 * sees it.
 */
export class ResourceWrites {
  readonly #params: ResourceWritesParams;

  constructor(params: ResourceWritesParams) {
    this.#params = params;
  }

  async create(sent: unknown, context: WriteContext, namespace?: string): Promise<WriteResult> {
    const { object, warnings } = this.#params.admission.admit(sent, namespace);
    if (object.metadata.resourceVersion !== undefined)
      throw new MallaError('invalid', 'resourceVersion must not be set on objects to be created');
    const created = stampNew(object, this.#params.stamp);
    const change = await this.#commit({ type: 'create', object: created }, context);
    return { object: change.object, warnings, changed: true };
  }

  /** `metadata.resourceVersion`, when sent, must be the stored one. */
  replace(sent: unknown, context: WriteContext, namespace?: string): Promise<WriteResult> {
    const { object, warnings } = this.#params.admission.admit(sent, namespace);
    return this.#update({ key: keyOf(object), warnings, context, next: () => object });
  }

  /** Reads, changes and writes one object; tried again when others come in between, unless the change names a resourceVersion. */
  async patch(key: ResourceKey, context: WriteContext, change: (current: Resource) => unknown): Promise<WriteResult> {
    let warnings: readonly string[] = [];
    const next = (current: Resource): Resource => {
      const changed = change(current);
      const admitted = this.#params.admission.admit(changed);
      warnings = admitted.warnings;
      if (keyText(keyOf(admitted.object)) !== keyText(key))
        throw new MallaError('invalid', 'a patch must not change the name, namespace or kind of an object');
      return keepVersion(admitted.object, current);
    };
    const result = await this.#update({ key, warnings: [], context, next });
    return { ...result, warnings };
  }

  /** Creates the object, or replaces its payload, labels and annotations. */
  async apply(sent: unknown, context: WriteContext): Promise<WriteResult> {
    const { object } = this.#params.admission.admit(sent);
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#current(keyOf(object))) === undefined
          ? await this.create(sent, context)
          : await this.replace(sent, context);
      } catch (thrown) {
        const { code } = MallaError.from(thrown);
        const raced = code === 'already_exists' || (code === 'not_found' && attempt > 1);
        if (!raced || attempt >= mostTries) throw thrown;
      }
    }
  }

  /** The last state. A namespace goes with everything in it, in one commit. */
  async delete(params: DeleteParams, context: WriteContext): Promise<Resource> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.#mustHave(params.key);
      checkPreconditions(params, current);
      const expected =
        params.revision !== undefined || params.uid !== undefined ? { expectedRevision: current.revision } : {};
      try {
        if (params.key.group === '' && params.key.kind === 'Namespace')
          return await this.#deleteNamespace(current, context);
        return (await this.#commit({ type: 'delete', key: params.key, ...expected }, context)).object;
      } catch (thrown) {
        if (MallaError.from(thrown).code !== 'conflict' || params.revision !== undefined || attempt >= mostTries)
          throw thrown;
      }
    }
  }

  async #deleteNamespace(namespace: StoredResource, context: WriteContext): Promise<Resource> {
    const { name } = namespace.key;
    if (isProtectedNamespace(name))
      throw new MallaError('permission_denied', `namespace "${name}" belongs to the mesh and cannot be deleted`);
    const inside = this.#params.reads.mirror.list({ namespace: name }).resources;
    const operations = [...inside.map(({ key }) => key), namespace.key].map(
      (key) => ({ type: 'delete', key }) as const,
    );
    const changes = await this.#commitAll({
      operations,
      guards: [{ type: 'namespace_empty', namespace: name }],
      context,
    });
    return changes.at(-1)?.object ?? namespace.object;
  }

  async #update(params: {
    key: ResourceKey;
    warnings: readonly string[];
    context: WriteContext;
    next: (current: Resource) => Resource;
  }): Promise<WriteResult> {
    const { key, warnings, context } = params;
    for (let attempt = 1; ; attempt++) {
      const current = await this.#mustHave(key);
      const sent = params.next(current.object);
      const conditional = checkExpected(sent, current);
      const object = stampNext(sent, current.object);
      refuseImmutable(object, current.object);
      if (isSame(object, current.object)) return { object: current.object, warnings, changed: false };
      try {
        const change = await this.#commit({ type: 'replace', object, expectedRevision: current.revision }, context);
        return { object: change.object, warnings, changed: true };
      } catch (thrown) {
        if (MallaError.from(thrown).code !== 'conflict' || conditional || attempt >= mostTries) throw thrown;
      }
    }
  }

  async #mustHave(key: ResourceKey): Promise<StoredResource> {
    const current = await this.#current(key);
    if (current === undefined)
      throw new MallaError('not_found', `${key.kind} "${key.name}" not found`, { details: { key } });
    return current;
  }

  async #current(key: ResourceKey): Promise<StoredResource | undefined> {
    await this.#params.reads.refresh();
    return this.#params.reads.get(key);
  }

  async #commit(operation: WriteOperation, context: WriteContext): Promise<Change> {
    const namespace = operation.type === 'create' ? keyOf(operation.object).namespace : '';
    const guards: WriteGuard[] = namespace === '' ? [] : [{ type: 'exists', key: namespaceKey(namespace) }];
    return (await this.#commitAll({ operations: [operation], guards, context }))[0] as Change;
  }

  async #commitAll(params: {
    operations: readonly WriteOperation[];
    guards: readonly WriteGuard[];
    context: WriteContext;
  }): Promise<readonly Change[]> {
    const { operations, guards, context } = params;
    const { reads, store } = this.#params;
    const batch = { operations, guards, author: context.author, changeId: context.changeId };
    if (context.dryRun) return reads.tryOut(batch);
    const changes = await store.write(batch);
    const last = changes.at(-1)?.revision ?? 0;
    // Memory follows within milliseconds; should it not, the write is committed all the same.
    await reads.follow(last, ownWriteWithinMs).catch(() => undefined);
    return changes;
  }
}

/** A patch that does not mention resourceVersion must not become conditional by copying the current one. */
function keepVersion(patched: Resource, current: Resource): Resource {
  if (patched.metadata.resourceVersion !== current.metadata.resourceVersion) return patched;
  const { resourceVersion: _, ...metadata } = patched.metadata;
  return { ...patched, metadata };
}

/** True if the caller named the version that it means to replace. */
function checkExpected(sent: Resource, current: StoredResource): boolean {
  const { resourceVersion, uid } = sent.metadata;
  checkPreconditions({ key: current.key, ...(uid === undefined ? {} : { uid }) }, current);
  if (resourceVersion === undefined || resourceVersion === '') return false;
  if (resourceVersion === String(current.revision)) return true;
  const message = `${current.key.kind} "${current.key.name}" was changed: it is at resourceVersion ${current.revision}, not ${resourceVersion}; apply your change to the newest version`;
  throw new MallaError('conflict', message, { details: { key: current.key, revision: current.revision } });
}

function checkPreconditions({ uid, revision }: DeleteParams, current: StoredResource): void {
  const { key } = current;
  const details = { key, revision: current.revision };
  if (uid !== undefined && uid !== '' && uid !== current.object.metadata.uid) {
    throw new MallaError(
      'conflict',
      `${key.kind} "${key.name}" has uid ${current.object.metadata.uid ?? ''}, not ${uid}: it was made anew`,
      { details },
    );
  }
  if (revision !== undefined && revision !== current.revision) {
    throw new MallaError(
      'conflict',
      `${key.kind} "${key.name}" is at resourceVersion ${current.revision}, not ${revision}`,
      { details },
    );
  }
}

function refuseImmutable(object: Resource, current: Resource): void {
  if (current.kind !== 'Secret' || current['immutable'] !== true) return;
  if (object['immutable'] === true && isDeepStrictEqual(object['data'], current['data'])) return;
  const problem = errorAt(
    problemCodes.schema,
    'immutable',
    'the secret is immutable: its data cannot change',
    'delete it and create it anew',
  );
  throw new MallaError('invalid', `Secret "${current.metadata.name}" is immutable`, {
    details: { problems: [problem] },
  });
}
