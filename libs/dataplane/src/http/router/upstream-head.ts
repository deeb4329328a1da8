import type { RequestHead } from '@malla/http-codec';
import type { CompiledDestination, CompiledRoute } from '@malla/matcher';
import type { ClusterRuntime } from '../../runtime/upstream.ts';
import type { Stream } from '../stream/stream.ts';
import { setTimeoutHeader, type RequestTimeouts } from './request-timeouts.ts';

/**
 * What the router does to a request's head before the first try, in Envoy's order: time and attempt fields, the route's edits, host, path.
 * Source: Envoy's Filter::decodeHeaders and RouteEntryImplBase::finalizeRequestHeaders.
 */
export function prepareUpstreamHead(
  stream: Stream,
  { timeouts, envoyHeaders }: { readonly timeouts: RequestTimeouts; readonly envoyHeaders: boolean },
): void {
  const { head } = stream;
  const route = stream.route as CompiledRoute;
  const destination = stream.destination as CompiledDestination;
  if (envoyHeaders) setTimeoutHeader(head.headers, timeouts, 0);
  if (route.virtualHost.includeRequestAttemptCount) head.headers.set('x-envoy-attempt-count', '1');
  if (!destination.requestEdits.empty) destination.requestEdits.apply(head.headers);
  if (destination.hostRewrite !== undefined) rewriteAuthority(stream, destination.hostRewrite, envoyHeaders);
  if (route.forward?.rewrite === undefined) return;
  const path = route.rewritePath(head.path);
  if (path === head.path) return;
  if (envoyHeaders) head.headers.set('x-envoy-original-path', head.path);
  stream.originalPath = head.path;
  head.path = path;
}

/** The same head with the headers that every request to the cluster has, as Envoy's upstream filters set them for each try. */
export function withClusterHeaders(head: RequestHead, { config }: ClusterRuntime): RequestHead {
  for (const [name, value] of config.http.requestHeaders ?? []) head.headers.set(name, value);
  return head;
}

/** A new Host header. */
export function rewriteAuthority(stream: Stream, authority: string, envoyHeaders: boolean): void {
  const { head } = stream;
  if (authority === '' || authority === head.authority) return;
  if (envoyHeaders) head.headers.set('x-envoy-original-host', head.authority);
  head.authority = authority;
}
