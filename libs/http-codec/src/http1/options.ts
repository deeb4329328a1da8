import type { HeaderList } from '../headers.ts';
import type { UnderscorePolicy } from './head-fields.ts';

/** Settings of both sides. Defaults are Envoy's. */
export interface Http1Options {
  /** Bytes of a head, and of trailers, with their line ends; a server answers more by 431, for a client it is an error. Default 60 KiB. */
  readonly maxHeadersBytes?: number;
  /** Fields of a head, and of trailers; the same. Default 100. */
  readonly maxHeaderCount?: number;
  /** Receives and sends trailers; else they are checked and dropped. Default false. */
  readonly enableTrailers?: boolean;
  /** Bytes that may wait in the transport; who goes on beyond that loses the exchange, and the connection. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
}

/** Settings of a server connection. */
export interface Http1ServerOptions extends Http1Options {
  /** Of requests that do not state one: whether the transport is TLS. */
  readonly scheme: 'http' | 'https';
  /** Names with an underscore, which some back ends take for a hyphen: `reject` answers 400. Default `allow`. */
  readonly headersWithUnderscores?: UnderscorePolicy;
  /** Else 426 is answered. Default false. */
  readonly acceptHttp10?: boolean;
  /** Authority of HTTP/1.0 requests without host. Default empty. */
  readonly defaultHostForHttp10?: string;
  /** Targets such as `http://host/path`; else 400 is answered. Default true. */
  readonly allowAbsoluteUrl?: boolean;
  /** Upgrades that the handler is told of, lower case; others are treated as ordinary requests. Default: all but h2c. */
  readonly upgrades?: ReadonlySet<string>;
  /** Fields of the answers that the codec gives by itself, such as date and server; called for each. Default: none. */
  readonly errorFields?: () => HeaderList;
  /** Bytes of a request that are read and dropped after an early response, to keep the connection. Default 64 KiB. */
  readonly maxDroppedBytes?: number;
}

/** Settings of a client connection. */
export interface Http1ClientOptions extends Http1Options {
  /** Bytes for a tunnel that wait until the server has agreed to it. Default 64 KiB. */
  readonly maxEarlyBytes?: number;
}

export const DEFAULT_MAX_HEADERS_BYTES = 60 * 1024;
export const DEFAULT_MAX_HEADER_COUNT = 100;
export const DEFAULT_MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
export const DEFAULT_MAX_DROPPED_BYTES = 64 * 1024;
export const DEFAULT_MAX_EARLY_BYTES = 64 * 1024;
