import type { ResponseHead } from '@malla/http-codec';
import type { HttpStream } from '../stream/http-stream.ts';

/**
 * An HTTP filter. One object serves all requests of a connection manager, so it keeps nothing of a request but on its stream. The chain runs synchronously:
 * a filter that must wait suspends the stream and continues it later.
 */
export interface HttpFilter {
  /** Key of per-route configuration. */
  readonly name: string;
  /** True: on to the next filter. False: it has answered, or has suspended the stream. */
  onRequest(stream: HttpStream): boolean;
  /** Sees every response head, its own and other filters' answers too. Filters are asked in reverse order. */
  onResponse?(stream: HttpStream, head: ResponseHead): void;
  /** The stream is over; for filters that count what they hold. */
  onEnd?(stream: HttpStream): void;
}

/** What a filter waits for while a stream is suspended. */
export interface Suspension {
  /** The stream has ended meanwhile. */
  cancel(): void;
  /** More of the request body is held; `ended` when that is all. Only for filters that want the body. */
  onBody?(held: number, ended: boolean): void;
}
