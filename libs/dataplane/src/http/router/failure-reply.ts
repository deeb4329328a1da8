import type { LocalReply } from '../stream/local-reply.ts';
import type { ForwardedRequest } from './forwarded-request.ts';
import type { TryFailure } from './reset-words.ts';

/** The answer when the last try has failed; `transport`: the failure of its connection, empty without. Source: Envoy's Filter::onUpstreamReset. */
export function failureReply(request: ForwardedRequest, failure: TryFailure, transport: string): LocalReply {
  const { words } = failure;
  const { responseStarted } = request.stream;
  const when = responseStarted ? 'upstream_reset_after_response_started' : 'upstream_reset_before_response_started';
  const why = (transport === '' ? words : `${words}|${transport}`).replaceAll(' ', '_');
  const latest = request.attempts > 1 ? 'retried and the latest ' : '';
  return {
    status: failure.protocolError ? 502 : 503,
    body: `upstream connect error or disconnect/reset before headers. ${latest}reset reason: ${words}`,
    details: `${when}{${why}}`,
    ...replyFields(request, failure.overflow),
  };
}

/** Answers that no host may be asked. */
export function replyNoHost(request: ForwardedRequest): void {
  request.stream.addFlag('UH');
  request.stream.reply({
    status: 503,
    body: 'no healthy upstream',
    details: 'no_healthy_upstream',
    ...replyFields(request, false),
  });
}

/** Answers that the time is over. */
export function replyTimeout(request: ForwardedRequest, details: string): void {
  request.stream.addFlag('UT');
  request.stream.reply({ status: 504, body: 'upstream request timeout', details, ...replyFields(request, false) });
}

/** Answers that the body is too large to be kept for the next try. */
export function replyBodyTooLarge(request: ForwardedRequest): void {
  request.stream.reply({
    status: 507,
    body: 'exceeded request buffer limit while retrying upstream',
    details: 'request_payload_exceeded_retry_buffer_limit',
    ...replyFields(request, false),
  });
}

/** Fields of answers in the upstream's place. */
function replyFields({ router, stream, attempts }: ForwardedRequest, overloaded: boolean): Pick<LocalReply, 'headers'> {
  const headers: (readonly [string, string])[] = [];
  if (overloaded && !router.suppressEnvoyHeaders) headers.push(['x-envoy-overloaded', 'true']);
  if (stream.route?.virtualHost.includeAttemptCountInResponse)
    headers.push(['x-envoy-attempt-count', String(attempts)]);
  return headers.length === 0 ? {} : { headers };
}
