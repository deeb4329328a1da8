import { z } from 'zod';
import { anyObject } from '../../schema/kubernetes-schema.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { providerService } from './provider-service.ts';

const names = z.array(z.string()).optional();
const text = z.string().optional().describe('A line of text with Envoy’s operators, such as %RESPONSE_CODE%.');
const labels = anyObject().optional();

const logName = (fallback: string) => z.string().optional().describe(`Name of the log; default ${fallback}.`);
const filterState = names.describe('Objects of the filter state to log, by name.');

/** Log entries for a file of the proxy. */
export const fileLogSchema = z.strictObject({
  path: z.string().optional().describe('File to write to; default /dev/stdout.'),
  logFormat: atMostOneOf(
    z.strictObject({
      text,
      labels: labels.describe('JSON with Envoy’s operators as values; {}: the usual fields.'),
    }),
    ['text', 'labels'],
  )
    .optional()
    .describe('What an entry looks like; default: Istio’s line of text.'),
  omitEmptyValues: z
    .boolean()
    .optional()
    .describe('Leave out what has no value, in place of "-" or null. Default false.'),
});

/** Log entries of requests for an access log service, by gRPC. */
export const httpLogServiceSchema = z.strictObject({
  ...providerService,
  logName: logName('http_envoy_accesslog'),
  filterStateObjectsToLog: filterState,
  additionalRequestHeadersToLog: names.describe('Further request headers to log.'),
  additionalResponseHeadersToLog: names.describe('Further response headers to log.'),
  additionalResponseTrailersToLog: names.describe('Further response trailers to log.'),
});

/** Log entries of connections for an access log service, by gRPC. */
export const tcpLogServiceSchema = z.strictObject({
  ...providerService,
  logName: logName('tcp_envoy_accesslog'),
  filterStateObjectsToLog: filterState,
});

/** Log entries by OpenTelemetry's protocol (OTLP). */
export const openTelemetryLogSchema = z.strictObject({
  ...providerService,
  logName: logName('otel_envoy_accesslog'),
  logFormat: z
    .strictObject({ text, labels: labels.describe('Attributes of the entry, with Envoy’s operators as values.') })
    .optional()
    .describe('What an entry looks like; default: Istio’s line of text.'),
});
