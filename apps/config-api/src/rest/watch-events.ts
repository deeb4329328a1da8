import { setTimeout as sleep } from 'node:timers/promises';
import { MallaError, type KindDefinition, type Resource } from '@malla/model';
import { matchesLabels, type Change, type ListQuery, type ResourceKey, type WatchEvent } from '@malla/store';
import type { ResourceReads } from '../resources/resource-reads.ts';
import { statusOfError } from './api-status.ts';
import type { ListOptions } from './list-options.ts';

const bookmarkEveryMs = 10_000;
/** Clients that name no timeout are sent away after half an hour to an hour, so that they spread over replicas anew. */
const shortestMs = 1_800_000;

export interface WatchEventsParams {
  readonly reads: ResourceReads;
  readonly definition: KindDefinition;
  readonly apiVersion: string;
  /** Which objects; of the page nothing counts. */
  readonly query: ListQuery & { readonly name?: string };
  readonly options: ListOptions;
  /** How the client wants an object; `first` for the first one. */
  readonly render: (object: Resource, first: boolean) => unknown;
  readonly signal: AbortSignal;
  readonly bookmarkEveryMs?: number;
}

interface ApiWatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/**
 * The events of a Kubernetes watch. An object that a change takes out of the label selector is DELETED for this watch, one
 * that it brings in is ADDED. A revision that expired is an ERROR event with a 410 Status, after which the client lists anew.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function* watchEvents(params: WatchEventsParams): AsyncIterable<ApiWatchEvent> {
  const { reads, options, signal, definition } = params;
  const ending = AbortSignal.any([signal, AbortSignal.timeout(lifeOf(options.timeoutMs))]);
  const fromStart = options.initialEvents ?? options.resourceVersion === undefined;
  let first = true;
  // Without a resourceVersion, and without the state: from now on.
  let revision = options.resourceVersion ?? (fromStart ? 0 : reads.mirror.revision);
  const events = reads
    .watch({ signal: ending, ...(fromStart ? {} : { fromRevision: revision }) })
    [Symbol.asyncIterator]();
  const bookmark = (annotations?: object): ApiWatchEvent => ({
    type: 'BOOKMARK',
    object: {
      kind: definition.kind,
      apiVersion: params.apiVersion,
      metadata: { resourceVersion: String(revision), creationTimestamp: null, ...annotations },
    },
  });
  try {
    for await (const event of withTicks(events, params.bookmarkEveryMs ?? bookmarkEveryMs, ending)) {
      if (event === 'tick') {
        if (options.bookmarks) yield bookmark();
        continue;
      }
      if (event.type === 'synced') {
        revision = event.revision;
        if (options.initialEvents === true) yield bookmark({ annotations: { 'k8s.io/initial-events-end': 'true' } });
        continue;
      }
      if (event.type === 'change') revision = event.change.revision;
      const shown = translate(event, params);
      if (shown === undefined) continue;
      yield { type: shown.type, object: params.render(shown.object, first) };
      first = false;
    }
  } catch (thrown) {
    yield { type: 'ERROR', object: statusOfError(MallaError.from(thrown)) };
  } finally {
    await events.return?.();
  }
}

/** In milliseconds; timers take no more than 31 bits. */
function lifeOf(wishedMs: number | undefined): number {
  return Math.min(wishedMs ?? Math.round(shortestMs * (1 + Math.random())), 2 ** 31 - 1);
}

function translate(
  event: Exclude<WatchEvent, { type: 'synced' }>,
  params: WatchEventsParams,
): { type: ApiWatchEvent['type']; object: Resource } | undefined {
  if (event.type === 'initial')
    return isWatched(event.resource.key, event.resource.object, params)
      ? { type: 'ADDED', object: event.resource.object }
      : undefined;
  const { change } = event;
  const type = changeType(change, params);
  return type === undefined ? undefined : { type, object: change.object };
}

function changeType(change: Change, params: WatchEventsParams): ApiWatchEvent['type'] | undefined {
  const before = change.previous !== undefined && isWatched(change.key, change.previous, params);
  const after = change.operation !== 'deleted' && isWatched(change.key, change.object, params);
  // A predecessor that is compacted leaves the question open; DELETED for an unknown object is harmless.
  const unknown =
    change.previous === undefined && change.operation !== 'created' && isWatched(change.key, undefined, params);
  if (after) return before || unknown ? 'MODIFIED' : 'ADDED';
  return before || unknown ? 'DELETED' : undefined;
}

/** Without an object only the key decides. */
function isWatched(key: ResourceKey, object: Resource | undefined, { query }: WatchEventsParams): boolean {
  const { group, kind, namespace, name, selector, filter } = query;
  if (key.group !== group || key.kind !== kind) return false;
  if (namespace !== undefined && key.namespace !== namespace) return false;
  if (name !== undefined && key.name !== name) return false;
  if (object === undefined) return true;
  if (selector !== undefined && !matchesLabels(selector, object.metadata.labels)) return false;
  return filter === undefined || filter({ key, object, revision: Number(object.metadata.resourceVersion ?? 0) });
}

/** Mixes `tick` into a stream whenever that long has passed without one. */
export async function* withTicks<T>(
  events: AsyncIterator<T>,
  everyMs: number,
  signal: AbortSignal,
): AsyncIterable<T | 'tick'> {
  const stopTicks = new AbortController();
  const nextTick = (): Promise<'tick'> =>
    sleep(everyMs, 'tick' as const, { signal: stopTicks.signal, ref: false }).catch(() => 'tick' as const);
  let tick = nextTick();
  let next = events.next();
  try {
    while (!signal.aborted) {
      const winner = await Promise.race([next, tick]);
      if (winner === 'tick') {
        tick = nextTick();
        yield 'tick';
      } else {
        if (winner.done === true) return;
        next = events.next();
        yield winner.value;
      }
    }
  } finally {
    stopTicks.abort();
    // The stream is ended by its signal; whatever it still rejects with is nobody's business.
    next.catch(() => undefined);
  }
}
