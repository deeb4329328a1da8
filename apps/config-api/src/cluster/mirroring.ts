import { Backoff, sleep } from '@malla/grpc';
import { MallaError, type Resource } from '@malla/model';
import { logFields } from '@malla/observability';
import { keyOf, keyText, type ResourceKey, type WriteGuard, type WriteOperation } from '@malla/store';
import type { Logger } from 'pino';
import type { Admission } from '../resources/admission.ts';
import type { Commits } from '../resources/commits.ts';
import { isNamespaceKey, namespaceKey } from '../resources/namespaces.ts';
import type { ResourceReads } from '../resources/resource-reads.ts';
import { isSame } from '../resources/stamp.ts';
import { DirtyKeys } from './dirty-keys.ts';
import type { Verdicts } from './verdicts.ts';
import type { WantedObjects } from './wanted-objects.ts';

/** As whom the objects of the cluster are committed. */
export const mirrorAuthor = 'system:kubernetes';

/** As many objects are looked at, and committed together. */
const batchSize = 200;

export interface MirroringParams {
  readonly wanted: WantedObjects;
  readonly verdicts: Verdicts;
  readonly reads: ResourceReads;
  readonly commits: Commits;
  readonly admission: Admission;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Told of a failure that is tried again, and with undefined once it works again. */
  readonly onState: (problem: string | undefined) => void;
}

/**
 * Brings the store to what is wanted, key by key: whatever happened meanwhile, and in whatever order changes come in, in the end they are the
 * same. What is not valid is not stored.
 */
export class Mirroring {
  readonly #params: MirroringParams;
  readonly #dirty = new DirtyKeys();
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff({ initialMs: 100, maxMs: 5_000 });
  /** By namespace that the store lacks: what waits for it. */
  readonly #waiting = new Map<string, Map<string, ResourceKey>>();
  #running: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(params: MirroringParams) {
    this.#params = params;
  }

  /** All that was marked is in the store, or waits for its namespace. */
  get settled(): boolean {
    return this.#dirty.size === 0 && !this.#busy;
  }

  mark(key: ResourceKey): void {
    this.#dirty.mark(key);
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#dirty.some(signal);
      this.#busy = true;
      const keys = this.#dirty.take(batchSize);
      try {
        await this.#bring(keys);
        if (signal.aborted) return;
        this.#busy = false;
        this.#backoff.reset();
        this.#params.onState(undefined);
      } catch (thrown) {
        for (const key of keys) this.#dirty.mark(key);
        const error = MallaError.from(thrown);
        const retryInMs = this.#backoff.next();
        this.#params.onState(error.message);
        const facts = {
          [logFields.code]: error.code,
          [logFields.reason]: error.message,
          [logFields.retryInMs]: retryInMs,
        };
        this.#params.logger.warn(facts, 'Objects of the cluster cannot be stored now');
        await sleep(retryInMs, signal);
      }
    }
  }

  async #bring(keys: readonly ResourceKey[]): Promise<void> {
    if (!(await this.#params.reads.refresh())) throw new MallaError('unavailable', 'the database is out of reach');
    const namespaces = keys.filter(isNamespaceKey);
    await this.#commit(namespaces.flatMap((key) => this.#put(key)));
    for (const key of namespaces) this.#release(key.name);
    const others = keys.filter((key) => !isNamespaceKey(key));
    await this.#commit(others.flatMap((key) => [...this.#put(key), ...this.#drop(key)]));
    for (const key of namespaces) await this.#dropNamespace(key);
  }

  /** The write that a key needs for what is wanted; none if it is there already, or may not be. */
  #put(key: ResourceKey): WriteOperation[] {
    const { wanted, reads } = this.#params;
    const found = wanted.at(key);
    if (found.type !== 'object') {
      if (found.type === 'nothing') this.#params.verdicts.accept(keyText(key));
      return [];
    }
    if (key.namespace !== '' && reads.get(namespaceKey(key.namespace)) === undefined) return this.#wait(key);
    const object = this.#admit(found.object);
    if (object === undefined) return [];
    const stored = reads.get(key);
    if (stored === undefined) return [{ type: 'create', object }];
    return isSame(object, stored.object) ? [] : [{ type: 'replace', object, expectedRevision: stored.revision }];
  }

  #drop(key: ResourceKey): WriteOperation[] {
    const { wanted, reads } = this.#params;
    const stored = reads.get(key);
    if (stored === undefined || wanted.at(key).type !== 'nothing') return [];
    return [{ type: 'delete', key, expectedRevision: stored.revision }];
  }

  /**
   * With all that is left in it: the cluster has deleted that before. What it has nevertheless is of a namespace of the same name that is made
   * already, of which its own watch does not know yet.
   */
  async #dropNamespace(key: ResourceKey): Promise<void> {
    const [gone] = this.#drop(key);
    if (gone === undefined) return;
    const inside = this.#params.reads.mirror.list({ namespace: key.name }).resources;
    const operations = inside.map((each): WriteOperation => ({ type: 'delete', key: each.key }));
    await this.#commit([...operations, gone], [{ type: 'namespace_empty', namespace: key.name }]);
    for (const each of inside) if (this.#params.wanted.at(each.key).type === 'object') this.#wait(each.key);
  }

  #admit(object: Resource): Resource | undefined {
    const { admission, verdicts } = this.#params;
    try {
      const { object: admitted } = admission.examine(object);
      verdicts.accept(keyText(keyOf(object)));
      return admitted;
    } catch (thrown) {
      this.#refuse(object, MallaError.from(thrown));
      return undefined;
    }
  }

  #refuse(object: Resource, error: MallaError): void {
    if (!this.#params.verdicts.refuse(object, error.message)) return;
    const facts = { [logFields.resource]: keyText(keyOf(object)), [logFields.reason]: error.message };
    this.#params.logger.warn(facts, 'Object of the cluster is not taken');
  }

  /** Together, or each by itself where one of them stands in the way of the others. */
  async #commit(operations: readonly WriteOperation[], guards: readonly WriteGuard[] = []): Promise<void> {
    if (operations.length === 0) return;
    const { commits, newId } = this.#params;
    const context = { author: mirrorAuthor, changeId: newId(), dryRun: false, fieldManager: mirrorAuthor };
    try {
      await commits.all(operations, context, guards);
    } catch (thrown) {
      const error = MallaError.from(thrown);
      const [operation] = operations;
      if (error.code === 'unavailable' || guards.length > 0) throw error;
      if (operations.length > 1) for (const each of operations) await this.#commit([each]);
      // The values of an object may be what the database cannot hold.
      else if (error.code === 'invalid' && operation !== undefined && operation.type !== 'delete')
        this.#refuse(operation.object, error);
      else throw error;
    }
  }

  #wait(key: ResourceKey): WriteOperation[] {
    const waiting = this.#waiting.get(key.namespace) ?? new Map<string, ResourceKey>();
    waiting.set(keyText(key), key);
    this.#waiting.set(key.namespace, waiting);
    return [];
  }

  #release(namespace: string): void {
    if (this.#params.reads.get(namespaceKey(namespace)) === undefined) return;
    for (const key of this.#waiting.get(namespace)?.values() ?? []) this.#dirty.mark(key);
    this.#waiting.delete(namespace);
  }
}
