import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import {
  status,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { errorOfStatus } from '../status.ts';
import type { Outgoing } from '../wire.ts';

/**
 * A stream of responses. Iterating ends when the server ends the stream well, or when it was cancelled here; it throws a MallaError
 * when the stream breaks.
 */
export interface ResponseCall<O extends DescMessage> extends AsyncIterable<MessageShape<O>> {
  /** Ends the stream from this side. */
  cancel(): void;
}

/** A stream of requests with one answer. */
export interface RequestCall<I extends DescMessage, O extends DescMessage> {
  /** False means that the server reads slower than we write: await {@link RequestCall.drained} first, or memory grows. */
  send(message: Outgoing<I>): boolean;
  /** Resolves when there is room again, or when the stream has ended. */
  drained(): Promise<void>;
  /** Says that there are no more requests. */
  end(): void;
  /** The answer. Rejects with a MallaError when the call fails. */
  readonly response: Promise<MessageShape<O>>;
  cancel(): void;
}

/** Requests and responses side by side, such as ADS. */
export type DuplexCall<I extends DescMessage, O extends DescMessage> = Omit<RequestCall<I, O>, 'response'> &
  ResponseCall<O>;

type GrpcCall = ClientReadableStream<unknown> | ClientWritableStream<unknown> | ClientDuplexStream<unknown, unknown>;

/** One class for all kinds of streams: each kind shows the part of it that it has. */
export class ClientStream implements AsyncIterable<unknown> {
  readonly response: Promise<unknown> | undefined;
  readonly #call: GrpcCall;
  #cancelled = false;
  #ended = false;

  constructor(call: GrpcCall, signal: AbortSignal | undefined, response?: Promise<unknown>) {
    this.#call = call;
    this.response = response;
    const cancel = (): void => this.cancel();
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel);
    const over = (): void => {
      this.#ended = true;
      signal?.removeEventListener('abort', cancel);
    };
    call.on('status', over);
    // The iteration or the response promise reports the error; an event without a listener would end the process.
    call.on('error', over);
    // Nobody may be waiting for the answer yet when it fails.
    response?.catch(() => undefined);
  }

  send(message: unknown): boolean {
    if (this.#ended || this.#cancelled) return false;
    return (this.#call as ClientWritableStream<unknown>).write(message);
  }

  drained(): Promise<void> {
    const call = this.#call as ClientWritableStream<unknown>;
    if (!call.writableNeedDrain || this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        call.off('drain', done);
        call.off('status', done);
        call.off('error', done);
        resolve();
      };
      call.on('drain', done);
      call.on('status', done);
      call.on('error', done);
    });
  }

  end(): void {
    (this.#call as ClientWritableStream<unknown>).end();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#call.cancel();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    try {
      for await (const message of this.#call as ClientReadableStream<unknown>) yield message;
    } catch (error) {
      if (this.#cancelled && isStatus(error) && error.code === status.CANCELLED) return;
      throw isStatus(error) ? errorOfStatus(error) : error;
    } finally {
      // Leaving the loop early must free the stream on the server too.
      if (!this.#ended) this.cancel();
    }
  }
}

function isStatus(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
