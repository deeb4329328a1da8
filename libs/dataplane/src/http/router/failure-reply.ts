import type { LocalReply } from '../stream/local-reply.ts';
import type { ForwardedRequest } from './forwarded-request.ts';
import type { TryFailure } from './reset-words.ts';

/** The answer when the last try has failed. Source: Envoy's Filter::onUpstreamReset. */
export function failureReply(
  failure: TryFailure,
  params: {
    /** Of the transport; empty without. */
    readonly transport: string;
    readonly attempts: number;
    readonly responseStarted: boolean;
  },
): Pick<LocalReply, 'status' | 'body' | 'details'> {
  const { transport, attempts, responseStarted } = params;
  const { words } = failure;
  const when = responseStarted ? 'upstream_reset_after_response_started' : 'upstream_reset_before_response_started';
  const why = (transport === '' ? words : `${words}|${transport}`).replaceAll(' ', '_');
  const latest = attempts > 1 ? 'retried and the latest ' : '';
  return {
    status: failure.protocolError ? 502 : 503,
    body: `upstream connect error or disconnect/reset before headers. ${latest}reset reason: ${words}`,
    details: `${when}{${why}}`,
  };
}

/** Fields of answers in the upstream's place. */
export function replyFields(
  { router, stream, attempts }: ForwardedRequest,
  overloaded: boolean,
): Pick<LocalReply, 'headers'> {
  const headers: (readonly [string, string])[] = [];
  if (overloaded && !router.suppressEnvoyHeaders) headers.push(['x-envoy-overloaded', 'true']);
  if (stream.route?.virtualHost.includeAttemptCountInResponse)
    headers.push(['x-envoy-attempt-count', String(attempts)]);
  return headers.length === 0 ? {} : { headers };
}
