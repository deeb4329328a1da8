import { isDeepStrictEqual } from 'node:util';
import { errorAt, MallaError, problemCodes, type Problem, type Resource } from '@malla/model';
import type { ResourceKey, StoredResource } from '@malla/store';

/** What must be true of an object before it is changed. */
export interface Preconditions {
  readonly uid?: string;
  readonly revision?: number;
}

/** Throws `conflict` unless they hold. */
export function checkPreconditions({ uid, revision }: Preconditions, current: StoredResource): void {
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

/** True if the caller named the version that it means to replace; `conflict` if it is another one. */
export function checkExpected(sent: Resource, current: StoredResource): boolean {
  const { resourceVersion, uid } = sent.metadata;
  checkPreconditions(uid === undefined ? {} : { uid }, current);
  if (resourceVersion === undefined || resourceVersion === '') return false;
  if (resourceVersion === String(current.revision)) return true;
  const message = `${current.key.kind} "${current.key.name}" was changed: it is at resourceVersion ${current.revision}, not ${resourceVersion}; apply your change to the newest version`;
  throw new MallaError('conflict', message, { details: { key: current.key, revision: current.revision } });
}

/** Throws `invalid` for changes that no write may make. */
export function refuseForbiddenChanges(object: Resource, current: Resource): void {
  const problems = [
    ...immutableData(object, current),
    ...newFinalizers(object, current),
    ...immutableFields(object, current),
  ];
  if (problems.length === 0) return;
  const { kind, metadata } = current;
  const reasons = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new MallaError('invalid', `${kind} "${metadata.name}" is invalid: ${reasons}`, { details: { problems } });
}

function immutableData(object: Resource, current: Resource): Problem[] {
  const immutableKinds = ['Secret', 'ConfigMap'];
  if (!immutableKinds.includes(current.kind) || current.apiVersion !== 'v1' || current['immutable'] !== true) return [];
  const same = ['data', 'binaryData'].every((field) => isDeepStrictEqual(object[field], current[field]));
  if (object['immutable'] === true && same) return [];
  const message = `the ${current.kind} is immutable: its data cannot change`;
  return [errorAt(problemCodes.schema, 'immutable', message, 'delete it and create it anew')];
}

/** What goes must not be held up by more than it was when its deletion was asked for. */
function newFinalizers(object: Resource, current: Resource): Problem[] {
  if (current.metadata.deletionTimestamp == null) return [];
  const before = new Set(current.metadata.finalizers ?? []);
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return [];
  const message = `no new finalizers can be added if the object is being deleted, found new finalizers ${added.join(', ')}`;
  return [errorAt(problemCodes.schema, 'metadata.finalizers', message)];
}

/** A binding is to one role for ever: who may change its subjects could otherwise take any role. */
function immutableFields(object: Resource, current: Resource): Problem[] {
  const isBinding = current.kind === 'RoleBinding' || current.kind === 'ClusterRoleBinding';
  if (!isBinding || isDeepStrictEqual(object['roleRef'], current['roleRef'])) return [];
  return [errorAt(problemCodes.schema, 'roleRef', 'cannot change roleRef', 'delete the binding and create it anew')];
}

/** Throws unless an object that came out of a change is still the one that was changed. */
export function refuseRenaming(changed: ResourceKey, key: ResourceKey): void {
  const same = changed.group === key.group && changed.kind === key.kind;
  if (same && changed.namespace === key.namespace && changed.name === key.name) return;
  throw new MallaError('invalid', 'a patch must not change the name, namespace or kind of an object');
}
