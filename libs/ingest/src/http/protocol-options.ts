import type { Http1Config, Http2Config } from '@malla/proxy-config';
import type {
  Http1ProtocolOptions,
  Http2ProtocolOptions,
  KeepaliveSettings,
} from '@malla/protos/gen/envoy/config/core/v3/protocol_pb';
import type { FieldReader } from '../wire/field-reader.ts';

/** HTTP/1 of either side; absent: Envoy's defaults. */
export function readHttp1(reader: FieldReader<Http1ProtocolOptions> | undefined): Http1Config {
  return {
    acceptHttp10: reader?.take('acceptHttp10') ?? false,
    defaultHostForHttp10: reader?.take('defaultHostForHttp10') ?? '',
    allowAbsoluteUrl: reader?.take('allowAbsoluteUrl') ?? true,
    enableTrailers: reader?.take('enableTrailers') ?? false,
  };
}

const mebibyte = 1_048_576;

/** HTTP/2 of either side; absent: Envoy's defaults since 1.36, which are the same for both. */
export function readHttp2(reader: FieldReader<Http2ProtocolOptions> | undefined): Http2Config {
  const connectionKeepalive = readKeepalive(reader?.message('connectionKeepalive'));
  return {
    maxConcurrentStreams: reader?.take('maxConcurrentStreams') ?? 1024,
    initialStreamWindowSize: reader?.take('initialStreamWindowSize') ?? 16 * mebibyte,
    initialConnectionWindowSize: reader?.take('initialConnectionWindowSize') ?? 24 * mebibyte,
    hpackTableSize: reader?.take('hpackTableSize') ?? 4096,
    allowConnect: reader?.take('allowConnect') ?? false,
    ...(connectionKeepalive && { connectionKeepalive }),
  };
}

function readKeepalive(reader: FieldReader<KeepaliveSettings> | undefined): Http2Config['connectionKeepalive'] {
  if (!reader) return undefined;
  const intervalMs = reader.duration('interval');
  const timeoutMs = reader.duration('timeout') ?? 0;
  // Without it Envoy pings only before the first request after a pause, which there is not here.
  if (intervalMs === undefined) reader.refuse('interval', 'is required');
  return { intervalMs: intervalMs ?? 0, timeoutMs };
}
