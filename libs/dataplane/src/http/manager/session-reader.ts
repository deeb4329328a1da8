import type { DownstreamConnection, TerminalReader } from '../../runtime/connection.ts';
import type { ManagerParts } from './manager-parts.ts';
import { HttpSession } from './http-session.ts';
import type { ServerCodec } from './server-codec.ts';

const preface = 'PRI * HTTP/2';

/** Reads a client connection: tells HTTP/2 from HTTP/1 where the configuration leaves that open, then hands all on to the codec. */
export class SessionReader implements TerminalReader {
  readonly #manager: ManagerParts;
  readonly #connection: DownstreamConnection;
  readonly #session: HttpSession;
  #codec: ServerCodec | undefined;
  /** First bytes, until they tell the protocol. */
  #first: Buffer | undefined;

  constructor(manager: ManagerParts, connection: DownstreamConnection) {
    this.#manager = manager;
    this.#connection = connection;
    this.#session = new HttpSession(manager, connection);
    const { codec } = manager.config;
    const h2 = connection.info.tls?.alpn === 'h2';
    if (codec === 'http2' || (codec === 'auto' && h2)) this.#codec = this.#session.start(true);
    else if (codec === 'http1') this.#codec = this.#session.start(false);
  }

  onBytes(chunk: Buffer): void {
    this.#manager.stats.bytesReceived.inc(chunk.length);
    if (this.#codec === undefined) {
      this.#findCodec(chunk);
      return;
    }
    this.#codec.onBytes(chunk);
    this.#session.watchHead();
  }

  onEnd(): void {
    if (this.#codec === undefined && this.#first !== undefined) this.#begin(false, this.#first);
    if (this.#codec === undefined) this.#connection.transport.end();
    else this.#codec.onEnd();
  }

  onDrain(): void {
    this.#codec?.onDrain();
  }

  onClose(error?: Error): void {
    if (this.#codec === undefined) this.#session.onClose();
    else this.#codec.onClose(error);
  }

  drain(): void {
    this.#session.drain();
  }

  #findCodec(chunk: Buffer): void {
    const bytes = this.#first === undefined ? chunk : Buffer.concat([this.#first, chunk]);
    const seen = bytes.toString('latin1', 0, preface.length);
    if (seen.length < preface.length && preface.startsWith(seen)) {
      this.#first = Buffer.from(bytes);
      return;
    }
    this.#begin(seen === preface, bytes);
  }

  #begin(http2: boolean, first: Buffer): void {
    this.#first = undefined;
    this.#codec = this.#session.start(http2);
    this.#codec.onBytes(first);
    this.#session.watchHead();
  }
}
