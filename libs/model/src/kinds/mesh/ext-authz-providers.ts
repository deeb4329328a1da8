import { z } from 'zod';
import { anyDuration } from '../istio-type/durations.ts';
import { stringMap } from '../istio-type/maps.ts';
import { uint32 } from '../istio-type/numbers.ts';
import { providerService } from './provider-service.ts';

const headers = z.array(z.string()).optional();

const requestBodySchema = z.strictObject({
  maxRequestBytes: uint32()
    .optional()
    .describe('Most bytes of the body that are held; larger ones are refused with 413, also with failOpen.'),
  allowPartialMessage: z
    .boolean()
    .optional()
    .describe('Send the beginning of larger bodies in place of refusing them. Default false.'),
  packAsBytes: z.boolean().optional().describe('gRPC only: send bytes in place of UTF-8 text. Default false.'),
});

/** Fields of both kinds of authorizers. */
const common = {
  ...providerService,
  timeout: anyDuration.optional().describe('Time for the answer; default 10m. After it failOpen decides.'),
  failOpen: z
    .boolean()
    .optional()
    .describe('Let requests through if the service cannot be reached or answers 5xx. Default false: refuse them.'),
  clearRouteCache: z
    .boolean()
    .optional()
    .describe('Choose the route again with the headers that the service has set. Default false.'),
  statusOnError: z.string().optional().describe('Status where the service cannot be reached, as text; default "403".'),
  includeRequestBodyInCheck: requestBodySchema.optional().describe('Send the body too; default: not.'),
};

/** A service that decides about requests, by HTTP (Envoy’s ext_authz). */
export const httpAuthorizerSchema = z.strictObject({
  ...common,
  pathPrefix: z.string().optional().describe('What is put before the path of the request, such as /check.'),
  includeRequestHeadersInCheck: headers.describe(
    'Headers of the request to send, besides host, method and path; exact, prefix* or *suffix.',
  ),
  includeHeadersInCheck: headers.describe('Deprecated: use includeRequestHeadersInCheck.'),
  includeAdditionalHeadersInCheck: stringMap().optional().describe('Further headers to send, with fixed values.'),
  headersToUpstreamOnAllow: headers.describe(
    'Headers of the answer that the allowed request gets; exact, prefix* or *suffix. Default: none.',
  ),
  headersToDownstreamOnDeny: headers.describe(
    'Headers of the answer that a refused caller gets; exact, prefix* or *suffix. Default: all.',
  ),
  headersToDownstreamOnAllow: headers.describe(
    'Headers of the answer that an allowed caller gets; exact, prefix* or *suffix. Default: none.',
  ),
});

/** A service that decides about requests and connections, by gRPC (Envoy’s ext_authz). */
export const grpcAuthorizerSchema = z.strictObject(common);
