import { HeaderList, utf8Text, type ResponseHead } from '@malla/http-codec';
import { grpcStatusOf, trailersOnly } from './grpc.ts';
import type { Stream } from './stream.ts';
import type { LocalReply } from './local-reply.ts';

/** Head and body of an answer, as Envoy makes them: text, or trailers alone for gRPC. Without a body nothing follows the head. */
export function localAnswer(
  stream: Stream,
  reply: LocalReply,
): { readonly head: ResponseHead; readonly body: Buffer | undefined } {
  const { version, method } = stream.head;
  if (stream.isGrpc) {
    const headers = trailersOnly(reply.grpcStatus ?? grpcStatusOf(reply.status), reply.body);
    finish(stream, headers, reply);
    return { head: { status: 200, headers, version }, body: undefined };
  }
  const headers = new HeaderList();
  const body = reply.body === '' ? undefined : Buffer.from(reply.body, 'utf8');
  if (body !== undefined) {
    headers.append('content-length', String(body.length));
    headers.append('content-type', 'text/plain');
  }
  finish(stream, headers, reply);
  return { head: { status: reply.status, headers, version }, body: method === 'HEAD' ? undefined : body };
}

function finish({ localEdits }: Stream, headers: HeaderList, reply: LocalReply): void {
  for (const [name, value] of reply.headers ?? []) headers.append(name, utf8Text(value));
  localEdits?.apply(headers);
}
