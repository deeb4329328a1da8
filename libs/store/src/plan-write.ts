import { MallaError, type Resource } from '@malla/model';
import { keyOf, keyText, type ResourceKey } from './resource-key.ts';
import type { Change, StoredResource, WriteBatch, WriteGuard, WriteOperation } from './resource-store.ts';

/** The state that a batch is checked against: what is committed, with the batches of the same commit on top. */
export interface WriteState {
  /** Undefined if there is no such object. */
  get(key: ResourceKey): StoredResource | undefined;
  /** How many objects the namespace holds. */
  count(namespace: string): number;
}

export interface PlanWriteParams {
  readonly batch: WriteBatch;
  readonly state: WriteState;
  /** The last revision taken. */
  readonly revision: number;
  /** ISO 8601. */
  readonly time: string;
}

/**
 * Turns a batch into its changes, or throws the MallaError of its first failing guard or operation. Pure: the rules of
 * writing are here once, for every store. An object may occur only once in a batch.
 */
export function planWrite(params: PlanWriteParams): readonly Change[] {
  const { batch, state, time } = params;
  for (const guard of batch.guards ?? []) checkGuard(guard, batch.operations, state);
  const seen = new Set<string>();
  return batch.operations.map((operation, index) => {
    const key = operationKey(operation);
    if (seen.has(keyText(key))) throw new MallaError('invalid', `${describe(key)} occurs twice in one batch`);
    seen.add(keyText(key));
    const revision = params.revision + index + 1;
    const outcome = applyOperation(operation, state.get(key));
    return {
      revision,
      operation: outcome.operation,
      key,
      object: withRevision(outcome.object, revision),
      previous: outcome.previous?.object,
      author: batch.author,
      changeId: batch.changeId,
      time,
    };
  });
}

/** The key that an operation is about. */
export function operationKey(operation: WriteOperation): ResourceKey {
  return operation.type === 'delete' ? operation.key : keyOf(operation.object);
}

/** The object with `metadata.resourceVersion` set. */
export function withRevision(object: Resource, revision: number): Resource {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

interface Outcome {
  readonly operation: Change['operation'];
  readonly object: Resource;
  readonly previous: StoredResource | undefined;
}

function applyOperation(operation: WriteOperation, current: StoredResource | undefined): Outcome {
  const key = operationKey(operation);
  if (operation.type === 'create') {
    if (current !== undefined)
      throw new MallaError('already_exists', `${describe(key)} already exists`, { details: { key } });
    return { operation: 'created', object: operation.object, previous: undefined };
  }
  if (current === undefined) throw new MallaError('not_found', `${describe(key)} not found`, { details: { key } });
  const { expectedRevision } = operation;
  if (expectedRevision !== undefined && expectedRevision !== current.revision) {
    const message = `${describe(key)} was changed: it is at revision ${current.revision}, not ${expectedRevision}; read it again and apply your change to the newest version`;
    throw new MallaError('conflict', message, { details: { key, revision: current.revision } });
  }
  if (operation.type === 'delete') return { operation: 'deleted', object: current.object, previous: current };
  return { operation: 'replaced', object: operation.object, previous: current };
}

function checkGuard(guard: WriteGuard, operations: readonly WriteOperation[], state: WriteState): void {
  if (guard.type === 'exists') {
    if (state.get(guard.key) === undefined)
      throw new MallaError('not_found', `${describe(guard.key)} not found`, { details: { key: guard.key } });
    return;
  }
  const steps = operations
    .filter((operation) => operationKey(operation).namespace === guard.namespace)
    .map(({ type }) => (type === 'create' ? 1 : type === 'delete' ? -1 : 0));
  const count = steps.reduce<number>((sum, step) => sum + step, state.count(guard.namespace));
  if (count > 0) {
    const message = `namespace "${guard.namespace}" still holds ${count} ${count === 1 ? 'object' : 'objects'}; delete them first`;
    throw new MallaError('conflict', message, { details: { namespace: guard.namespace, count } });
  }
}

function describe(key: ResourceKey): string {
  return key.namespace === ''
    ? `${key.kind} "${key.name}"`
    : `${key.kind} "${key.name}" in namespace "${key.namespace}"`;
}
