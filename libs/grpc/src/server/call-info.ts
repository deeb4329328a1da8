import type { EventEmitter } from 'node:events';
import type {
  Metadata,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServerDuplexStream,
} from '@grpc/grpc-js';
import { peerOf } from './peer-identity.ts';

/** Any of grpc-js' four server calls. */
export type AnyServerCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerReadableStream<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

/** What a handler may know of a call besides its messages. */
export interface CallInfo {
  /** The request path, such as `/malla.config.v1.ConfigService/Watch`. */
  readonly method: string;
  /** The caller's SPIFFE id; undefined if it showed no certificate that our roots signed. */
  readonly peer: string | undefined;
  /** End of the caller's certificate, milliseconds since the epoch. A connection may outlive the certificate that it began with. */
  readonly peerExpiresAt: number | undefined;
  /** What the caller sent beside the request, such as `authorization`. */
  readonly metadata: Metadata;
  /** `host:port` of the caller, or a socket path. */
  readonly address: string;
  /** When the caller stops waiting, milliseconds since the epoch; undefined if it did not say. */
  readonly deadlineAt: number | undefined;
  /** Fires when the caller went away, the deadline passed, or the server is closing. */
  readonly signal: AbortSignal;
}

/** Reads a call's facts when they are asked for: a signal and a peer cost more than most unary calls need. */
export class LazyCallInfo implements CallInfo {
  readonly #call: AnyServerCall;
  readonly #closing: AbortSignal;
  #signal: AbortSignal | undefined;

  /** @param closing fires when the server wants its streams to end */
  constructor(call: AnyServerCall, closing: AbortSignal) {
    this.#call = call;
    this.#closing = closing;
  }

  get method(): string {
    return this.#call.getPath();
  }

  get metadata(): Metadata {
    return this.#call.metadata;
  }

  get address(): string {
    return this.#call.getPeer();
  }

  get peer(): string | undefined {
    return peerOf(this.#call).spiffeId;
  }

  get peerExpiresAt(): number | undefined {
    return peerOf(this.#call).expiresAt;
  }

  get deadlineAt(): number | undefined {
    const deadline = Number(this.#call.getDeadline());
    return Number.isFinite(deadline) ? deadline : undefined;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
  }

  #makeSignal(): AbortSignal {
    const controller = new AbortController();
    const abort = (): void => {
      this.#closing.removeEventListener('abort', abort);
      controller.abort();
    };
    if (this.#call.cancelled || this.#closing.aborted) abort();
    else {
      const events: EventEmitter = this.#call;
      events.on('cancelled', abort);
      events.on('close', abort);
      this.#closing.addEventListener('abort', abort);
    }
    return controller.signal;
  }
}
