import type { SpanExporterConfig } from '@malla/proxy-config';
import type { HttpService } from '@malla/protos/gen/envoy/config/core/v3/http_service_pb';
import { HeaderValueOption_HeaderAppendAction as Append } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { HeaderValueOption } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { Tracing_Http } from '@malla/protos/gen/envoy/config/trace/v3/http_tracer_pb';
import {
  OpenTelemetryConfigSchema,
  type OpenTelemetryConfig,
} from '@malla/protos/gen/envoy/config/trace/v3/opentelemetry_pb';
import { EnvironmentResourceDetectorConfigSchema } from '@malla/protos/gen/envoy/extensions/tracers/opentelemetry/resource_detectors/v3/environment_resource_detector_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { Environment } from '../wire/environment-text.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readGrpcService, readHeaderValue } from '../wire/grpc-service.ts';

type Target = Omit<SpanExporterConfig, 'resource'>;

/** A tracer of OpenTelemetry; every other is refused. */
export function readSpanExporter(reader: FieldReader<Tracing_Http>): SpanExporterConfig | undefined {
  // Extensions are told by their type.
  reader.ignore('name');
  if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
  return reader.oneof<'configType', SpanExporterConfig | undefined>('configType', {
    typedConfig: (any) => unpack(any, [anyCase(OpenTelemetryConfigSchema, readOpenTelemetry)]),
  });
}

function readOpenTelemetry(reader: FieldReader<OpenTelemetryConfig>): SpanExporterConfig | undefined {
  const grpc = reader.message('grpcService');
  const http = reader.message('httpService');
  if ((grpc === undefined) === (http === undefined)) {
    reader.reading.report(reader.path, 'must have either grpc_service or http_service');
    return undefined;
  }
  const target = grpc ? readGrpc(grpc) : readHttp(http as FieldReader<HttpService>);
  const detected = reader.messages('resourceDetectors').map((detector) => {
    detector.ignore('name');
    const config = detector.message('typedConfig');
    return config && unpack(config, [anyCase(EnvironmentResourceDetectorConfigSchema, () => true)]);
  });
  const name = reader.take('serviceName');
  const own: (readonly [string, string])[] = [
    ['service.name', name === '' ? 'unknown_service:envoy' : name],
    ['telemetry.sdk.language', 'nodejs'],
    ['telemetry.sdk.name', 'malla'],
  ];
  const { environment } = reader.reading;
  const resource = new Map([...own, ...(detected.includes(true) ? resourceAttributes(environment) : [])]);
  return { ...target, resource: [...resource] };
}

/** OpenTelemetry's variable: `key=value` with commas; values as they are, as Envoy takes them. Pairs that cannot be read are left out. */
function resourceAttributes({ OTEL_RESOURCE_ATTRIBUTES: text = '' }: Environment): (readonly [string, string])[] {
  return text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const];
  });
}

function readGrpc(reader: Parameters<typeof readGrpcService>[0]): Target {
  const { cluster, authority = cluster, timeoutMs, initialMetadata } = readGrpcService(reader);
  return { protocol: 'grpc', cluster, authority, path: '', timeoutMs, headers: initialMetadata };
}

function readHttp(reader: FieldReader<HttpService>): Target {
  const uri = reader.message('httpUri');
  const cluster = uri?.oneof<'httpUpstreamType', string>('httpUpstreamType', { cluster: (name) => name }) ?? '';
  const match = /^(?:https?:\/\/)?([^/?#]*)(.*)$/.exec(uri?.take('uri') ?? '');
  const [, authority = '', path = ''] = match ?? [];
  return {
    protocol: 'http',
    cluster,
    authority,
    path: path === '' ? '/' : path,
    timeoutMs: uri?.duration('timeout') ?? 0,
    headers: reader.messages('requestHeadersToAdd').flatMap((option) => readHeader(option) ?? []),
  };
}

function readHeader(reader: FieldReader<HeaderValueOption>): (readonly [string, string])[] | undefined {
  reader.choice('appendAction', { [Append.OVERWRITE_IF_EXISTS_OR_ADD]: true });
  if (!reader.has('appendAction')) reader.refuse('appendAction', 'must be OVERWRITE_IF_EXISTS_OR_ADD');
  reader.expect('keepEmptyValue', false);
  const header = reader.message('header');
  return header && [readHeaderValue(header)];
}
