import type { Backoff } from '@malla/grpc';
import { type ServiceClient } from '@malla/grpc';
import { MallaError, type KnownResource } from '@malla/model';
import { logFields } from '@malla/observability';
import { WatchEvent_Type, type ConfigService, type WatchEvent } from '@malla/protos/gen/malla/config/v1/config_pb';
import type { ResourceKey } from '@malla/store';
import type { Logger } from 'pino';

/** Changes of configuration up to a revision. */
export interface ConfigChanges {
  readonly revision: bigint;
  /** Everything that is not among the upserts is gone: the feed started anew. */
  readonly replace: boolean;
  readonly upserts: readonly KnownResource[];
  readonly deletes: readonly ResourceKey[];
  /** Change ids, for logs and traces. */
  readonly changeIds: readonly string[];
}

/**
 * - connecting: no stream; what is known stays in force
 * - listing: receiving the whole state
 * - live: everything up to `revision` is known
 */
export type FeedState = 'connecting' | 'listing' | 'live';

export interface ConfigFeedParams {
  readonly client: Pick<ServiceClient<typeof ConfigService>, 'watch'>;
  /** Kinds to follow; default: all but Event. */
  readonly kinds?: readonly string[];
  readonly logger: Logger;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly backoff: Backoff;
  readonly onChanges: (changes: ConfigChanges) => void;
  readonly onState: (state: FeedState, problem?: string) => void;
}

/**
 * Follows config-api's watch for ever: resumes after the last revision it has seen, and starts anew when that revision is
 * no longer kept.
 */
export class ConfigFeed {
  readonly #params: ConfigFeedParams;
  readonly #stop = new AbortController();
  #revision = 0n;
  #listed: KnownResource[] | undefined;
  #loop: Promise<void> | undefined;

  constructor(params: ConfigFeedParams) {
    this.#params = params;
  }

  /** The last revision that is fully known; 0 before the first listing. */
  get revision(): bigint {
    return this.#revision;
  }

  start(): void {
    this.#loop ??= this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const problem = await this.#watchOnce(signal);
      if (signal.aborted) return;
      this.#params.onState('connecting', problem);
      const retryInMs = this.#params.backoff.next();
      this.#params.logger.warn(
        { [logFields.reason]: problem, [logFields.retryInMs]: retryInMs },
        this.#revision === 0n ? 'Waiting for the configuration of config-api' : 'Lost the configuration watch',
      );
      await this.#params.sleep(retryInMs, signal);
    }
  }

  async #watchOnce(signal: AbortSignal): Promise<string> {
    this.#listed = this.#revision === 0n ? [] : undefined;
    try {
      const stream = this.#params.client.watch(
        { kinds: [...(this.#params.kinds ?? [])], fromRevision: this.#revision },
        { signal },
      );
      for await (const event of stream) this.#take(event);
      return 'config-api ended the stream';
    } catch (thrown) {
      const error = MallaError.from(thrown);
      // The revision is compacted away: only the whole state helps.
      if (error.code === 'expired') this.#revision = 0n;
      return error.message;
    }
  }

  #take(event: WatchEvent): void {
    switch (event.type) {
      case WatchEvent_Type.SYNCED:
        this.#synced(event);
        break;
      case WatchEvent_Type.BOOKMARK:
        if (this.#listed === undefined) this.#advance(event.revision);
        break;
      case WatchEvent_Type.ADDED:
      case WatchEvent_Type.MODIFIED:
        if (this.#listed !== undefined) this.#listed.push(resourceOf(event));
        else this.#change(event, { upserts: [resourceOf(event)], deletes: [] });
        break;
      case WatchEvent_Type.DELETED:
        this.#change(event, { upserts: [], deletes: [keyOf(event)] });
        break;
      default:
        throw new MallaError('internal', `unknown watch event type ${event.type}`);
    }
  }

  #synced(event: WatchEvent): void {
    const listed = this.#listed;
    this.#listed = undefined;
    this.#revision = event.revision;
    this.#params.backoff.reset();
    if (listed !== undefined) {
      this.#params.onChanges({ revision: event.revision, replace: true, upserts: listed, deletes: [], changeIds: [] });
    }
    this.#params.onState('live');
  }

  #change(event: WatchEvent, change: Pick<ConfigChanges, 'upserts' | 'deletes'>): void {
    const changeIds = event.changeId === '' ? [] : [event.changeId];
    this.#params.onChanges({ revision: event.revision, replace: false, ...change, changeIds });
    this.#advance(event.revision);
  }

  #advance(revision: bigint): void {
    if (revision > this.#revision) this.#revision = revision;
    this.#params.backoff.reset();
  }
}

function resourceOf(event: WatchEvent): KnownResource {
  if (event.resource === undefined) throw new MallaError('internal', 'watch event without a resource');
  return JSON.parse(new TextDecoder().decode(event.resource.json)) as KnownResource;
}

function keyOf(event: WatchEvent): ResourceKey {
  const key = event.resource?.key;
  if (key === undefined) throw new MallaError('internal', 'watch event without a resource');
  return { group: key.group, kind: key.kind, namespace: key.namespace, name: key.name };
}
