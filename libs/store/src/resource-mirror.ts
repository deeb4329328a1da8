import type { Resource } from '@malla/model';
import { compareKeys, keyText, type ResourceKey } from './resource-key.ts';
import { matchesLabels } from './label-selector.ts';
import type { ListQuery, ResourcePage, StoredResource, WatchEvent } from './resource-store.ts';

interface KindTable {
  readonly byKey: Map<string, StoredResource>;
  /** In the order of keys; undefined after a change until the next list. */
  sorted: readonly StoredResource[] | undefined;
}

interface Waiter {
  readonly revision: number;
  readonly wake: () => void;
}

/**
 * The newest state in memory, fed by the events of a watch. Reads cost no I/O. The revision says how far it has come;
 * {@link ResourceMirror.reached} waits for a revision, which gives a caller its own writes.
 */
export class ResourceMirror {
  #tables = new Map<string, KindTable>();
  /** The initial state while it comes in; reads see the old one until it is complete. */
  #staged: Map<string, KindTable> | undefined = new Map<string, KindTable>();
  readonly #waiters = new Set<Waiter>();
  #revision = 0;
  #synced = false;

  /** The revision of the state; 0 before the first `synced`. */
  get revision(): number {
    return this.#revision;
  }

  /** True once the initial state is complete. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Takes the next event of a watch that began without a revision. */
  apply(event: WatchEvent): void {
    if (event.type === 'initial') set(this.#staged ?? this.#tables, event.resource);
    else if (event.type === 'synced') this.#complete(event.revision);
    else {
      const { change } = event;
      if (change.operation === 'deleted') remove(this.#tables, change.key);
      else set(this.#tables, { key: change.key, revision: change.revision, object: change.object });
      this.#advance(change.revision);
    }
  }

  /** Expects the whole state anew, before a watch from the start. Reads see the old state until it is complete. */
  restart(): void {
    this.#staged = new Map();
  }

  get(key: ResourceKey): StoredResource | undefined {
    return this.#tables.get(tableName(key.group, key.kind))?.byKey.get(keyText(key));
  }

  /** Every object of a kind, in no order: for searches that must not pay for sorting after each change. */
  *objects(group: string, kind: string): Iterable<Resource> {
    for (const { object } of this.#tables.get(tableName(group, kind))?.byKey.values() ?? []) yield object;
  }

  /** How many objects a namespace holds. */
  count(namespace: string): number {
    let count = 0;
    for (const table of this.#tables.values())
      for (const { key } of table.byKey.values()) if (key.namespace === namespace) count++;
    return count;
  }

  /** The newest state only: `atRevision` is the business of the store. */
  list(query: Omit<ListQuery, 'atRevision'>): ResourcePage {
    const { limit = Number.POSITIVE_INFINITY } = query;
    const resources: StoredResource[] = [];
    let remaining = 0;
    for (const resource of this.#inOrder(query)) {
      if (!chosen(resource, query)) continue;
      if (resources.length < limit) resources.push(resource);
      else remaining++;
    }
    return { revision: this.#revision, resources, more: remaining > 0, remaining };
  }

  /** Resolves once the state is of this revision or later; rejects with the signal's reason when that is aborted first. */
  reached(revision: number, signal?: AbortSignal): Promise<void> {
    if (this.#synced && this.#revision >= revision) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiters.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        revision,
        wake: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      if (signal?.aborted) return stop();
      signal?.addEventListener('abort', stop, { once: true });
      this.#waiters.add(waiter);
    });
  }

  #complete(revision: number): void {
    this.#tables = this.#staged ?? this.#tables;
    this.#staged = undefined;
    this.#synced = true;
    this.#advance(revision);
  }

  #advance(revision: number): void {
    this.#revision = revision;
    for (const waiter of this.#waiters) {
      if (waiter.revision > revision) continue;
      this.#waiters.delete(waiter);
      waiter.wake();
    }
  }

  *#inOrder(query: ListQuery): Iterable<StoredResource> {
    const names = [...this.#tables.keys()].sort();
    for (const name of names) {
      const table = this.#tables.get(name) as KindTable;
      const first = table.byKey.values().next().value;
      if (first === undefined || !sameKind(first.key, query)) continue;
      table.sorted ??= [...table.byKey.values()].sort((a, b) => compareKeys(a.key, b.key));
      yield* table.sorted;
    }
  }
}

function set(tables: Map<string, KindTable>, resource: StoredResource): void {
  const name = tableName(resource.key.group, resource.key.kind);
  const table = tables.get(name) ?? { byKey: new Map<string, StoredResource>(), sorted: undefined };
  table.byKey.set(keyText(resource.key), resource);
  table.sorted = undefined;
  tables.set(name, table);
}

function remove(tables: Map<string, KindTable>, key: ResourceKey): void {
  const table = tables.get(tableName(key.group, key.kind));
  if (table === undefined) return;
  table.byKey.delete(keyText(key));
  table.sorted = undefined;
}

function tableName(group: string, kind: string): string {
  return `${group}\u0000${kind}`;
}

function sameKind(key: ResourceKey, query: ListQuery): boolean {
  return (
    (query.group === undefined || key.group === query.group) && (query.kind === undefined || key.kind === query.kind)
  );
}

function chosen(resource: StoredResource, query: ListQuery): boolean {
  const { key, object } = resource;
  if (query.namespace !== undefined && key.namespace !== query.namespace) return false;
  if (query.after !== undefined && compareKeys(key, query.after) <= 0) return false;
  if (query.selector !== undefined && !matchesLabels(query.selector, object.metadata.labels)) return false;
  return query.filter === undefined || query.filter(resource);
}
