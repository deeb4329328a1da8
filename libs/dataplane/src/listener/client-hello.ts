/** What a TLS client asks for before anything is encrypted. */
export interface ClientHello {
  /** Lower case; empty without. */
  readonly serverName: string;
  /** In the client's order; empty without. */
  readonly applicationProtocols: readonly string[];
}

export type HelloResult =
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  /** Looks like the begin of a ClientHello, which is not complete. */
  | { readonly kind: 'more' }
  | { readonly kind: 'not-tls' }
  /** Longer than {@link maxHelloBytes}. */
  | { readonly kind: 'too-big' };

/** Envoy's default bound for a ClientHello with its record headers, in bytes. */
export const maxHelloBytes = 16 * 1024;

const handshakeRecord = 22;
const clientHelloMessage = 1;
const recordHeaderBytes = 5;
const messageHeaderBytes = 4;
const serverNameExtension = 0;
const alpnExtension = 16;

const notTls: HelloResult = { kind: 'not-tls' };
const more: HelloResult = { kind: 'more' };

/**
 * Reads a ClientHello from the first bytes of a connection. Nothing is consumed. What is not well-formed is no TLS: the library that would end it would
 * refuse it too. Source: RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301 section 3.1.
 */
export function readClientHello(bytes: Buffer): HelloResult {
  const message = joinRecords(bytes);
  if ('kind' in message) return message;
  const hello = parseHello(message);
  return hello === undefined ? notTls : { kind: 'hello', hello };
}

/** The handshake message without its header, put together from the records that carry it. */
function joinRecords(bytes: Buffer): Buffer | HelloResult {
  const parts: Buffer[] = [];
  let have = 0;
  let wanted = messageHeaderBytes;
  let at = 0;
  for (;;) {
    if (at >= bytes.length) return atEnd(bytes);
    if (bytes[at] !== handshakeRecord) return notTls;
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return notTls;
    // The first byte of the message, as soon as it is there.
    if (at === 0 && bytes.length > recordHeaderBytes && bytes[recordHeaderBytes] !== clientHelloMessage) return notTls;
    if (at + recordHeaderBytes > bytes.length) return atEnd(bytes);
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > maxHelloBytes) return notTls;
    const part = bytes.subarray(at + recordHeaderBytes, at + recordHeaderBytes + length);
    parts.push(part);
    have += part.length;
    if (have >= messageHeaderBytes && wanted === messageHeaderBytes) {
      const header = parts.length === 1 ? part : Buffer.concat(parts);
      wanted = messageHeaderBytes + header.readUIntBE(1, 3);
      if (wanted === messageHeaderBytes) return notTls;
      if (wanted > maxHelloBytes) return { kind: 'too-big' };
    }
    if (wanted > messageHeaderBytes && have >= wanted) {
      const message = parts.length === 1 ? part : Buffer.concat(parts);
      return message.subarray(messageHeaderBytes, wanted);
    }
    at += recordHeaderBytes + length;
  }
}

function atEnd(bytes: Buffer): HelloResult {
  return bytes.length > maxHelloBytes ? { kind: 'too-big' } : more;
}

function parseHello(message: Buffer): ClientHello | undefined {
  const body = new Fields(message);
  // Version and random.
  body.skip(2 + 32);
  body.vector(1);
  body.vector(2);
  body.vector(1);
  let serverName = '';
  let applicationProtocols: string[] = [];
  if (body.left > 0) {
    const extensions = body.vector(2);
    while (extensions.left > 0) {
      const type = extensions.number(2);
      const data = extensions.vector(2);
      if (type === serverNameExtension) serverName = readServerName(data);
      else if (type === alpnExtension) applicationProtocols = readProtocols(data);
      if (data.failed) return undefined;
    }
    if (extensions.failed) return undefined;
  }
  return body.failed || body.left > 0 ? undefined : { serverName, applicationProtocols };
}

/** The first name of type host_name. */
function readServerName(data: Fields): string {
  const list = data.vector(2);
  while (list.left > 0) {
    const type = list.number(1);
    const name = list.vector(2);
    if (list.failed) data.fail();
    if (type === 0) return name.text().toLowerCase();
  }
  return '';
}

function readProtocols(data: Fields): string[] {
  const list = data.vector(2);
  const protocols: string[] = [];
  while (list.left > 0) {
    const protocol = list.vector(1).text();
    if (list.failed || protocol === '') data.fail();
    else protocols.push(protocol);
  }
  return protocols;
}

/** Reads numbers and length-prefixed parts; once something is missing, everything is empty and `failed` is set. */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;
  failed = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.failed ? 0 : this.#bytes.length - this.#at;
  }

  fail(): void {
    this.failed = true;
  }

  skip(length: number): void {
    if (length > this.left) this.failed = true;
    else this.#at += length;
  }

  number(bytes: 1 | 2): number {
    const at = this.#at;
    this.skip(bytes);
    return this.failed ? 0 : this.#bytes.readUIntBE(at, bytes);
  }

  vector(lengthBytes: 1 | 2): Fields {
    const length = this.number(lengthBytes);
    const at = this.#at;
    this.skip(length);
    return new Fields(this.failed ? Buffer.alloc(0) : this.#bytes.subarray(at, at + length));
  }

  text(): string {
    return this.#bytes.toString('latin1');
  }
}
