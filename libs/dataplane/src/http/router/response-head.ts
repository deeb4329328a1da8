import type { ResponseHead } from '@malla/http-codec';
import { httpStatusOf } from '../stream/grpc.ts';
import type { Stream } from '../stream/stream.ts';
import type { ForwardedRequest } from './forwarded-request.ts';

/** The status that outlier detection counts: gRPC's own, where the head has it. */
export function outlierStatus(stream: Stream, head: ResponseHead): number {
  if (!stream.isGrpc) return head.status;
  const grpcStatus = head.headers.first('grpc-status');
  return grpcStatus === undefined ? head.status : httpStatusOf(Number(grpcStatus));
}

/**
 * What the router does to a response's head before the client gets it, in Envoy's order. True: nothing of the response's body goes on.
 * Source: Envoy's Filter::onUpstreamHeaders.
 */
export function finishResponseHead(forwarding: ForwardedRequest, head: ResponseHead): boolean {
  const { stream, router } = forwarding;
  const { headers } = head;
  stream.markUpstreamRx();
  stream.details = 'via_upstream';
  if (stream.route?.virtualHost.includeAttemptCountInResponse) {
    headers.set('x-envoy-attempt-count', String(forwarding.attempts));
  }
  // Envoy takes 2xx for an answer to the upgrade, and then finds that it is none.
  const upgradeRefused = stream.head.upgrade !== undefined && head.status >= 200 && head.status < 300;
  if (stream.requestEnded && !router.suppressEnvoyHeaders) {
    const ms = Math.trunc(router.services.timers.now() - stream.requestEndedAt);
    headers.set('x-envoy-upstream-service-time', String(ms));
  }
  if (forwarding.cookie !== undefined) headers.append('set-cookie', forwarding.cookie);
  const edits = stream.destination?.responseEdits;
  if (edits !== undefined && !edits.empty) edits.apply(headers);
  if (head.status === 101) stream.startTunnel();
  if (!upgradeRefused) return false;
  stream.details = 'websocket_handshake_unsuccessful';
  headers.remove('content-length');
  return true;
}
