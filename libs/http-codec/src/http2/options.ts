import { defaultWindow } from './frame-type.ts';
import { defaultFloodLimits, type FloodLimits } from './flood-guard.ts';
import { defaultTableSize } from './hpack/hpack-decoder.ts';
import type { Http2Counters } from './counters.ts';

/** Of both sides. What is left out has the default that is named. */
export interface Http2Options {
  /** Scheme of the transport, for requests that name none. Default `http`. */
  readonly scheme?: 'http' | 'https';
  /** Server: streams that the peer may have open at once. Client: streams that we open at once, whatever the peer allows. Default 100. */
  readonly maxConcurrentStreams?: number;
  /**
   * Bytes of a body that may come before they are consumed. Default 65,535. Of a stream it is the most: its window begins with {@link firstWindow} at most, and
   * grows while what comes is taken at once. Streams that are not read together hold about as much as the connection's window before it is kept shut for them.
   */
  readonly initialStreamWindowSize?: number;
  readonly initialConnectionWindowSize?: number;
  /** Bytes of each of the two HPACK tables. Default 4096. */
  readonly hpackTableSize?: number;
  /** Names and values of a head or of trailers, in bytes. Default 60 KiB. */
  readonly maxHeadersBytes?: number;
  /** Fields, pseudo fields among them, and each crumb of a cookie. Default 100. Source: Envoy 1.40 */
  readonly maxHeaderCount?: number;
  /** What becomes of fields with `_` in their name; `reject` resets the stream. Default `allow`. */
  readonly headersWithUnderscores?: 'allow' | 'reject' | 'drop';
  /** Server: accept extended CONNECT (RFC 8441). Default false. */
  readonly allowConnect?: boolean;
  /** Body bytes of one stream that may wait for its peer; a sender that goes on in spite of `false` beyond it is reset. Default 1 MiB. */
  readonly maxBufferedBytes?: number;
  readonly flood?: Partial<FloodLimits>;
  /** Milliseconds, monotonic. Default `Date.now`. */
  readonly now?: () => number;
  /** Counted into; may be shared by many connections. */
  readonly counters?: Http2Counters;
}

/**
 * With which the windows of streams begin: a body of 64 KiB comes at once, and two hundred streams that nobody reads fit into a connection's window of 24 MiB,
 * so that they do not stop the others on it.
 */
export const firstWindow = 128 * 1024;

/** Options with their defaults. */
export type Http2Settings = Required<Omit<Http2Options, 'counters' | 'flood'>> & {
  /** As our SETTINGS tell the peer. */
  readonly firstStreamWindowSize: number;
  readonly counters: Http2Counters | undefined;
  readonly flood: FloodLimits;
};

export function withDefaults(options: Http2Options): Http2Settings {
  const initialStreamWindowSize = options.initialStreamWindowSize ?? defaultWindow;
  return {
    scheme: options.scheme ?? 'http',
    maxConcurrentStreams: options.maxConcurrentStreams ?? 100,
    initialStreamWindowSize,
    firstStreamWindowSize: Math.min(initialStreamWindowSize, firstWindow),
    initialConnectionWindowSize: Math.max(options.initialConnectionWindowSize ?? defaultWindow, defaultWindow),
    hpackTableSize: options.hpackTableSize ?? defaultTableSize,
    maxHeadersBytes: options.maxHeadersBytes ?? 60 * 1024,
    maxHeaderCount: options.maxHeaderCount ?? 100,
    headersWithUnderscores: options.headersWithUnderscores ?? 'allow',
    allowConnect: options.allowConnect ?? false,
    maxBufferedBytes: options.maxBufferedBytes ?? 1024 * 1024,
    now: options.now ?? Date.now,
    counters: options.counters,
    flood: { ...defaultFloodLimits, ...options.flood },
  };
}
