import type { TracingConfig } from '@malla/proxy-config';
import { OpenTelemetryConfigSchema } from '@malla/protos/gen/envoy/config/trace/v3/opentelemetry_pb';
import { ZipkinConfigSchema } from '@malla/protos/gen/envoy/config/trace/v3/zipkin_pb';
import type { HttpConnectionManager_Tracing } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import type { Tracing_Http } from '@malla/protos/gen/envoy/config/trace/v3/http_tracer_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readPercent } from '../wire/percent.ts';

type Provider = TracingConfig['provider'];

/** Trace headers: made and passed on; where spans go is not this proxy's concern yet, so collectors are refused. */
export function readTracing(reader: FieldReader<HttpConnectionManager_Tracing> | undefined): TracingConfig | undefined {
  if (!reader) return undefined;
  const provider = reader.message('provider');
  return {
    clientSampling: readPercent(reader.message('clientSampling')) ?? 100,
    randomSampling: readPercent(reader.message('randomSampling')) ?? 100,
    overallSampling: readPercent(reader.message('overallSampling')) ?? 100,
    provider: provider ? readProvider(provider) : 'none',
  };
}

function readProvider(reader: FieldReader<Tracing_Http>): Provider {
  // Extensions are found by the type of their configuration; the name is for people.
  reader.ignore('name');
  const cases = [
    anyCase(OpenTelemetryConfigSchema, (): Provider => 'opentelemetry'),
    anyCase(ZipkinConfigSchema, (): Provider => 'zipkin'),
  ];
  return reader.oneof<'configType', Provider>('configType', { typedConfig: (any) => unpack(any, cases) }) ?? 'none';
}
