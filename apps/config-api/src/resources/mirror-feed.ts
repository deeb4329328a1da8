import { Backoff, sleep } from '@malla/grpc';
import { MallaError, type KnownResource, type Resource } from '@malla/model';
import type { ResourceMirror, ResourceStore, WatchEvent } from '@malla/store';
import type { Logger } from 'pino';

/** What is computed from the whole state and follows each change of it. */
export interface MirrorFollower {
  /** The state comes in anew. */
  clear(): void;
  set(object: KnownResource & Resource): void;
  delete(object: KnownResource & Resource): void;
}

export interface MirrorFeedParams {
  readonly store: ResourceStore;
  readonly mirror: ResourceMirror;
  /** Kept in step with the mirror, in this order. */
  readonly followers: readonly MirrorFollower[];
  readonly logger: Logger;
}

/** Keeps the mirror in step with the store for as long as it runs; begins anew when its revision expired. */
export class MirrorFeed {
  readonly #params: MirrorFeedParams;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff({ initialMs: 100, maxMs: 5_000 });
  #running: Promise<void> = Promise.resolve();

  constructor(params: MirrorFeedParams) {
    this.#params = params;
  }

  /** Resolves once the mirror holds the whole state. */
  start(): Promise<void> {
    this.#running = this.#run();
    return this.#params.mirror.reached(0, this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new MallaError('unavailable', 'config-api is shutting down'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { mirror, followers, store, logger } = this.#params;
    const { signal } = this.#stop;
    let whole = true;
    while (!signal.aborted) {
      try {
        if (whole) {
          mirror.restart();
          for (const follower of followers) follower.clear();
        }
        for await (const event of store.watch({ signal, ...(whole ? {} : { fromRevision: mirror.revision }) })) {
          mirror.apply(event);
          this.#index(event);
          if (event.type === 'synced') whole = false;
          this.#backoff.reset();
        }
      } catch (thrown) {
        const error = MallaError.from(thrown);
        if (error.code === 'expired') whole = true;
        logger.warn({ code: error.code, reason: error.message }, 'Lost the log of changes');
      }
      if (!signal.aborted) await sleep(this.#backoff.next(), signal);
    }
  }

  #index(event: WatchEvent): void {
    if (event.type === 'synced') return;
    const object = (event.type === 'initial' ? event.resource.object : event.change.object) as KnownResource & Resource;
    const gone = event.type === 'change' && event.change.operation === 'deleted';
    for (const follower of this.#params.followers) {
      if (gone) follower.delete(object);
      else follower.set(object);
    }
  }
}
