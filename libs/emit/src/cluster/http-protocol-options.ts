import { create } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { ConnectionPoolIr, DestinationIr, Protocol } from '@malla/ir';
import {
  Http1ProtocolOptionsSchema,
  Http2ProtocolOptionsSchema,
} from '@malla/protos/gen/envoy/config/core/v3/protocol_pb';
import { HttpProtocolOptionsSchema } from '@malla/protos/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';
import { tellPeerMetadata } from '../telemetry/peer-metadata.ts';
import { duration } from '../wire/duration.ts';
import { pack } from '../wire/typed-config.ts';

const optionsKey = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** HTTP between proxies speaks the service's own version; nothing is negotiated. */
export function httpProtocolOptions(destination: DestinationIr): Record<string, Any> {
  if (destination.protocol === 'tcp') return {};
  const { pool, protocol, tls } = destination;
  const hostSni = tls.kind === 'origination' && tls.sni === undefined;
  const checkSan = hostSni && !tls.insecureSkipVerify && tls.subjectAltNames.length === 0;
  return {
    [optionsKey]: pack(HttpProtocolOptionsSchema, {
      upstreamProtocolOptions: explicit(protocol, pool.maxConcurrentStreams),
      commonHttpProtocolOptions: connectionLimits(pool),
      httpFilters: tellPeerMetadata(tls),
      ...(hostSni && { upstreamHttpProtocolOptions: { autoSni: true, autoSanValidation: checkSan } }),
    }),
  };
}

/** The same for the hop to the application. */
export function inboundHttpProtocolOptions(protocol: Protocol): Record<string, Any> {
  if (protocol === 'tcp') return {};
  return { [optionsKey]: pack(HttpProtocolOptionsSchema, { upstreamProtocolOptions: explicit(protocol, undefined) }) };
}

/** For ports of which no protocol is known: whatever the client speaks. */
export function sameHttpProtocolOptions(): Record<string, Any> {
  return {
    [optionsKey]: pack(HttpProtocolOptionsSchema, {
      upstreamProtocolOptions: {
        case: 'useDownstreamProtocolConfig',
        value: { httpProtocolOptions: {}, http2ProtocolOptions: {} },
      },
    }),
  };
}

function explicit(protocol: Protocol, maxConcurrentStreams: number | undefined) {
  const http2 = protocol === 'http2' || protocol === 'grpc';
  const http2Options = maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams };
  const protocolConfig = http2
    ? { case: 'http2ProtocolOptions' as const, value: create(Http2ProtocolOptionsSchema, http2Options) }
    : { case: 'httpProtocolOptions' as const, value: create(Http1ProtocolOptionsSchema) };
  return { case: 'explicitHttpConfig' as const, value: { protocolConfig } };
}

function connectionLimits(pool: ConnectionPoolIr) {
  return {
    ...(pool.httpIdleTimeoutMs !== undefined && { idleTimeout: duration(pool.httpIdleTimeoutMs) }),
    ...(pool.maxConnectionDurationMs !== undefined && {
      maxConnectionDuration: duration(pool.maxConnectionDurationMs),
    }),
    ...(pool.maxRequestsPerConnection && { maxRequestsPerConnection: pool.maxRequestsPerConnection }),
  };
}
