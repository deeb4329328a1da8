import type { ExtAuthzConfig, PerFilterConfig, StringMatch } from '@malla/proxy-config';
import type { HttpUri } from '@malla/protos/gen/envoy/config/core/v3/http_uri_pb';
import { ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import type { MetadataMatcher } from '@malla/protos/gen/envoy/type/matcher/v3/metadata_pb';
import type {
  BufferSettings,
  ExtAuthz,
  ExtAuthzPerRoute,
  HttpService,
} from '@malla/protos/gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readGrpcService, readHeaderValue } from '../wire/grpc-service.ts';
import { readStringMatch, readStringMatches } from '../wire/string-match.ts';
import { readHttpStatus } from './http-status.ts';

/** Envoy's default. */
const timeoutMs = 200;

/** The filter that asks a service whether a request may pass. */
export function readExtAuthz(reader: FieldReader<ExtAuthz>): ExtAuthzConfig {
  const service = reader.oneof<'services', ExtAuthzConfig['service']>('services', {
    grpcService: (grpc) => {
      const read = readGrpcService(grpc);
      return { kind: 'grpc', grpc: grpc.has('timeout') ? read : { ...read, timeoutMs } };
    },
    httpService: readHttpService,
  });
  if (!service) reader.reading.report(reader.path, 'has no service');
  if (service?.kind === 'http') reader.expect('transportApiVersion', ApiVersion.V3);
  else reader.choice('transportApiVersion', { [ApiVersion.V3]: true });
  const withRequestBody = readBuffer(reader.message('withRequestBody'));
  const enabledBy = readEnabledBy(reader.message('filterEnabledMetadata'));
  return {
    service: service ?? { kind: 'grpc', grpc: { cluster: '', timeoutMs, initialMetadata: [] } },
    allowedHeaders: readStringMatches(reader.message('allowedHeaders')),
    disallowedHeaders: readStringMatches(reader.message('disallowedHeaders')),
    failureModeAllow: reader.take('failureModeAllow'),
    failureModeAllowHeaderAdd: reader.take('failureModeAllowHeaderAdd'),
    statusOnError: readHttpStatus(reader.message('statusOnError')) ?? 403,
    ...(withRequestBody && { withRequestBody }),
    ...(enabledBy && { enabledBy }),
    clearRouteCache: reader.take('clearRouteCache'),
    includePeerCertificate: reader.take('includePeerCertificate'),
    statPrefix: reader.take('statPrefix'),
  };
}

function readHttpService(reader: FieldReader<HttpService>): ExtAuthzConfig['service'] {
  const uri = readUri(reader.message('serverUri'));
  const request = reader.message('authorizationRequest');
  const response = reader.message('authorizationResponse');
  const pathPrefix = reader.take('pathPrefix');
  if (pathPrefix !== '' && !pathPrefix.startsWith('/')) reader.refuse('pathPrefix', 'must begin with /');
  return {
    kind: 'http',
    ...uri,
    pathPrefix,
    requestHeadersToAdd: request?.messages('headersToAdd').map(readHeaderValue) ?? [],
    allowedUpstreamHeaders: readStringMatches(response?.message('allowedUpstreamHeaders')),
    allowedClientHeaders: readStringMatches(response?.message('allowedClientHeaders')),
    allowedClientHeadersOnSuccess: readStringMatches(response?.message('allowedClientHeadersOnSuccess')),
  };
}

/** Envoy sends the URI's authority as host; the cluster says where to. */
function readUri(reader: FieldReader<HttpUri> | undefined): { cluster: string; host: string; timeoutMs: number } {
  if (!reader) return { cluster: '', host: '', timeoutMs };
  const cluster = reader.oneof<'httpUpstreamType', string>('httpUpstreamType', { cluster: (name) => name }) ?? '';
  const [, host = '', path = ''] = /^(?:[a-z]+:\/\/)?([^/?#]*)(.*)$/is.exec(reader.take('uri')) ?? [];
  if (path !== '' && path !== '/') reader.refuse('uri', 'must have no path: that is path_prefix');
  return { cluster, host, timeoutMs: reader.duration('timeout') ?? timeoutMs };
}

function readBuffer(reader: FieldReader<BufferSettings> | undefined): ExtAuthzConfig['withRequestBody'] {
  return (
    reader && {
      maxBytes: reader.take('maxRequestBytes'),
      allowPartial: reader.take('allowPartialMessage'),
      asBytes: reader.take('packAsBytes'),
    }
  );
}

/** Filters of ours keep texts below one key. */
function readEnabledBy(reader: FieldReader<MetadataMatcher> | undefined): ExtAuthzConfig['enabledBy'] {
  if (!reader) return undefined;
  reader.expect('invert', false);
  const keys = reader
    .messages('path')
    .map((step) => step.oneof<'segment', string>('segment', { key: (key) => key }) ?? '');
  if (keys.length !== 1) reader.refuse('path', 'must have one key');
  const match = reader
    .message('value')
    ?.oneof<'matchPattern', StringMatch>('matchPattern', { stringMatch: (matcher) => readStringMatch(matcher) });
  if (!match) return undefined;
  return { namespace: reader.take('filter'), key: keys[0] ?? '', match };
}

/** What a route changes of it. */
export function readExtAuthzPerRoute(reader: FieldReader<ExtAuthzPerRoute>): PerFilterConfig {
  const config = reader.oneof<'override', PerFilterConfig>('override', {
    disabled: (disabled, path) => {
      if (!disabled) reader.reading.report(path, 'must be true');
      return { kind: 'disabled' };
    },
    checkSettings: (settings) => ({
      kind: 'ext-authz',
      contextExtensions: settings.plainMap('contextExtensions'),
    }),
  });
  return config ?? { kind: 'disabled' };
}
