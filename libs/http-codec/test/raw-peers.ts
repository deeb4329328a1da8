import { ErrorCode } from '../src/http2/error-code.ts';
import { FrameType } from '../src/http2/frame-type.ts';
import { Http2ClientConnection } from '../src/http2/client-connection.ts';
import type { Http2Options } from '../src/http2/options.ts';
import { http2Preface } from '../src/http2/preface.ts';
import { Http2ServerConnection } from '../src/http2/server-connection.ts';
import type { ServerExchange } from '../src/exchange.ts';
import type { Transport } from '../src/transport.ts';
import { ClientRecorder, ServerRecorder, type BodyRecorder } from './exchanges.ts';
import { readFrames, settings, settingsAck, type ReadFrame } from './http2-frames.ts';

/** Keeps what is written; `full`: takes nothing. */
export class SinkTransport implements Transport {
  readonly #chunks: Buffer[] = [];
  #waiting = 0;
  full = false;
  writes = 0;
  ending = false;
  destroyed = false;

  get bufferedBytes(): number {
    return this.#waiting;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  write(bytes: Uint8Array | string): boolean {
    this.writes++;
    this.#chunks.push(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes));
    if (this.full) this.#waiting += bytes.length;
    return !this.full;
  }

  end(): void {
    this.ending = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  drained(): void {
    this.full = false;
    this.#waiting = 0;
  }

  pause(): void {
    return;
  }

  resume(): void {
    return;
  }
}

/** What a connection has written, frame by frame. */
abstract class RawPeer {
  readonly transport = new SinkTransport();

  abstract readonly connection: Http2ServerConnection | Http2ClientConnection;

  send(...frames: readonly Buffer[]): void {
    this.connection.onBytes(Buffer.concat(frames));
  }

  abstract get frames(): ReadFrame[];

  /** Frames of one kind. */
  of(type: number): ReadFrame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** Code of the GOAWAY that ended the connection, by name; undefined while it goes on. */
  get error(): string | undefined {
    const goaway = this.of(FrameType.goaway).find(({ payload }) => payload.readUInt32BE(4) !== 0);
    return goaway === undefined ? undefined : nameOf(goaway.payload.readUInt32BE(4));
  }

  /** Codes by which streams were reset, by name. */
  get resets(): string[] {
    return this.of(FrameType.rstStream).map(
      ({ streamId, payload }) => `${streamId} ${nameOf(payload.readUInt32BE(0))}`,
    );
  }
}

/** A client made of bytes against our server. */
export class RawClient extends RawPeer {
  readonly connection: Http2ServerConnection;
  readonly events: ServerRecorder;

  constructor(options: Http2Options = {}, answer?: (exchange: ServerExchange, body: BodyRecorder) => void) {
    super();
    this.events = new ServerRecorder(answer);
    this.connection = new Http2ServerConnection({ transport: this.transport, handler: this.events, options });
  }

  /** Preface and SETTINGS, as a good client begins. */
  begin(): this {
    this.send(Buffer.from(http2Preface, 'latin1'), settings, settingsAck);
    return this;
  }

  get frames(): ReadFrame[] {
    return readFrames(this.transport.bytes);
  }
}

/** A server made of bytes against our client. */
export class RawServer extends RawPeer {
  readonly connection: Http2ClientConnection;
  readonly events = new ClientRecorder();

  constructor(options: Http2Options = {}) {
    super();
    this.connection = new Http2ClientConnection({ transport: this.transport, handler: this.events, options });
  }

  begin(): this {
    this.send(settings, settingsAck);
    return this;
  }

  get frames(): ReadFrame[] {
    return readFrames(this.transport.bytes.subarray(http2Preface.length));
  }
}

function nameOf(code: number): string {
  return Object.entries(ErrorCode).find(([, value]) => value === code)?.[0] ?? String(code);
}
