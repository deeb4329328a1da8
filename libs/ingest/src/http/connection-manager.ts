import type { HttpManagerConfig } from '@malla/proxy-config';
import {
  HttpProtocolOptions_HeadersWithUnderscoresAction as Underscores,
  type HttpProtocolOptions,
} from '@malla/protos/gen/envoy/config/core/v3/protocol_pb';
import {
  HttpConnectionManager_CodecType as Codec,
  HttpConnectionManager_ForwardClientCertDetails as ClientCert,
  HttpConnectionManager_ForwardClientCertFormat as ClientCertFormat,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes,
  HttpConnectionManager_ServerHeaderTransformation as ServerHeader,
  type HttpConnectionManager,
  type HttpConnectionManager_SetCurrentClientCertDetails,
  type HttpConnectionManager_UpgradeConfig,
} from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { readAccessLogs } from '../access-log/access-log.ts';
import { readRouteTable } from '../route/route-table.ts';
import { readAdsSource } from '../wire/config-source.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { isB3Filter } from './b3-context.ts';
import { readHttpFilters } from './http-filters.ts';
import { readHttp1, readHttp2 } from './protocol-options.ts';
import { readTracing } from './tracing.ts';

type Manager = FieldReader<HttpConnectionManager>;

const codecs = { [Codec.AUTO]: 'auto', [Codec.HTTP1]: 'http1', [Codec.HTTP2]: 'http2' } as const;
const serverHeaders = {
  [ServerHeader.OVERWRITE]: 'overwrite',
  [ServerHeader.APPEND_IF_ABSENT]: 'append-if-absent',
  [ServerHeader.PASS_THROUGH]: 'pass-through',
} as const;
const escapedSlashes = {
  [EscapedSlashes.IMPLEMENTATION_SPECIFIC_DEFAULT]: 'keep',
  [EscapedSlashes.KEEP_UNCHANGED]: 'keep',
  [EscapedSlashes.REJECT_REQUEST]: 'reject',
  [EscapedSlashes.UNESCAPE_AND_REDIRECT]: 'unescape-and-redirect',
  [EscapedSlashes.UNESCAPE_AND_FORWARD]: 'unescape-and-forward',
} as const;
const clientCerts = {
  [ClientCert.SANITIZE]: 'sanitize',
  [ClientCert.FORWARD_ONLY]: 'forward-only',
  [ClientCert.APPEND_FORWARD]: 'append-forward',
  [ClientCert.SANITIZE_SET]: 'sanitize-set',
  [ClientCert.ALWAYS_FORWARD_ONLY]: 'always-forward-only',
} as const;
const underscores = {
  [Underscores.ALLOW]: 'allow',
  [Underscores.REJECT_REQUEST]: 'reject',
  [Underscores.DROP_HEADER]: 'drop',
} as const;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The network filter that speaks HTTP. */
export function readConnectionManager(reader: Manager): HttpManagerConfig {
  const all = reader.messages('httpFilters');
  const b3 = all.map(isB3Filter);
  const filters = all.filter((_, i) => b3[i] !== true);
  if (filters.length === 0) reader.refuse('httpFilters', 'must end with the router');
  const tracing = readTracing(reader, b3.includes(true));
  return {
    statPrefix: reader.take('statPrefix'),
    codec: reader.choice('codecType', codecs) ?? 'auto',
    routes: readRoutes(reader),
    filters: readHttpFilters(filters),
    accessLog: readAccessLogs(reader.messages('accessLog')),
    ...readRequestHandling(reader),
    ...readClientCertificate(reader),
    upgrades: readUpgrades(reader.messages('upgradeConfigs')),
    ...readLimits(reader),
    http1: readHttp1(reader.message('httpProtocolOptions')),
    http2: readHttp2(reader.message('http2ProtocolOptions')),
    ...(tracing && { tracing }),
  };
}

function readRoutes(reader: Manager): HttpManagerConfig['routes'] {
  const routes = reader.oneof<'routeSpecifier', HttpManagerConfig['routes']>('routeSpecifier', {
    rds: (rds) => {
      const name = rds.take('routeConfigName');
      const source = rds.message('configSource');
      if (name === '') rds.refuse('routeConfigName', 'is required');
      if (!source) rds.refuse('configSource', 'is required');
      return { kind: 'rds', name, fetchTimeoutMs: readAdsSource(source) };
    },
    routeConfig: (table) => ({ kind: 'inline', table: readRouteTable(table, true) }),
  });
  return routes ?? { kind: 'rds', name: '', fetchTimeoutMs: 0 };
}

/** What happens to the head of a request. */
function readRequestHandling(reader: Manager) {
  // Answers to broken requests always end HTTP/1 connections and HTTP/2 streams, which is the default.
  reader.expect('streamErrorOnInvalidHttpMessage', false);
  const serverName = reader.take('serverName');
  const stripMatchingHostPort = reader.take('stripMatchingHostPort');
  const stripAnyHostPort = reader.oneof<'stripPortMode', boolean>('stripPortMode', { stripAnyHostPort: (on) => on });
  if (stripMatchingHostPort && stripAnyHostPort) {
    reader.refuse('stripMatchingHostPort', 'must not be set with strip_any_host_port');
  }
  return {
    useRemoteAddress: reader.take('useRemoteAddress') ?? false,
    xffNumTrustedHops: reader.take('xffNumTrustedHops'),
    skipXffAppend: reader.take('skipXffAppend'),
    normalizePath: reader.take('normalizePath') ?? false,
    mergeSlashes: reader.take('mergeSlashes'),
    pathWithEscapedSlashes: reader.choice('pathWithEscapedSlashesAction', escapedSlashes) ?? 'keep',
    serverHeader: reader.choice('serverHeaderTransformation', serverHeaders) ?? 'overwrite',
    serverName: serverName === '' ? 'envoy' : serverName,
    via: reader.take('via'),
    generateRequestId: reader.take('generateRequestId') ?? true,
    preserveExternalRequestId: reader.take('preserveExternalRequestId'),
    alwaysSetRequestIdInResponse: reader.take('alwaysSetRequestIdInResponse'),
    stripMatchingHostPort,
    stripAnyHostPort: stripAnyHostPort ?? false,
  };
}

function readClientCertificate(reader: Manager): Pick<HttpManagerConfig, 'forwardClientCert' | 'clientCertDetails'> {
  return {
    forwardClientCert: reader.choice('forwardClientCertDetails', clientCerts) ?? 'sanitize',
    clientCertDetails: readCertificateParts(reader.message('setCurrentClientCertDetails')),
  };
}

function readCertificateParts(
  reader: FieldReader<HttpConnectionManager_SetCurrentClientCertDetails> | undefined,
): HttpManagerConfig['clientCertDetails'] {
  if (!reader) return { subject: false, uri: false, dns: false, cert: false, chain: false };
  reader.expect('format', ClientCertFormat.TEXT);
  return {
    subject: reader.take('subject') ?? false,
    uri: reader.take('uri'),
    dns: reader.take('dns'),
    cert: reader.take('cert'),
    chain: reader.take('chain'),
  };
}

/** Types that requests may upgrade to. A type that is off is as one that is not there. */
function readUpgrades(readers: readonly FieldReader<HttpConnectionManager_UpgradeConfig>[]): string[] {
  const seen = new Set<string>();
  return readers.flatMap((reader) => {
    const type = reader.take('upgradeType').toLowerCase();
    if (seen.has(type)) reader.refuse('upgradeType', `${type} is there twice`);
    seen.add(type);
    return (reader.take('enabled') ?? true) ? [type] : [];
  });
}

/** Times and sizes. */
function readLimits(reader: Manager) {
  return {
    ...readCommonOptions(reader.message('commonHttpProtocolOptions')),
    streamIdleTimeoutMs: reader.duration('streamIdleTimeout') ?? 5 * minuteMs,
    requestTimeoutMs: reader.duration('requestTimeout') ?? 0,
    requestHeadersTimeoutMs: reader.duration('requestHeadersTimeout') ?? 0,
    drainTimeoutMs: reader.duration('drainTimeout') ?? 5_000,
    maxRequestHeadersKb: reader.take('maxRequestHeadersKb') ?? 60,
  };
}

function readCommonOptions(reader: FieldReader<HttpProtocolOptions> | undefined) {
  const maxConnectionDurationMs = reader?.duration('maxConnectionDuration');
  const maxStreamDurationMs = reader?.duration('maxStreamDuration');
  const maxRequestsPerConnection = reader?.take('maxRequestsPerConnection');
  return {
    idleTimeoutMs: reader?.duration('idleTimeout') ?? hourMs,
    ...(maxConnectionDurationMs !== undefined && { maxConnectionDurationMs }),
    ...(maxStreamDurationMs !== undefined && { maxStreamDurationMs }),
    // 0 is no limit, in Envoy too.
    ...(maxRequestsPerConnection && { maxRequestsPerConnection }),
    maxHeadersCount: reader?.take('maxHeadersCount') ?? 100,
    headersWithUnderscores: reader?.choice('headersWithUnderscoresAction', underscores) ?? ('allow' as const),
  };
}
