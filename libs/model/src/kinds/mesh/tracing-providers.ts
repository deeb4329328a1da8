import { z } from 'zod';
import { intOrString } from '../../schema/kubernetes-schema.ts';
import { int32 } from '../../schema/structural.ts';
import { anyDuration } from '../istio-type/durations.ts';
import { stringMap } from '../istio-type/maps.ts';
import { uint32 } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import {
  grpcServiceSchema,
  httpServiceSchema,
  maxTagLength,
  providerHeaders,
  providerService,
} from './provider-service.ts';

/** Spans for Zipkin and what speaks its protocol. */
export const zipkinSchema = z.strictObject({
  ...providerService,
  maxTagLength,
  enable64bitTraceId: z.boolean().optional().describe('Trace ids of 64 bits in place of 128. Default false.'),
  path: z.string().optional().describe('Path of Zipkin’s interface; default /api/v2/spans.'),
  traceContextOption: z
    .enum(['USE_B3', 'USE_B3_WITH_W3C_PROPAGATION'])
    .optional()
    .describe('Trace headers: B3 alone (default), or B3 and W3C traceparent.'),
  timeout: anyDuration.optional().describe('Time for a request; default 5s.'),
  headers: providerHeaders.optional().describe('Headers to add, such as for credentials.'),
});

/** Spans for Lightstep; old: use opentelemetry. */
export const lightstepSchema = z.strictObject({
  ...providerService,
  accessToken: z.string().optional().describe('Token for Lightstep; readers of the object see it.'),
  maxTagLength,
});

/** Spans for a Datadog agent. */
export const datadogSchema = z.strictObject({ ...providerService, maxTagLength });

/** Spans for Apache SkyWalking. */
export const skywalkingSchema = z.strictObject({
  ...providerService,
  accessToken: z.string().optional().describe('Token for SkyWalking; readers of the object see it.'),
});

const most = intOrString().nullish();

/** Google Cloud's tracing, metrics and logs. */
export const stackdriverSchema = z.strictObject({
  debug: z.boolean().optional().describe('Deprecated: also print traces.'),
  maxNumberOfAttributes: most.describe('Deprecated: most attributes of a span; default 200.'),
  maxNumberOfAnnotations: most.describe('Deprecated: most annotations of a span; default 200.'),
  maxNumberOfMessageEvents: most.describe('Deprecated: most message events of a span; default 200.'),
  maxTagLength,
  logging: z
    .strictObject({ labels: stringMap().optional().describe('Labels of log entries to their values in CEL.') })
    .optional()
    .describe('What log entries have.'),
});

/** Which trace headers OpenCensus reads and writes. */
export const openCensusContexts = z
  .array(z.enum(['UNSPECIFIED', 'W3C_TRACE_CONTEXT', 'GRPC_BIN', 'CLOUD_TRACE_CONTEXT', 'B3']))
  .optional()
  .describe('Trace headers that are read and written; default W3C_TRACE_CONTEXT.');

/** Spans for an OpenCensus agent; old: use opentelemetry. */
export const openCensusSchema = z.strictObject({ ...providerService, context: openCensusContexts, maxTagLength });

const dynatraceSamplerSchema = z.strictObject({
  tenant: z.string().optional().describe('The customer’s tenant; required.'),
  clusterId: int32().optional().describe('The cluster’s number in Dynatrace; required.'),
  rootSpansPerMinute: uint32()
    .optional()
    .describe('Spans for each minute while Dynatrace does not say; default and 0: 1000.'),
  httpService: z
    .strictObject({
      ...providerService,
      http: httpServiceSchema.optional().describe('How it is spoken to; required.'),
    })
    .optional()
    .describe('Where to ask for the sampling; default: where spans go.'),
});

/** Spans by OpenTelemetry's protocol (OTLP). */
export const openTelemetrySchema = atMostOneOf(
  z.strictObject({
    ...providerService,
    maxTagLength,
    http: httpServiceSchema.optional().describe('Send by HTTP; default: by gRPC.'),
    grpc: grpcServiceSchema.optional().describe('Send by gRPC, with these settings.'),
    resourceDetectors: z
      .strictObject({
        environment: z.strictObject({}).optional().describe('From OTEL_RESOURCE_ATTRIBUTES.'),
        dynatrace: z.strictObject({}).optional().describe('From Dynatrace’s files.'),
      })
      .optional()
      .describe('Where attributes of the resource come from; default: nowhere.'),
    serviceAttributeEnrichment: z
      .enum(['ISTIO_CANONICAL', 'OTEL_SEMANTIC_CONVENTIONS'])
      .optional()
      .describe(
        'How service.name and the like are found: as tracingServiceName says (default), or as OpenTelemetry does.',
      ),
    dynatraceSampler: dynatraceSamplerSchema.optional().describe('Let Dynatrace say which requests are traced.'),
  }),
  ['dynatraceSampler'],
);
