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
import { headLimits, http2Options } from '../codec-options.ts';
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
  const { http1, http2: ofHttp2 } = config;
  const common = {
    ...headLimits(config.maxRequestHeadersKb, config.maxHeadersCount),
    scheme: secure ? ('https' as const) : ('http' as const),
    headersWithUnderscores: config.headersWithUnderscores,
  };
  if (http2) {
    const { allowConnect } = ofHttp2;
    const options = { ...common, ...http2Options(ofHttp2, services.timers, params.counters), allowConnect };
    return new Http2ServerConnection({ transport, handler, options });
  }
  const { acceptHttp10, defaultHostForHttp10, allowAbsoluteUrl, enableTrailers } = http1;
  const options = {
    ...common,
    acceptHttp10,
    defaultHostForHttp10,
    allowAbsoluteUrl,
    enableTrailers,
    errorFields: () => responseHeaders.ofErrors(),
  };
  return new Http1ServerConnection({ transport, handler, options });
}
