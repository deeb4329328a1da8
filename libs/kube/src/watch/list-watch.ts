import { setTimeout as wait } from 'node:timers/promises';
import { MallaError, type ErrorCode } from '@malla/model';
import { logFields } from '@malla/observability';
import type { Logger } from 'pino';
import type { KubeClient } from '../client/kube-client.ts';
import { kubeError, kubeErrorDetails } from '../client/kube-error.ts';
import { kindText, type KubeKind, type KubeObject } from '../kube-kind.ts';
import { listPages } from './list-pages.ts';
import { watchEvents } from './watch-events.ts';

/**
 * Where a list that is watched is.
 * - `listing`: the whole state is being read.
 * - `watching`: changes come in as they happen.
 * - `waiting`: the server is away, or refuses; what was handed over is kept and may be old. The reason is for people.
 * - `absent`: the server does not serve the kind (its CustomResourceDefinition is not installed); the state is empty.
 * - `stopped`: no more calls of the handler.
 */
export interface ListWatchState {
  readonly phase: 'listing' | 'watching' | 'waiting' | 'absent' | 'stopped';
  readonly reason?: string;
  /** Of the failure that it waits after: `permission_denied` where the server refuses. */
  readonly code?: ErrorCode;
}

/**
 * Takes what is there. Nothing is read while a call runs, so memory stays bounded however slow it is; a server that gives up on a slow reader
 * is asked anew. What a call that throws was told comes again after a wait.
 */
export interface ListWatchHandler<T> {
  /** The whole state, at first and whenever changes were missed: what is not in it is gone. */
  replace(objects: readonly T[]): void | Promise<void>;
  /** An object is new or has changed. It may be the same as before. */
  set(object: T): void | Promise<void>;
  /** An object is gone; this was its last state. */
  delete(object: T): void | Promise<void>;
}

export interface ListWatchParams<T extends KubeObject> {
  readonly client: KubeClient;
  readonly kind: KubeKind<T>;
  /** All namespaces if not set. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly handler: ListWatchHandler<T>;
  /** Told of every change of the state. */
  readonly onState?: (state: ListWatchState) => void;
  readonly logger: Logger;
  /** Waits between failed tries, in milliseconds, with jitter; `Backoff` of @malla/grpc fits. */
  readonly backoff: { next(): number; reset(): void };
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
  /** Objects a page. Default 500. */
  readonly pageSize?: number;
  /** The longest silence of a watch, in milliseconds. Default 150 s: servers send bookmarks about once a minute. */
  readonly idleMs?: number;
}

/** A watch that lived shorter and told nothing is a failure: trying again at once would be a busy loop. */
const shortestWatchMs = 1_000;
/** So often the server may refuse to go on with a watch before everything is listed again, whatever its reasons are. */
const mostRefusals = 5;
/** How often to look for a kind that the server does not serve. */
const absentWaitMs = 15_000;

/**
 * Keeps a handler in step with all objects of a kind: a list in pages, then a watch with bookmarks from there on. A connection that breaks is
 * taken up where it ended; the list is read again when the server has forgotten that state (410). Goes on until it is stopped.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ and client-go's reflector.
 */
export class ListWatch<T extends KubeObject> {
  readonly #params: ListWatchParams<T>;
  readonly #stopping = new AbortController();
  #state: ListWatchState = { phase: 'listing' };
  #running: Promise<void> = Promise.resolve();
  #resourceVersion: string | undefined;
  #refusals = 0;
  #announceSynced: () => void = () => undefined;
  #synced = false;
  /** The handler knows that the server does not serve the kind. */
  #absent = false;
  readonly #whenSynced = new Promise<void>((resolve) => (this.#announceSynced = resolve));

  constructor(params: ListWatchParams<T>) {
    this.#params = params;
  }

  get state(): ListWatchState {
    return this.#state;
  }

  /** True once the handler has had the whole state. It stays true while the server is away. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Returns at once. */
  start(): void {
    this.#running = this.#run();
  }

  /** Resolves once the handler has had the whole state, or it is stopped. */
  whenSynced(): Promise<void> {
    return this.#whenSynced;
  }

  /** Resolves once no call of the handler runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#announceSynced();
    this.#tell({ phase: 'stopped' });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) this.#resourceVersion = await this.#list();
        await this.#watch(this.#resourceVersion);
      } catch (thrown) {
        if (!signal.aborted) await this.#recover(MallaError.from(thrown));
      }
    }
  }

  async #list(): Promise<string> {
    const { client, kind, handler, namespace, labelSelector, fieldSelector, pageSize } = this.#params;
    if (!this.#absent) this.#tell({ phase: 'listing' });
    const limit = pageSize === undefined ? {} : { limit: pageSize };
    const { signal } = this.#stopping;
    const options = { namespace, labelSelector, fieldSelector, signal, ...limit };
    const { items, resourceVersion } = await listPages(client, kind, options);
    this.#absent = false;
    await handler.replace(items.map(withoutManagers));
    this.#markSynced();
    return resourceVersion;
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { client, kind, handler, namespace, labelSelector, fieldSelector, random = Math.random } = this.#params;
    const began = performance.now();
    let told = 0;
    const events = watchEvents(client, kind, {
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion,
      // Spread, so that the watches of many processes do not end together.
      timeoutSeconds: Math.round(300 * (1 + random())),
      idleMs: this.#params.idleMs ?? 150_000,
      signal: this.#stopping.signal,
      onOpen: () => this.#tell({ phase: 'watching' }),
    });
    for await (const event of events) {
      if (event.type === 'set') await handler.set(withoutManagers(event.object));
      else if (event.type === 'deleted') await handler.delete(withoutManagers(event.object));
      // Only now: what the handler did not take must come again.
      this.#resourceVersion = event.resourceVersion;
      told++;
      this.#refusals = 0;
      this.#params.backoff.reset();
    }
    if (told === 0 && performance.now() - began < shortestWatchMs)
      throw kubeError(`watch of ${kindText(kind)}`, 503, { message: 'the server ended it at once' });
  }

  /** Decides what a failure means, and waits. */
  async #recover(error: MallaError): Promise<void> {
    const { kind, logger, backoff } = this.#params;
    const facts = { kind: kindText(kind), [logFields.code]: error.code, [logFields.reason]: error.message };
    if (error.code === 'expired') {
      this.#resourceVersion = undefined;
      logger.info(facts, 'State of a watch is forgotten by the API server');
      // The first list anew is not to wait; one that expires as well is.
      if (this.#refusals++ === 0) return;
    } else if (kubeErrorDetails(error) !== undefined && ++this.#refusals > mostRefusals) {
      this.#resourceVersion = undefined;
    }
    if (error.code === 'not_found' && (await this.#isAbsent()) && (await this.#takeAbsence())) {
      await this.#wait(absentWaitMs);
      return;
    }
    const retryInMs = Math.max(backoff.next(), kubeErrorDetails(error)?.retryAfterMs ?? 0);
    this.#tell({ phase: 'waiting', reason: error.message, code: error.code });
    logger.warn({ ...facts, [logFields.retryInMs]: retryInMs }, 'Watch of the API server is interrupted');
    await this.#wait(retryInMs);
  }

  /** A 404 alone may be an accident on the way: nothing is thrown away for it before the server says what it serves. */
  #isAbsent(): Promise<boolean> {
    const { client, kind } = this.#params;
    return client.serves(kind, this.#stopping.signal).then(
      (served) => !served,
      () => false,
    );
  }

  /** False if the handler could not take it: that is tried again. */
  async #takeAbsence(): Promise<boolean> {
    const { kind, handler, logger } = this.#params;
    this.#resourceVersion = undefined;
    if (this.#absent) return true;
    try {
      await handler.replace([]);
    } catch {
      return false;
    }
    this.#absent = true;
    this.#markSynced();
    this.#tell({ phase: 'absent', reason: `the API server does not serve ${kindText(kind)}` });
    logger.info({ kind: kindText(kind) }, 'Kind is not served by the API server');
    return true;
  }

  #markSynced(): void {
    this.#synced = true;
    this.#announceSynced();
  }

  #tell(state: ListWatchState): void {
    if (state.phase === this.#state.phase && state.reason === this.#state.reason) return;
    this.#state = state;
    this.#params.onState?.(state);
  }

  async #wait(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

/** They are as large as the object itself, and nobody here reads them. */
function withoutManagers<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
