import type { HeaderList } from '../headers.ts';
import type { UnderscorePolicy } from './head-fields.ts';

/** Settings of a server connection. Defaults are Envoy's. */
export interface Http1ServerOptions {
  /** Of requests that do not state one: whether the transport is TLS. */
  readonly scheme: 'http' | 'https';
  /** Bytes of a head, and of trailers, with their line ends; more is answered by 431. Default 60 KiB. */
  readonly maxHeadersBytes?: number;
  /** Fields of a head, and of trailers; more is answered by 431. Default 100. */
  readonly maxHeaderCount?: number;
  /** Names with an underscore, which some back ends take for a hyphen: `reject` answers 400. Default `allow`. */
  readonly headersWithUnderscores?: UnderscorePolicy;
  /** Else 426 is answered. Default false. */
  readonly acceptHttp10?: boolean;
  /** Authority of HTTP/1.0 requests without host. Default empty. */
  readonly defaultHostForHttp10?: string;
  /** Targets such as `http://host/path`; else 400 is answered. Default true. */
  readonly allowAbsoluteUrl?: boolean;
  /** Receives and sends trailers; else they are checked and dropped. Default false. */
  readonly enableTrailers?: boolean;
  /** Upgrades that the handler is told of, lower case; others are treated as ordinary requests. Default: all but h2c. */
  readonly upgrades?: ReadonlySet<string>;
  /** Fields of the answers that the codec gives by itself, such as date and server; called for each. Default: none. */
  readonly errorFields?: () => HeaderList;
  /** Bytes that may wait in the transport; a handler that goes on beyond that loses the connection. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
  /** Bytes of a request that are read and dropped after an early response, to keep the connection. Default 64 KiB. */
  readonly maxDroppedBytes?: number;
}

/** Settings of a client connection. Defaults are Envoy's. */
export interface Http1ClientOptions {
  /** Bytes of a head, and of trailers, with their line ends; more is an error. Default 60 KiB. */
  readonly maxHeadersBytes?: number;
  /** Fields of a head, and of trailers; more is an error. Default 100. */
  readonly maxHeaderCount?: number;
  /** Receives and sends trailers; else they are checked and dropped. Default false. */
  readonly enableTrailers?: boolean;
  /** Bytes that may wait in the transport; a user that goes on beyond that loses the exchange. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
  /** Bytes for a tunnel that wait until the server has agreed to it. Default 64 KiB. */
  readonly maxEarlyBytes?: number;
}

export const DEFAULT_MAX_HEADERS_BYTES = 60 * 1024;
export const DEFAULT_MAX_HEADER_COUNT = 100;
export const DEFAULT_MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
export const DEFAULT_MAX_DROPPED_BYTES = 64 * 1024;
export const DEFAULT_MAX_EARLY_BYTES = 64 * 1024;
