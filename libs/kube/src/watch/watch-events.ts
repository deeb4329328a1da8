import { MallaError } from '@malla/model';
import { kubeError, kubeErrorDetails, type KubeStatus } from '../client/kube-error.ts';
import type { KubeClient } from '../client/kube-client.ts';
import { collectionPath, type KubeKind, type KubeObject } from '../kube-kind.ts';
import { lines } from './lines.ts';

/** What a watch tells. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export type KubeWatchEvent<T> =
  | { readonly type: 'set'; readonly object: T; readonly resourceVersion: string }
  | { readonly type: 'deleted'; readonly object: T; readonly resourceVersion: string }
  /** Nothing changed up to here. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** The state that the watcher has. */
  readonly resourceVersion: string;
  /** The server ends the watch after it. */
  readonly timeoutSeconds: number;
  /** A silence that is longer means that the connection is dead: servers send bookmarks about once a minute. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  /** Called once the server has agreed. */
  readonly onOpen?: () => void;
}

/** Objects have at most 1.5 MiB in etcd; their JSON may be larger. */
const longestEvent = 16 * 1_024 * 1_024;

interface WireEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/**
 * One watch, until the server ends it. Events are read no faster than they are taken.
 * @throws MallaError `expired` when the state is forgotten: only a new list helps; `unavailable` when the connection broke
 */
export async function* watchEvents<T extends KubeObject>(
  client: KubeClient,
  kind: KubeKind<T>,
  { namespace, idleMs, signal, onOpen, ...query }: WatchOptions,
): AsyncGenerator<KubeWatchEvent<T>> {
  const path = collectionPath(kind, namespace);
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  try {
    const stream = await client.stream({
      method: 'GET',
      path,
      query: { ...query, watch: true, allowWatchBookmarks: true },
      signal: both,
    });
    onOpen?.();
    for await (const line of lines(stream, { idleMs, mostBytes: longestEvent })) {
      if (line.trim() !== '') yield eventOf<T>(path, parse(path, line));
    }
  } catch (thrown) {
    throw afterListOnly(thrown)
      ? new MallaError('expired', MallaError.from(thrown).message, { cause: thrown })
      : thrown;
  } finally {
    // Whoever stops taking events, and whatever is wrong with the stream: the connection goes.
    ended.abort();
  }
}

function eventOf<T extends KubeObject>(path: string, { type, object }: WireEvent<T>): KubeWatchEvent<T> {
  if (type === 'ERROR') {
    const status = object as unknown as KubeStatus;
    throw kubeError(`GET ${path}`, status.code ?? 500, status);
  }
  const resourceVersion = object.metadata.resourceVersion ?? '';
  if (resourceVersion === '') throw new MallaError('unavailable', `GET ${path}: an event has no resourceVersion`);
  if (type === 'BOOKMARK') return { type: 'bookmark', resourceVersion };
  return { type: type === 'DELETED' ? 'deleted' : 'set', object, resourceVersion };
}

function parse<T>(path: string, line: string): WireEvent<T> {
  try {
    const read = JSON.parse(line) as WireEvent<T> | null;
    if (typeof read?.type === 'string' && read.object !== null && typeof read.object === 'object') return read;
  } catch {
    // Told below.
  }
  throw new MallaError('unavailable', `GET ${path}: an event of the watch does not read`);
}

/** A server that was set back to an older state does not know ours, and never will. */
function afterListOnly(thrown: unknown): boolean {
  const error = MallaError.from(thrown);
  return error.code === 'expired' || (kubeErrorDetails(error)?.causes ?? []).includes('ResourceVersionTooLarge');
}
