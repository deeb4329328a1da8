import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { hostname } from './names.ts';
import { backendReference } from './references.ts';
import { routeFields, ruleName, uniqueRuleNames } from './route-common.ts';

const streamRule = z.strictObject({
  name: ruleName,
  backendRefs: z
    .array(backendReference)
    .min(1)
    .max(16)
    .describe('Where it goes, by weight; what has no usable backend is refused.'),
});

/** One rule that sends everything on. */
const streamRules = z.array(streamRule).min(1).max(1).describe('The one rule: where it goes.');

/** The alpha versions took up to sixteen rules; the first one counts. */
const manyStreamRules = withRules(z.array(streamRule).min(1).max(16), uniqueRuleNames).describe('Where it goes.');

/** gateway.networking.k8s.io TCPRoute and UDPRoute: where connections or datagrams of a listener go. */
export const streamRouteSpecSchema = z.strictObject({ ...routeFields, rules: streamRules });

/** {@link streamRouteSpecSchema} in version v1alpha2. */
export const streamRouteV1Alpha2SpecSchema = z.strictObject({ ...routeFields, rules: manyStreamRules });

export type TCPRouteSpec = z.input<typeof streamRouteSpecSchema>;
export type UDPRouteSpec = TCPRouteSpec;

const hostPattern = '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$';

const serverNames = 'Names that clients ask for by SNI.';

/** gateway.networking.k8s.io TLSRoute: where TLS connections go, by SNI. */
export const tlsRouteSpecSchema = z.strictObject({
  ...routeFields,
  hostnames: withRules(
    z.array(hostname).min(1).max(1024),
    { message: 'Hostnames cannot contain an IP', rule: 'self.all(h, !isIP(h))' },
    {
      message: 'Hostnames must be valid based on RFC-1123',
      rule: `self.all(h, !h.contains('*') ? h.matches('${hostPattern}') : true)`,
    },
    {
      message:
        'Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123',
      rule: `self.all(h, h.contains('*') ? (h.startsWith('*.') && h.substring(2).matches('${hostPattern}')) : true)`,
    },
  ).describe(serverNames),
  rules: streamRules,
});

/** {@link tlsRouteSpecSchema} in version v1alpha2. */
export const tlsRouteV1Alpha2SpecSchema = z.strictObject({
  ...routeFields,
  hostnames: z.array(hostname).max(1024).optional().describe(`${serverNames} Default: those of the listener.`),
  rules: manyStreamRules,
});

export type TLSRouteSpec = z.input<typeof tlsRouteV1Alpha2SpecSchema>;
