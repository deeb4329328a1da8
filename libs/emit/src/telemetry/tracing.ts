import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { b3Context, type SpanExporterIr, type TraceTagIr, type TracingIr } from '@malla/ir';
import { HeaderValueOption_HeaderAppendAction as Append } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { OpenTelemetryConfigSchema } from '@malla/protos/gen/envoy/config/trace/v3/opentelemetry_pb';
import { HeaderMutationSchema } from '@malla/protos/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb';
import type { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { HeaderMutationSchema as EarlyHeaderMutationSchema } from '@malla/protos/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb';
import { UuidRequestIdConfigSchema } from '@malla/protos/gen/envoy/extensions/request_id/uuid/v3/uuid_pb';
import { EnvironmentResourceDetectorConfigSchema } from '@malla/protos/gen/envoy/extensions/tracers/opentelemetry/resource_detectors/v3/environment_resource_detector_pb';
import type { CustomTagSchema } from '@malla/protos/gen/envoy/type/tracing/v3/custom_tag_pb';
import { duration } from '../wire/duration.ts';
import { extension, pack, type TypedExtension } from '../wire/typed-config.ts';

/** Fields to make a message from, never a message made already. */
type Fields<D extends DescMessage> = Extract<MessageInitShape<D>, { readonly $typeName?: never }>;

type TracingFields = Pick<
  Fields<typeof HttpConnectionManagerSchema>,
  'tracing' | 'requestIdExtension' | 'earlyHeaderMutationExtensions'
>;
type Exporter = Pick<Fields<typeof OpenTelemetryConfigSchema>, 'grpcService' | 'httpService'>;

/** Istio's, for collectors by HTTP that have none. */
const defaultHttpTimeoutMs = 3_000;

/**
 * What traces add to an HTTP connection manager. `upstreamSpans`: gateways make a second span for what they send. The resource's attributes, service.name
 * among them, are in the proxy's environment, so that these bytes are the same for every workload. Source: Istio pilot/pkg/networking/core, tracing.go
 */
export function tracingFields(tracing: TracingIr | undefined, upstreamSpans: boolean): TracingFields {
  if (tracing === undefined) return {};
  return {
    tracing: {
      clientSampling: { value: 100 },
      overallSampling: { value: 100 },
      randomSampling: { value: tracing.samplingPercent },
      ...(tracing.maxPathLength !== undefined && { maxPathTagLength: tracing.maxPathLength }),
      customTags: tracing.tags.map(customTag),
      provider: extension('envoy.tracers.opentelemetry', OpenTelemetryConfigSchema, {
        ...exporter(tracing.exporter),
        resourceDetectors: [
          {
            name: 'envoy.tracers.opentelemetry.resource_detectors.environment',
            typedConfig: pack(EnvironmentResourceDetectorConfigSchema, {}),
          },
        ],
      }),
      ...(upstreamSpans && { spawnUpstreamSpan: true }),
    },
    earlyHeaderMutationExtensions: [
      {
        name: b3Context.name,
        typedConfig: pack(EarlyHeaderMutationSchema, {
          mutations: b3Context.continues.map((edit) => sets(edit, Append.ADD_IF_ABSENT)),
        }),
      },
    ],
    ...(!tracing.useRequestId && {
      requestIdExtension: { typedConfig: pack(UuidRequestIdConfigSchema, { useRequestIdForTraceSampling: false }) },
    }),
  };
}

/** Tells the application and further proxies of this one's span in B3 headers, where the request came with some. */
export function b3Filter(): TypedExtension {
  return extension(b3Context.name, HeaderMutationSchema, {
    mutations: {
      requestMutations: [
        ...b3Context.tells.map((edit) => sets(edit, Append.OVERWRITE_IF_EXISTS)),
        { action: { case: 'remove', value: b3Context.removed } },
      ],
    },
  });
}

function sets({ header, value }: { readonly header: string; readonly value: string }, appendAction: Append) {
  return { action: { case: 'append' as const, value: { header: { key: header, value }, appendAction } } };
}

function exporter({ protocol, cluster, authority, timeoutMs, headers }: SpanExporterIr): Exporter {
  if (protocol.kind === 'grpc')
    return {
      grpcService: {
        targetSpecifier: { case: 'envoyGrpc', value: { clusterName: cluster, authority } },
        ...(timeoutMs !== undefined && { timeout: duration(timeoutMs) }),
        initialMetadata: headers.map(([key, value]) => ({ key, value })),
      },
    };
  return {
    httpService: {
      httpUri: {
        uri: `http://${authority}/${protocol.path.replace(/^\//, '')}`,
        httpUpstreamType: { case: 'cluster', value: cluster },
        timeout: duration(timeoutMs ?? defaultHttpTimeoutMs),
      },
      requestHeadersToAdd: headers.map(([key, value]) => ({
        header: { key, value },
        appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
      })),
    },
  };
}

function customTag({ name, value }: TraceTagIr): MessageInitShape<typeof CustomTagSchema> {
  switch (value.kind) {
    case 'literal':
      return { tag: name, type: { case: 'literal', value: { value: value.text } } };
    case 'environment': {
      const { variable, otherwise = '' } = value;
      return { tag: name, type: { case: 'environment', value: { name: variable, defaultValue: otherwise } } };
    }
    case 'header': {
      const { header, otherwise = '' } = value;
      return { tag: name, type: { case: 'requestHeader', value: { name: header, defaultValue: otherwise } } };
    }
    case 'format':
      return { tag: name, type: { case: 'value', value: value.format } };
  }
}
