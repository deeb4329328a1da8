import { z } from 'zod';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { grpcAuthorizerSchema, httpAuthorizerSchema } from './ext-authz-providers.ts';
import {
  fileLogSchema,
  httpLogServiceSchema,
  openTelemetryLogSchema,
  tcpLogServiceSchema,
} from './logging-providers.ts';
import { providerService } from './provider-service.ts';
import {
  datadogSchema,
  lightstepSchema,
  openCensusSchema,
  openTelemetrySchema,
  skywalkingSchema,
  stackdriverSchema,
  zipkinSchema,
} from './tracing-providers.ts';

/** A service or a way to do something that policies name: authorization, traces, metrics, logs, secrets. */
export const extensionProviderSchema = atMostOneOf(
  z.strictObject({
    name: z.string().optional().describe('Name that policies use, unique; required.'),
    envoyExtAuthzHttp: httpAuthorizerSchema.optional().describe('Decides about requests, by HTTP.'),
    envoyExtAuthzGrpc: grpcAuthorizerSchema.optional().describe('Decides about requests and connections, by gRPC.'),
    zipkin: zipkinSchema.optional().describe('Gets spans as Zipkin does.'),
    lightstep: lightstepSchema.optional().describe('Gets spans as Lightstep does; deprecated: use opentelemetry.'),
    datadog: datadogSchema.optional().describe('Gets spans as Datadog’s agent does.'),
    stackdriver: stackdriverSchema.optional().describe('Google Cloud’s traces, metrics and logs; deprecated.'),
    opencensus: openCensusSchema
      .optional()
      .describe('Gets spans as an OpenCensus agent does; deprecated: use opentelemetry.'),
    skywalking: skywalkingSchema.optional().describe('Gets spans as Apache SkyWalking does.'),
    opentelemetry: openTelemetrySchema.optional().describe('Gets spans by OpenTelemetry’s protocol.'),
    prometheus: z.strictObject({}).optional().describe('Metrics that Prometheus fetches.'),
    envoyFileAccessLog: fileLogSchema.optional().describe('Log entries in a file of the proxy, or its output.'),
    envoyHttpAls: httpLogServiceSchema.optional().describe('Gets log entries of requests, by gRPC.'),
    envoyTcpAls: tcpLogServiceSchema.optional().describe('Gets log entries of connections, by gRPC.'),
    envoyOtelAls: openTelemetryLogSchema.optional().describe('Gets log entries by OpenTelemetry’s protocol.'),
    sds: z
      .strictObject({
        name: z.string().optional().describe('Name that gateways use, as sds://NAME; required.'),
        ...providerService,
      })
      .optional()
      .describe('Gives certificates and keys to gateways.'),
  }),
  [
    'envoyExtAuthzHttp',
    'envoyExtAuthzGrpc',
    'zipkin',
    'lightstep',
    'datadog',
    'stackdriver',
    'opencensus',
    'skywalking',
    'opentelemetry',
    'prometheus',
    'envoyFileAccessLog',
    'envoyHttpAls',
    'envoyTcpAls',
    'envoyOtelAls',
    'sds',
  ],
).meta({ id: 'ExtensionProvider' });

export type ExtensionProvider = z.infer<typeof extensionProviderSchema>;
