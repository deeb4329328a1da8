import { z } from 'zod';
import { stringMap } from '../istio-type/maps.ts';
import { uint32 } from '../istio-type/numbers.ts';
import { stringMatchSchema } from './string-match.ts';

const matchesByName = z.record(z.string(), stringMatchSchema);

/** Conditions of an HTTP rule: all of them must hold. */
export const httpMatchSchema = z.strictObject({
  name: z.string().optional().describe('Name of the match, for access logs (rule.match).'),
  uri: stringMatchSchema.optional().describe('The path, without the query.'),
  ignoreUriCase: z
    .boolean()
    .optional()
    .describe('Compare uri without regard to case; for exact and prefix only. Default false.'),
  scheme: stringMatchSchema.optional().describe('The scheme of the request, http or https.'),
  method: stringMatchSchema.optional().describe('The HTTP method, in capitals.'),
  authority: stringMatchSchema.optional().describe('The Host header, or :authority of HTTP/2.'),
  headers: matchesByName.optional().describe('By name of the header, in small letters; {} asks only that it is there.'),
  withoutHeaders: matchesByName
    .optional()
    .describe('By name of the header; these must not hold. {} asks that it is absent.'),
  queryParams: matchesByName.optional().describe('By name of the query parameter; {} asks only that it is there.'),
  port: uint32().optional().describe('Port that was called; not needed where the host has only one.'),
  sourceLabels: stringMap()
    .optional()
    .describe('Labels of the calling workload; chooses the proxies that get the rule. Not for gateways.'),
  sourceNamespace: z
    .string()
    .optional()
    .describe('Namespace of the calling workload; chooses the proxies that get the rule. Not for gateways.'),
  gateways: z
    .array(z.string())
    .optional()
    .describe('Gateways that the rule is for, in place of those of the whole VirtualService; mesh means sidecars.'),
  statPrefix: z.string().optional().describe('Prefix of Envoy’s metrics of this route: route.PREFIX.'),
});

export type HttpMatch = z.infer<typeof httpMatchSchema>;
