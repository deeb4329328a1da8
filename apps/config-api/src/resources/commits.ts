import { MallaError, type Resource } from '@malla/model';
import { inSpan } from '@malla/observability';
import {
  keyOf,
  type Change,
  type ResourceKey,
  type ResourceStore,
  type StoredResource,
  type WriteGuard,
  type WriteOperation,
} from '@malla/store';
import type { Caller } from '../access/caller.ts';
import { isTerminating, namespaceKey } from './namespaces.ts';
import { notFound } from './not-found.ts';
import type { ResourceReads } from './resource-reads.ts';

const ownWriteWithinMs = 5_000;

/** As often as a write without a resourceVersion is tried anew when others change the object meanwhile. */
export const mostTries = 8;

/** Who writes, and how. */
export interface WriteContext {
  /** Shown in history. */
  readonly author: string;
  /** Whose rights bound what a role may give; undefined for what the service writes by itself. */
  readonly caller?: Caller | undefined;
  readonly changeId: string;
  /** Everything is checked, nothing is stored. */
  readonly dryRun: boolean;
  /** Under this name the fields that are written are managed. */
  readonly fieldManager: string;
  /** What becomes of fields that the kind does not know: refused by default. */
  readonly fieldValidation?: FieldValidation;
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Reads and commits for the verbs of writing: an acknowledged write is committed, and a read on this replica after it sees it. */
export class Commits {
  readonly #store: ResourceStore;
  readonly #reads: ResourceReads;

  constructor(store: ResourceStore, reads: ResourceReads) {
    this.#store = store;
    this.#reads = reads;
  }

  /** The newest state; undefined if there is none. */
  async current(key: ResourceKey): Promise<StoredResource | undefined> {
    await this.#reads.refresh();
    return this.#reads.get(key);
  }

  /** The newest state; `not_found` if there is none. */
  async mustHave(key: ResourceKey): Promise<StoredResource> {
    const current = await this.current(key);
    if (current === undefined) throw notFound(key);
    return current;
  }

  /** Everything in a namespace. After {@link Commits.current}. */
  inside(namespace: string): readonly StoredResource[] {
    return this.#reads.mirror.list({ namespace }).resources;
  }

  async create(object: Resource, context: WriteContext): Promise<Resource> {
    const { namespace } = keyOf(object);
    const guards: WriteGuard[] = namespace === '' ? [] : [{ type: 'exists', key: namespaceKey(namespace) }];
    if (namespace !== '') this.#refuseTerminating(namespace, object);
    return (await this.one({ type: 'create', object }, context, guards)).object;
  }

  async one(operation: WriteOperation, context: WriteContext, guards: readonly WriteGuard[] = []): Promise<Change> {
    return (await this.all([operation], context, guards))[0] as Change;
  }

  async all(
    operations: readonly WriteOperation[],
    context: WriteContext,
    guards: readonly WriteGuard[] = [],
  ): Promise<readonly Change[]> {
    const batch = { operations, guards, author: context.author, changeId: context.changeId };
    if (context.dryRun) return (await this.#reads.tryOut(batch)).map(untaken);
    return inSpan('commit', { attributes: { 'malla.objects': operations.length } }, async (span) => {
      const changes = await this.#store.write(batch);
      const last = changes.at(-1)?.revision ?? 0;
      span.setAttribute('malla.revision', last);
      // Memory follows within milliseconds; should it not, the write is committed all the same.
      await this.#reads.follow(last, ownWriteWithinMs).catch(() => undefined);
      return changes;
    });
  }

  /** Kubernetes' answer for what is created in a namespace that goes; what slips through goes with it. */
  #refuseTerminating(namespace: string, { kind, metadata }: Resource): void {
    const found = this.#reads.get(namespaceKey(namespace));
    if (found === undefined || !isTerminating(found.object)) return;
    const reason = `namespace "${namespace}" is being terminated`;
    throw new MallaError(
      'permission_denied',
      `${kind} "${metadata.name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      { details: { causes: [{ reason: 'NamespaceTerminating', message: reason, field: 'metadata.namespace' }] } },
    );
  }
}

/** A change that is not stored takes no revision: its object keeps the one that it has, or has none. */
function untaken(change: Change): Change {
  const { resourceVersion: _, ...metadata } = change.object.metadata;
  const { resourceVersion } = change.previous?.metadata ?? {};
  const kept = resourceVersion === undefined ? metadata : { ...metadata, resourceVersion };
  return { ...change, object: { ...change.object, metadata: kept } };
}

/** Runs a write again when others were faster, at most {@link mostTries} times; a write that names a version is not repeated. */
export async function untilUncontested<T>(
  run: (attempt: number) => Promise<T>,
  isRace: (error: MallaError, attempt: number) => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt);
    } catch (thrown) {
      if (attempt >= mostTries || !isRace(MallaError.from(thrown), attempt)) throw thrown;
    }
  }
}
