import type { ProtoWriter } from '../../worker/proto-writer.ts';
import type { SocketEnd } from '../../runtime/connection.ts';
import { urlEncodedPem } from '../headers/client-cert.ts';
import type { Stream } from '../stream/stream.ts';
import { decoded, usableVerdict, type AuthzVerdict, type HeaderChange } from './ext-authz-verdict.ts';
import {
  protoFields,
  protoMessage,
  protoMessages,
  protoNumber,
  protoText,
  protoTexts,
  type ProtoField,
} from './proto-fields.ts';

export const checkPath = '/envoy.service.auth.v3.Authorization/Check';

export interface CheckParams {
  readonly stream: Stream;
  /** Fields that the service may see, pseudo fields among them. */
  readonly headers: readonly HeaderChange[];
  /** Undefined: the service does not want it. */
  readonly body: { readonly content: Buffer; readonly asBytes: boolean } | undefined;
  readonly contextExtensions: Readonly<Record<string, string>>;
  readonly includePeerCertificate: boolean;
  readonly wallClock: number;
}

/** Writes a CheckRequest by hand. Source: Envoy's service/auth/v3/external_auth.proto and attribute_context.proto. */
export function writeCheckRequest(writer: ProtoWriter, params: CheckParams): Uint8Array {
  const { stream, contextExtensions } = params;
  const { tls, remote, local } = stream.connection;
  const attributes = writer.begin(1);
  const source = writer.begin(1);
  writeAddress(writer, { address: stream.sourceIp, port: remote.port });
  writer.text(4, tls?.peer?.uriSans[0] ?? tls?.peer?.dnsSans[0] ?? tls?.peer?.subject);
  if (params.includePeerCertificate && tls?.peer !== undefined) writer.text(5, urlEncodedPem(tls.peer.der));
  writer.end(source);
  const destination = writer.begin(2);
  writeAddress(writer, local);
  writer.text(4, tls?.localUriSans[0] ?? tls?.localSubject);
  writer.end(destination);
  writeRequest(writer, params);
  for (const [key, value] of Object.entries(contextExtensions)) writeEntry(writer, 10, [key, value]);
  if (stream.connection.requestedServerName !== '') {
    const session = writer.begin(12);
    writer.text(1, stream.connection.requestedServerName);
    writer.end(session);
  }
  writer.end(attributes);
  return writer.finish();
}

function writeAddress(writer: ProtoWriter, { address, port }: SocketEnd): void {
  const at = writer.begin(1);
  const socket = writer.begin(1);
  writer.text(2, address);
  writer.uint(3, port);
  writer.end(socket);
  writer.end(at);
}

function writeRequest(writer: ProtoWriter, { stream, headers, body, wallClock }: CheckParams): void {
  const { head } = stream;
  const request = writer.begin(4);
  writer.duration(1, wallClock);
  const http = writer.begin(2);
  writer.text(1, String(stream.connection.id));
  writer.text(2, head.method);
  for (const header of headers) writeEntry(writer, 3, header);
  writer.text(4, head.path);
  writer.text(5, head.authority);
  writer.text(6, head.scheme);
  writer.text(10, head.version === '2' ? 'HTTP/2' : `HTTP/${head.version}`);
  const length = head.headers.first('content-length');
  if (length !== undefined) writer.uint(9, Number(length));
  if (body?.asBytes === true) {
    const raw = writer.begin(12);
    writer.raw(body.content);
    writer.end(raw);
  } else if (body !== undefined) writer.text(11, body.content.toString('utf8'));
  writer.end(http);
  writer.end(request);
}

function writeEntry(writer: ProtoWriter, field: number, [key, value]: HeaderChange): void {
  const at = writer.begin(field);
  writer.text(1, key);
  writer.text(2, value);
  writer.end(at);
}

/** Reads a CheckResponse; what cannot be read is an error. */
export function readCheckResponse(message: Uint8Array): AuthzVerdict {
  try {
    return usableVerdict(verdictOf(protoFields(message)));
  } catch {
    return { kind: 'error' };
  }
}

function verdictOf(fields: readonly ProtoField[]): AuthzVerdict {
  const status = protoMessage(fields, 1);
  if (status === undefined || protoNumber(status, 1) === 0) {
    const ok = protoMessage(fields, 3) ?? [];
    const { set, append } = changes(protoMessages(ok, 2));
    const response = changes(protoMessages(ok, 6));
    return { kind: 'ok', remove: protoTexts(ok, 5), set, append, responseAdd: [...response.set, ...response.append] };
  }
  const denied = protoMessage(fields, 2);
  const { set, append } = changes(denied === undefined ? [] : protoMessages(denied, 2));
  const code = denied === undefined ? 0 : protoNumber(protoMessage(denied, 1) ?? [], 1);
  const body = denied === undefined ? '' : decoded(protoText(denied, 3));
  // The answer's length is that of its body, whatever the service says.
  const headers = [...set, ...append].filter(([name]) => name !== 'content-length');
  return { kind: 'denied', status: code === 0 ? 403 : code, headers, body };
}

/** HeaderValueOption: `append` (2) as a BoolValue tells appending from setting. */
function changes(options: readonly (readonly ProtoField[])[]): { set: HeaderChange[]; append: HeaderChange[] } {
  const found: { set: HeaderChange[]; append: HeaderChange[] } = { set: [], append: [] };
  for (const option of options) {
    const header = protoMessage(option, 1);
    if (header === undefined) continue;
    const change: HeaderChange = [protoText(header, 1).toLowerCase(), protoText(header, 2) || protoText(header, 3)];
    const append = protoNumber(protoMessage(option, 2) ?? [], 1) === 1;
    (append ? found.append : found.set).push(change);
  }
  return found;
}
