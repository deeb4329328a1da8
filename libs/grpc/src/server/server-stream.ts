import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { ServerDuplexStream, ServerReadableStream, ServerWritableStream } from '@grpc/grpc-js';
import type { Outgoing } from '../wire.ts';
import { LazyCallInfo } from './call-info.ts';
import type { DuplexStream } from './handlers.ts';

type Readable = ServerReadableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;
type Writable = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

/** A stream as handlers see it, over whichever of grpc-js' stream calls it is. Half of it is idle for one-way streams. */
export class ServerStream<I extends DescMessage, O extends DescMessage>
  extends LazyCallInfo
  implements DuplexStream<I, O>
{
  readonly #call: Readable | Writable;

  constructor(call: Readable | Writable, closing: AbortSignal) {
    super(call, closing);
    this.#call = call;
  }

  get requests(): AsyncIterable<MessageShape<I>> {
    return readRequests(this.#call as Readable, this.signal) as AsyncIterable<MessageShape<I>>;
  }

  send(message: Outgoing<O>): boolean {
    const call = this.#call as Writable;
    if (call.cancelled || call.writableEnded || call.destroyed) return false;
    return call.write(message);
  }

  drained(): Promise<void> {
    const call = this.#call as Writable;
    if (!call.writableNeedDrain || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        call.off('drain', done);
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      call.on('drain', done);
      this.signal.addEventListener('abort', done);
    });
  }
}

/** Reads until the caller ends its half, or until the signal fires. A broken connection is an end, not an error. */
async function* readRequests(call: Readable, signal: AbortSignal): AsyncGenerator<unknown> {
  const queue: unknown[] = [];
  let ended = signal.aborted;
  let wake: (() => void) | undefined;
  const end = (): void => {
    ended = true;
    wake?.();
  };
  call.on('data', (message) => {
    queue.push(message);
    // One message at a time is enough: the next is decoded while this one is handled.
    call.pause();
    wake?.();
  });
  call.on('end', end);
  call.on('error', end);
  signal.addEventListener('abort', end);
  try {
    while (true) {
      while (queue.length > 0 && !signal.aborted) yield queue.shift();
      if (ended) return;
      call.resume();
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', end);
  }
}
