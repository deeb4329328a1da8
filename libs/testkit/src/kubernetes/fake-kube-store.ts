import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '@malla/model';

/** A change, as a watch tells it. */
export interface FakeChange {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly plural: string;
  readonly group: string;
  readonly object: Resource;
  readonly previous: Resource | undefined;
}

/** Names a collection. */
export interface FakeCollection {
  readonly group: string;
  readonly plural: string;
}

/** What an API server refuses, as `Status`. */
export class FakeRefusal extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly causes: readonly { readonly reason: string }[] = [],
  ) {
    super(message);
  }
}

/** Objects with revisions and a log of changes, as etcd behind an API server. Objects are never changed in place. */
export class FakeKubeStore {
  readonly #objects = new Map<string, Resource>();
  readonly #listeners = new Set<() => void>();
  #log: FakeChange[] = [];
  #revision = 100;
  #compacted = 0;

  get revision(): number {
    return this.#revision;
  }

  /** Calls back after each change. Returns the way to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(at: FakeCollection, namespace: string, name: string): Resource | undefined {
    return this.#objects.get(keyOf(at, namespace, name));
  }

  /** In the order of names. */
  list({ group, plural }: FakeCollection): readonly Resource[] {
    const prefix = `${group}/${plural}/`;
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    return keys.map((key) => this.#objects.get(key) as Resource);
  }

  create(at: FakeCollection, sent: Resource): Resource {
    const { namespace = '', name } = sent.metadata;
    if (this.get(at, namespace, name) !== undefined)
      throw new FakeRefusal(409, 'AlreadyExists', `${at.plural} "${name}" already exists`);
    const metadata = {
      ...sent.metadata,
      uid: randomUUID(),
      generation: 1,
      creationTimestamp: new Date(0).toISOString().replace('.000', ''),
    };
    return this.#commit('ADDED', at, { ...sent, metadata }, undefined);
  }

  /** Spec, labels and so on; or the status alone. The same as before makes no revision. */
  update(at: FakeCollection, sent: Resource, part?: 'status'): Resource {
    const { namespace = '', name, resourceVersion } = sent.metadata;
    const current = this.get(at, namespace, name);
    if (current === undefined) throw notFound(at, name);
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
      throw new FakeRefusal(409, 'Conflict', `Operation cannot be fulfilled on ${at.plural} "${name}"`);
    if (sent.metadata.uid !== undefined && sent.metadata.uid !== current.metadata.uid)
      throw new FakeRefusal(409, 'Conflict', `${at.plural} "${name}" has another uid`);
    const next = part === 'status' ? { ...current, status: sent['status'] } : successor(sent, current);
    if (isDeepStrictEqual(next, current)) return current;
    return this.#commit('MODIFIED', at, next, current);
  }

  delete(at: FakeCollection, namespace: string, name: string): Resource {
    const current = this.get(at, namespace, name);
    if (current === undefined) throw notFound(at, name);
    return this.#commit('DELETED', at, current, current);
  }

  /** A revision that nobody sees, as other kinds make them all the time. */
  advance(): number {
    return ++this.#revision;
  }

  /** Forgets the log: who has an older state must list anew. */
  compact(): void {
    this.#log = [];
    this.#compacted = ++this.#revision;
  }

  /** Everything after a revision. */
  changesAfter(revision: number): readonly FakeChange[] {
    if (revision < this.#compacted)
      throw new FakeRefusal(410, 'Expired', `too old resource version: ${revision} (${this.#compacted})`);
    if (revision > this.#revision) {
      const message = `Too large resource version: ${revision}, current: ${this.#revision}`;
      throw new FakeRefusal(504, 'Timeout', message, [{ reason: 'ResourceVersionTooLarge' }]);
    }
    return this.#log.filter((change) => change.revision > revision);
  }

  /** True if a state can still be read. */
  remembers(revision: number): boolean {
    return revision >= this.#compacted;
  }

  #commit(type: FakeChange['type'], at: FakeCollection, object: Resource, previous: Resource | undefined): Resource {
    const revision = ++this.#revision;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const key = keyOf(at, object.metadata.namespace ?? '', object.metadata.name);
    if (type === 'DELETED') this.#objects.delete(key);
    else this.#objects.set(key, stored);
    this.#log.push({ revision, type, group: at.group, plural: at.plural, object: stored, previous });
    for (const listener of this.#listeners) listener();
    return stored;
  }
}

function successor(sent: Resource, current: Resource): Resource {
  const { uid, creationTimestamp, generation = 1, resourceVersion } = current.metadata;
  const { status, ...rest } = current;
  const { status: _, ...wanted } = sent;
  const metadata = { ...sent.metadata, uid, creationTimestamp, resourceVersion };
  const same = isDeepStrictEqual({ ...wanted, metadata: {} }, { ...rest, metadata: {} });
  return {
    ...wanted,
    metadata: { ...metadata, generation: same ? generation : generation + 1 },
    ...(status === undefined ? {} : { status }),
  } as Resource;
}

function notFound({ plural }: FakeCollection, name: string): FakeRefusal {
  return new FakeRefusal(404, 'NotFound', `${plural} "${name}" not found`);
}

function keyOf({ group, plural }: FakeCollection, namespace: string, name: string): string {
  return `${group}/${plural}/${namespace}/${name}`;
}
