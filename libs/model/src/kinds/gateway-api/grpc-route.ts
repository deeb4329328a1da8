import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { mapList } from '../../schema/structural.ts';
import { valueMatchType } from './http-route.ts';
import { headerName, hostname } from './names.ts';
import { filteredBackendReference } from './references.ts';
import { matchesInAll, routeFields, ruleName, uniqueRuleNames } from './route-common.ts';
import { grpcFilters } from './route-filters.ts';
import { sessionPersistence } from './session-persistence.ts';

const serviceName = '^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$';
const methodName = '^[A-Za-z_][A-Za-z_0-9]*$';

function exactName(field: string, characters: string) {
  return {
    message: `${field} must only contain valid characters (matching ${characters})`,
    rule: `(!has(self.type) || self.type == 'Exact') && has(self.${field}) ? self.${field}.matches(r"""${characters}"""): true`,
  };
}

const grpcMethodMatch = withRules(
  z.strictObject({
    type: valueMatchType,
    service: z.string().max(1024).optional().describe('Service with its package; default: any.'),
    method: z.string().max(1024).optional().describe('Method; default: any.'),
  }),
  {
    message: "One or both of 'service' or 'method' must be specified",
    rule: 'has(self.type) ? has(self.service) || has(self.method) : true',
  },
  exactName('service', serviceName),
  exactName('method', methodName),
);

const grpcMatch = z.strictObject({
  method: grpcMethodMatch.optional().describe('Service and method; default: any.'),
  headers: mapList(
    z
      .array(
        z.strictObject({
          type: valueMatchType,
          name: headerName.describe('Name; case does not matter.'),
          value: z.string().min(1).max(4096).describe('Value.'),
        }),
      )
      .max(16),
    'name',
  )
    .optional()
    .describe('Headers (metadata) of the call; all must match.'),
});

const grpcRule = z.strictObject({
  name: ruleName,
  matches: z
    .array(grpcMatch)
    .max(64)
    .optional()
    .describe('Calls that the rule is for: those that one of these matches; default: all.'),
  filters: grpcFilters.optional().describe('What happens to the calls.'),
  backendRefs: z
    .array(filteredBackendReference(grpcFilters))
    .max(16)
    .optional()
    .describe('Where calls go, by weight. Without one they end as UNAVAILABLE.'),
  sessionPersistence: sessionPersistence
    .optional()
    .describe('Sends all calls of a session to one backend (experimental).'),
});

/** gateway.networking.k8s.io GRPCRoute: how calls of gRPC are matched, changed and sent on. */
export const grpcRouteSpecSchema = z.strictObject({
  ...routeFields,
  hostnames: z
    .array(hostname)
    .max(16)
    .optional()
    .describe('Hosts of calls that the route is for; default: those of the listener.'),
  rules: withRules(
    z.array(grpcRule).max(16),
    matchesInAll((rule) => `(has(${rule}.matches) ? ${rule}.matches.size() : 0)`),
    uniqueRuleNames,
  )
    .optional()
    .describe('What happens to which calls; the most specific match wins.'),
});

export type GRPCRouteSpec = z.input<typeof grpcRouteSpecSchema>;
