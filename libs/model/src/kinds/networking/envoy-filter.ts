import { z } from 'zod';
import { anyObject, withRules } from '../../schema/kubernetes-schema.ts';
import { int32 } from '../../schema/structural.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { policyTargets } from '../istio-type/policy-target.ts';
import { networkingSelectorSchema } from '../istio-type/workload-selector.ts';
import {
  clusterMatchSchema,
  listenerMatchSchema,
  proxyMatchSchema,
  routeConfigurationMatchSchema,
  waypointMatchSchema,
} from './envoy-filter-match.ts';

const matchFields = z.strictObject({
  context: z
    .enum(['ANY', 'SIDECAR_INBOUND', 'SIDECAR_OUTBOUND', 'GATEWAY', 'WAYPOINT'])
    .optional()
    .describe('Which proxies and which of their traffic; default ANY: sidecars and gateways.'),
  proxy: proxyMatchSchema.optional().describe('Proxies by what they say of themselves; default: all.'),
  listener: listenerMatchSchema.optional().describe('A listener, filter chain or filter.'),
  routeConfiguration: routeConfigurationMatchSchema.optional().describe('A route configuration, host or route.'),
  cluster: clusterMatchSchema.optional().describe('A cluster.'),
  waypoint: waypointMatchSchema.optional().describe('What a waypoint has; with context WAYPOINT only.'),
});

const matchSchema = withRules(atMostOneOf(matchFields, ['listener', 'routeConfiguration', 'cluster', 'waypoint']), {
  rule: 'has(self.context) ? ((self.context == "WAYPOINT") ? has(self.waypoint) : !has(self.waypoint)) : !has(self.waypoint)',
  message: 'only support waypointMatch when context is WAYPOINT',
});

const patchSchema = z.strictObject({
  operation: z
    .enum([
      'INVALID',
      'MERGE',
      'ADD',
      'REMOVE',
      'INSERT_BEFORE',
      'INSERT_AFTER',
      'INSERT_FIRST',
      'REPLACE',
      'MERGE_AND_REPLACE_LIST',
    ])
    .optional()
    .describe(
      'What is done. MERGE: fields are merged, lists grow; MERGE_AND_REPLACE_LIST: lists are replaced. REPLACE: filters only. INSERT_: before, after or in front of what matched.',
    ),
  value: anyObject().optional().describe('The part of Envoy’s configuration, as JSON of its protobuf message.'),
  filterClass: z
    .enum(['UNSPECIFIED', 'AUTHN', 'AUTHZ', 'STATS'])
    .optional()
    .describe('With ADD, where a filter goes: after authentication, after authorization, before metrics, or anywhere.'),
});

const configPatchSchema = z.strictObject({
  applyTo: z
    .enum([
      'INVALID',
      'LISTENER',
      'FILTER_CHAIN',
      'NETWORK_FILTER',
      'HTTP_FILTER',
      'ROUTE_CONFIGURATION',
      'VIRTUAL_HOST',
      'HTTP_ROUTE',
      'CLUSTER',
      'EXTENSION_CONFIG',
      'BOOTSTRAP',
      'LISTENER_FILTER',
    ])
    .optional()
    .describe('What is changed; required. BOOTSTRAP is deprecated.'),
  match: matchSchema.optional().describe('Which of them; default: all.'),
  patch: patchSchema.optional().describe('The change; required.'),
});

/** networking.istio.io EnvoyFilter: changes of the configuration that Envoy gets. Source: https://istio.io/latest/docs/reference/config/networking/envoy-filter/ */
export const envoyFilterSpecSchema = withRules(
  z.strictObject({
    workloadSelector: networkingSelectorSchema
      .optional()
      .describe('Workloads it is for; without one: all of the namespace, or of the mesh in the root namespace.'),
    targetRefs: policyTargets.targetRefs,
    configPatches: z.array(configPatchSchema).optional().describe('Changes, made in this order.'),
    priority: int32()
      .optional()
      .describe('Order among EnvoyFilters, lowest first; default 0. Those of the root namespace come before others.'),
  }),
  {
    rule: '(has(self.workloadSelector) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1',
    message: 'only one of targetRefs or workloadSelector can be set',
  },
);

export type EnvoyFilterSpec = z.infer<typeof envoyFilterSpecSchema>;
