import {
  Http1ServerConnection,
  Http2ServerConnection,
  type Http2Counters,
  type ServerConnection,
  type ServerConnectionHandler,
  type Transport,
  type TransportReader,
} from '@malla/http-codec';
import type { HttpManagerConfig } from '@malla/proxy-config';
import type { WorkerServices } from '../../runtime/services.ts';
import type { ResponseHeaders } from '../headers/response-headers.ts';

/** A codec that serves a connection, and reads it. */
export type ServerCodec = ServerConnection & TransportReader;

export interface ServerCodecParams {
  readonly http2: boolean;
  readonly transport: Transport;
  readonly handler: ServerConnectionHandler;
  readonly config: HttpManagerConfig;
  /** The transport is TLS: requests have the scheme `https`. */
  readonly secure: boolean;
  readonly services: WorkerServices;
  /** For the answers that a codec gives by itself. */
  readonly responseHeaders: ResponseHeaders;
  readonly counters: Http2Counters;
}

/** The codec for a client's connection, with the connection manager's limits. */
export function serverCodec(params: ServerCodecParams): ServerCodec {
  const { http2, transport, handler, config, secure, services, responseHeaders } = params;
  const limits = {
    scheme: secure ? ('https' as const) : ('http' as const),
    maxHeadersBytes: config.maxRequestHeadersKb * 1024,
    maxHeaderCount: config.maxHeadersCount,
    headersWithUnderscores: config.headersWithUnderscores,
  };
  if (!http2) {
    const { acceptHttp10, defaultHostForHttp10, allowAbsoluteUrl, enableTrailers } = config.http1;
    const options = {
      ...limits,
      acceptHttp10,
      defaultHostForHttp10,
      allowAbsoluteUrl,
      enableTrailers,
      errorFields: () => responseHeaders.ofErrors(),
    };
    return new Http1ServerConnection({ transport, handler, options });
  }
  const { maxConcurrentStreams, initialStreamWindowSize, initialConnectionWindowSize, hpackTableSize } = config.http2;
  const options = {
    ...limits,
    maxConcurrentStreams,
    initialStreamWindowSize,
    initialConnectionWindowSize,
    hpackTableSize,
    allowConnect: config.http2.allowConnect,
    now: () => services.timers.now(),
    counters: params.counters,
  };
  return new Http2ServerConnection({ transport, handler, options });
}
