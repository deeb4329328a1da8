import {
  Http1ClientConnection,
  Http2ClientConnection,
  type Http2Counters,
  type ClientConnection,
  type ClientConnectionHandler,
  type Transport,
  type TransportReader,
} from '@malla/http-codec';
import type { UpstreamHttpConfig } from '@malla/proxy-config';
import type { WorkerServices } from '../../runtime/services.ts';
import { headLimits, http2Options } from '../codec-options.ts';

/** A codec that talks to a host, and reads its connection. */
export type ClientCodec = ClientConnection & TransportReader;

export interface ClientCodecParams {
  readonly http2: boolean;
  readonly transport: Transport;
  readonly handler: ClientConnectionHandler;
  readonly config: UpstreamHttpConfig;
  readonly services: WorkerServices;
  readonly counters: Http2Counters | undefined;
}

/** The codec for a connection to a host, with the cluster's limits. */
export function clientCodec({ http2, transport, handler, config, services, counters }: ClientCodecParams): ClientCodec {
  const limits = headLimits(config.maxResponseHeadersKb, config.maxHeadersCount);
  if (http2) {
    const options = { ...limits, ...http2Options(config.http2, services.timers, counters) };
    return new Http2ClientConnection({ transport, handler, options });
  }
  const options = { ...limits, enableTrailers: config.http1.enableTrailers };
  return new Http1ClientConnection({ transport, handler, options });
}
