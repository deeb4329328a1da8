import type { Host } from '@malla/balancing';
import type { ClusterRuntime } from '../../runtime/upstream.ts';
import type { Stream } from '../stream/stream.ts';
import { subsetOf } from './subset.ts';

/** The host of a request's next try; undefined when none may be asked. It is added to those that were tried. */
export function pickHost(
  cluster: ClusterRuntime,
  stream: Stream,
  params: {
    /** Of the route's hash policy. */
    readonly hash: bigint | undefined;
    /** The hosts of earlier tries, where the route avoids them. */
    readonly tried: Set<Host> | undefined;
  },
): Host | undefined {
  const { hash, tried } = params;
  const attempts = stream.route?.retries?.hostSelectionAttempts ?? 1;
  const avoid = tried && { hosts: tried, attempts };
  const host = cluster.pick({ hash, subset: subsetOf(stream), downstream: stream.connection, avoid });
  if (host !== undefined) tried?.add(host);
  return host;
}
