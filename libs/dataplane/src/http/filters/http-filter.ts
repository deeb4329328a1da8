import type { ResponseHead } from '@malla/http-codec';
import type { Stream } from '../stream/stream.ts';

/**
 * An HTTP filter. One object serves all requests of a connection manager, so it keeps nothing of a request but on its stream. The chain runs synchronously:
 * a filter that must wait suspends the stream and continues it later.
 */
export interface HttpFilter {
  /** Key of per-route configuration. */
  readonly name: string;
  /** True: on to the next filter. False: it has answered, or has suspended the stream. */
  onRequest(stream: Stream): boolean;
  /** Sees every response head, its own and other filters' answers too. Filters are asked in reverse order. */
  onResponse?(stream: Stream, head: ResponseHead): void;
  /** The stream is over; for filters that count what they hold. */
  onEnd?(stream: Stream): void;
}
