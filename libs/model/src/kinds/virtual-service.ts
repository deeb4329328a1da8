import { z } from 'zod';
import { durationSchema } from '../duration.ts';
import { dnsLabelSchema, labelsSchema, portNumberSchema } from '../metadata.ts';
import { presenceOrStringMatchSchema, stringMatchSchema } from './string-match.ts';

const headerMap = z.record(z.string().min(1), z.string());
const headerOperations = z.strictObject({
  set: headerMap.optional(),
  add: headerMap.optional(),
  remove: z.array(z.string().min(1)).optional(),
});

/** Edits of request and response headers; set overwrites, add appends. */
export const headersSchema = z
  .strictObject({ request: headerOperations.optional(), response: headerOperations.optional() })
  .meta({ id: 'Headers' });

/** Where traffic goes: a service of the registry, one of its ports, one of its subsets. */
export const destinationSchema = z
  .strictObject({
    host: z.string().min(1),
    subset: dnsLabelSchema.optional(),
    port: z.strictObject({ number: portNumberSchema }).optional(),
  })
  .meta({ id: 'Destination' });

const percent = z.strictObject({ value: z.number().min(0).max(100) });

const httpMatchSchema = z.strictObject({
  name: z.string().optional(),
  uri: stringMatchSchema.optional(),
  ignoreUriCase: z.boolean().optional(),
  method: stringMatchSchema.optional(),
  authority: stringMatchSchema.optional(),
  headers: z.record(z.string().min(1), presenceOrStringMatchSchema).optional(),
  withoutHeaders: z.record(z.string().min(1), presenceOrStringMatchSchema).optional(),
  queryParams: z.record(z.string().min(1), presenceOrStringMatchSchema).optional(),
  port: portNumberSchema.optional(),
  sourceLabels: labelsSchema.optional(),
  sourceNamespace: dnsLabelSchema.optional(),
});

const routeDestinationSchema = z.strictObject({
  destination: destinationSchema,
  weight: z.int().min(0).optional(),
  headers: headersSchema.optional(),
});

const redirectSchema = z.strictObject({
  uri: z.string().optional(),
  authority: z.string().optional(),
  port: portNumberSchema.optional(),
  derivePort: z.enum(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']).optional(),
  scheme: z.enum(['http', 'https']).optional(),
  redirectCode: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).optional(),
});

const rewriteSchema = z.strictObject({
  uri: z.string().optional(),
  authority: z.string().optional(),
  uriRegexRewrite: z.strictObject({ match: z.string().min(1).max(1024), rewrite: z.string() }).optional(),
});

const retriesSchema = z.strictObject({
  attempts: z.int().min(0),
  perTryTimeout: durationSchema.optional(),
  retryOn: z.string().optional(),
  backoff: durationSchema.optional(),
  retryIgnorePreviousHosts: z.boolean().optional(),
});

const faultSchema = z.strictObject({
  delay: z.strictObject({ percentage: percent.optional(), fixedDelay: durationSchema }).optional(),
  abort: z.strictObject({ percentage: percent.optional(), httpStatus: z.int().min(200).max(599) }).optional(),
});

const httpRouteSchema = z.strictObject({
  name: z.string().optional(),
  match: z.array(httpMatchSchema).optional(),
  route: z.array(routeDestinationSchema).optional(),
  redirect: redirectSchema.optional(),
  rewrite: rewriteSchema.optional(),
  timeout: durationSchema.optional(),
  retries: retriesSchema.optional(),
  fault: faultSchema.optional(),
  mirror: destinationSchema.optional(),
  mirrorPercentage: percent.optional(),
  headers: headersSchema.optional(),
});

/** networking.istio.io VirtualService: HTTP routes on sidecars. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export const virtualServiceSpecSchema = z.strictObject({
  hosts: z.array(z.string().min(1)).min(1),
  gateways: z.array(z.string().min(1)).optional(),
  exportTo: z.array(z.string().min(1)).optional(),
  http: z.array(httpRouteSchema).min(1),
});

export type VirtualServiceSpec = z.infer<typeof virtualServiceSpecSchema>;
export type HttpRoute = z.infer<typeof httpRouteSchema>;
export type HttpMatch = z.infer<typeof httpMatchSchema>;
export type Destination = z.infer<typeof destinationSchema>;
export type HeaderEdits = z.infer<typeof headersSchema>;
