import type { Any } from '@bufbuild/protobuf/wkt';
import type { UpstreamHttpConfig } from '@malla/proxy-config';
import type { Cluster } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import {
  HttpProtocolOptionsSchema,
  type HttpProtocolOptions,
} from '@malla/protos/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';
import { readHttp1, readHttp2 } from '../http/protocol-options.ts';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readUpstreamFilters } from './upstream-filters.ts';

/** The only key that Envoy knows for HTTP. */
const optionsKey = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

type Protocol = Pick<UpstreamHttpConfig, 'protocol' | 'http1' | 'http2'>;

const hourMs = 3_600_000;

/** How HTTP is spoken to endpoints: HTTP/1.1 unless options say otherwise. */
export function readUpstreamHttp(reader: FieldReader<Cluster>): UpstreamHttpConfig {
  let config: UpstreamHttpConfig | undefined;
  for (const [key, any] of reader.entries('typedExtensionProtocolOptions')) {
    if (key !== optionsKey) any.reading.report(any.path, `options ${key} are not supported`);
    config = unpack<UpstreamHttpConfig>(any as FieldReader<Any>, [anyCase(HttpProtocolOptionsSchema, readOptions)]);
  }
  return config ?? { ...readCommon(undefined), ...http1Only };
}

const http1Only: Protocol = { protocol: 'http1', http1: readHttp1(undefined), http2: readHttp2(undefined) };

function readOptions(reader: FieldReader<HttpProtocolOptions>): UpstreamHttpConfig {
  const protocol = reader.oneof<'upstreamProtocolOptions', Protocol>('upstreamProtocolOptions', {
    explicitHttpConfig: (explicit) =>
      explicit.oneof<'protocolConfig', Protocol>('protocolConfig', {
        httpProtocolOptions: (options) => ({ ...http1Only, http1: readHttp1(options) }),
        http2ProtocolOptions: (options) => ({ ...http1Only, protocol: 'http2', http2: readHttp2(options) }),
      }) ?? http1Only,
    useDownstreamProtocolConfig: (options) => ({
      protocol: 'downstream',
      http1: readHttp1(options.message('httpProtocolOptions')),
      http2: readHttp2(options.message('http2ProtocolOptions')),
    }),
    autoConfig: (options) => ({
      protocol: 'alpn',
      http1: readHttp1(options.message('httpProtocolOptions')),
      http2: readHttp2(options.message('http2ProtocolOptions')),
    }),
  });
  const requestHeaders = readUpstreamFilters(reader.messages('httpFilters'));
  return {
    ...readCommon(reader, protocol?.protocol),
    ...(protocol ?? http1Only),
    ...(requestHeaders.length > 0 && { requestHeaders }),
  };
}

/** Envoy's defaults, in KiB: its HTTP/1 codec takes more than the others. */
const maxResponseHeadersKb = { http1: 80, http2: 60, downstream: 80, alpn: 80 } as const;

function readCommon(
  reader: FieldReader<HttpProtocolOptions> | undefined,
  protocol: UpstreamHttpConfig['protocol'] = 'http1',
): Omit<UpstreamHttpConfig, keyof Protocol> {
  const common = reader?.message('commonHttpProtocolOptions');
  const upstream = reader?.message('upstreamHttpProtocolOptions');
  const maxConnectionDurationMs = common?.duration('maxConnectionDuration');
  const maxRequestsPerConnection = common?.take('maxRequestsPerConnection');
  return {
    idleTimeoutMs: common?.duration('idleTimeout') ?? hourMs,
    ...(maxConnectionDurationMs !== undefined && { maxConnectionDurationMs }),
    // 0 is no limit, in Envoy too.
    ...(maxRequestsPerConnection && { maxRequestsPerConnection }),
    maxHeadersCount: common?.take('maxHeadersCount') ?? 100,
    maxResponseHeadersKb: common?.take('maxResponseHeadersKb') ?? maxResponseHeadersKb[protocol],
    autoSni: upstream?.take('autoSni') ?? false,
    autoSanValidation: upstream?.take('autoSanValidation') ?? false,
  };
}
