import { MallaError, type Resource } from '@malla/model';
import type { ResourceKey, StoredResource, WriteOperation } from '@malla/store';
import { untilUncontested, type Commits, type WriteContext } from './commits.ts';
import { isNamespaceKey, isProtectedNamespace, isTerminating } from './namespaces.ts';
import { stampDeleting } from './stamp.ts';
import { checkPreconditions, type Preconditions } from './write-rules.ts';

/** What becomes of the objects that belong to a deleted one; https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** Holds an object until its dependents are gone, or let go. */
export const propagationFinalizers = { Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const;

export interface DeleteParams extends Preconditions {
  readonly key: ResourceKey;
  /** `Background` by default: dependents are deleted after it. */
  readonly propagation?: Propagation | undefined;
}

export interface DeleteResult {
  /** The last state, or the present one of an object that waits for its finalizers. */
  readonly object: Resource;
  /** False while finalizers hold it. */
  readonly gone: boolean;
}

/** Deletions: at once where nothing holds an object, else marked until its finalizers are removed. */
export class ResourceDeletes {
  readonly #commits: Commits;
  readonly #now: () => Date;

  constructor(commits: Commits, now: () => Date) {
    this.#commits = commits;
    this.#now = now;
  }

  /** A namespace goes with everything in it: in one commit, unless finalizers hold something. */
  delete(params: DeleteParams, context: WriteContext): Promise<DeleteResult> {
    return untilUncontested(
      async () => {
        const current = await this.#commits.mustHave(params.key);
        checkPreconditions(params, current);
        if (isNamespaceKey(params.key)) return this.#deleteNamespace(current, context);
        return this.#deleteOne(current, params, context);
      },
      ({ code }) => code === 'conflict' && params.revision === undefined && params.uid === undefined,
    );
  }

  /** Removes a marked namespace that holds nothing any more. False if something is left in it. */
  async finishNamespace(key: ResourceKey, context: WriteContext): Promise<boolean> {
    const namespace = await this.#commits.current(key);
    if (namespace === undefined || !isTerminating(namespace.object)) return true;
    return (await this.#deleteNamespace(namespace, context)).gone;
  }

  async #deleteOne(current: StoredResource, params: DeleteParams, context: WriteContext): Promise<DeleteResult> {
    const operation = this.#operationFor(current, params.propagation);
    if (operation === undefined) return { object: current.object, gone: false };
    const { object } = await this.#commits.one(operation, context);
    return { object, gone: operation.type === 'delete' };
  }

  async #deleteNamespace(namespace: StoredResource, context: WriteContext): Promise<DeleteResult> {
    const { name } = namespace.key;
    if (isProtectedNamespace(name))
      throw new MallaError('permission_denied', `namespace "${name}" belongs to the mesh and cannot be deleted`);
    const inside = this.#commits.inside(name);
    const held = inside.some(({ object }) => isHeld(object)) || isHeld(namespace.object);
    const contents = inside.flatMap((each) => this.#operationFor(each, 'Background') ?? []);
    if (!held) {
      const operations: WriteOperation[] = [...contents, { type: 'delete', key: namespace.key }];
      const changes = await this.#commits.all(operations, context, [{ type: 'namespace_empty', namespace: name }]);
      return { object: changes.at(-1)?.object ?? namespace.object, gone: true };
    }
    const marked = stampDeleting(namespace.object, namespace.object.metadata.finalizers ?? [], this.#now());
    const mark: WriteOperation = { type: 'replace', object: marked, expectedRevision: namespace.revision };
    const operations = isTerminating(namespace.object) ? contents : [...contents, mark];
    if (operations.length === 0) return { object: namespace.object, gone: false };
    const changes = await this.#commits.all(operations, context);
    return {
      object: isTerminating(namespace.object) ? namespace.object : (changes.at(-1)?.object as Resource),
      gone: false,
    };
  }

  /** Undefined if the object is marked already and waits for its finalizers. */
  #operationFor(
    { key, object, revision }: StoredResource,
    propagation: Propagation = 'Background',
  ): WriteOperation | undefined {
    const before = object.metadata.finalizers ?? [];
    const own: readonly string[] = Object.values(propagationFinalizers);
    const others = before.filter((finalizer) => !own.includes(finalizer));
    const finalizers =
      propagation === 'Background'
        ? isTerminating(object)
          ? before
          : others
        : [...others, propagationFinalizers[propagation]];
    if (finalizers.length === 0) return { type: 'delete', key, expectedRevision: revision };
    const same = finalizers.length === before.length && finalizers.every((each) => before.includes(each));
    if (isTerminating(object) && same) return undefined;
    return { type: 'replace', object: stampDeleting(object, finalizers, this.#now()), expectedRevision: revision };
  }
}

function isHeld({ metadata }: Resource): boolean {
  return (metadata.finalizers ?? []).length > 0;
}
