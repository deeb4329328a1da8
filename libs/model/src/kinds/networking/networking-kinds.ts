import {
  defineKind,
  istioNetworkingVersions,
  type KindDefinition,
  type Typed,
  type TypedOptional,
} from '../kind-definition.ts';
import { istioStatusSchema } from '../istio-type/istio-status.ts';
import { destinationRuleSpecSchema, type DestinationRuleSpec } from './destination-rule.ts';
import { envoyFilterSpecSchema, type EnvoyFilterSpec } from './envoy-filter.ts';
import { gatewaySpecSchema, type GatewaySpec } from './gateway.ts';
import { proxyConfigSpecSchema, type ProxyConfigSpec } from './proxy-config.ts';
import { serviceEntrySpecSchema, type ServiceEntrySpec } from './service-entry.ts';
import { sidecarSpecSchema, type SidecarSpec } from './sidecar.ts';
import { virtualServiceSpecSchema, type VirtualServiceSpec } from './virtual-service.ts';
import { workloadEntrySpecSchema, type WorkloadEntrySpec } from './workload-entry.ts';
import { workloadGroupSpecSchema, type WorkloadGroupSpec } from './workload-group.ts';

const group = 'networking.istio.io';
const reference = 'https://istio.io/latest/docs/reference/config/networking';
const common = { group, categories: ['istio-io', 'networking-istio-io'], versions: istioNetworkingVersions } as const;

/** Kinds of networking.istio.io. */
export const networkingKinds: readonly KindDefinition[] = [
  defineKind({
    ...common,
    kind: 'VirtualService',
    plural: 'virtualservices',
    shortNames: ['vs'],
    payload: {
      spec: virtualServiceSpecSchema
        .optional()
        .describe('Where requests and connections to some hosts go, and what happens to them on the way.'),
      status: istioStatusSchema,
    },
    columns: [
      { name: 'Gateways', type: 'string', jsonPath: '.spec.gateways', description: 'Gateways and sidecars it is for.' },
      { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts', description: 'Hosts that are called.' },
    ],
    source: `${reference}/virtual-service/`,
  }),
  defineKind({
    ...common,
    kind: 'DestinationRule',
    plural: 'destinationrules',
    shortNames: ['dr'],
    payload: {
      spec: destinationRuleSpecSchema
        .optional()
        .describe(
          'How callers treat a service: its subsets, load balancing, limits and TLS. It takes effect after routing.',
        ),
      status: istioStatusSchema,
    },
    columns: [{ name: 'Host', type: 'string', jsonPath: '.spec.host', description: 'The service it is for.' }],
    source: `${reference}/destination-rule/`,
  }),
  defineKind({
    ...common,
    kind: 'Gateway',
    plural: 'gateways',
    shortNames: ['gw'],
    payload: {
      spec: gatewaySpecSchema
        .optional()
        .describe('What proxies at the edge of the mesh listen on. VirtualServices say where the traffic goes.'),
      status: istioStatusSchema,
    },
    source: `${reference}/gateway/`,
  }),
  defineKind({
    ...common,
    kind: 'ServiceEntry',
    plural: 'serviceentries',
    shortNames: ['se'],
    payload: {
      spec: serviceEntrySpecSchema.describe(
        'A service that no platform has registered, inside or outside of the mesh.',
      ),
      status: istioStatusSchema,
    },
    columns: [
      { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts', description: 'Names of the service.' },
      {
        name: 'Location',
        type: 'string',
        jsonPath: '.spec.location',
        description: 'Outside of the mesh or part of it.',
      },
      { name: 'Resolution', type: 'string', jsonPath: '.spec.resolution', description: 'How addresses are found.' },
    ],
    source: `${reference}/service-entry/`,
  }),
  defineKind({
    ...common,
    kind: 'WorkloadEntry',
    plural: 'workloadentries',
    shortNames: ['we'],
    payload: {
      spec: workloadEntrySpecSchema.describe(
        'One instance of a workload outside of the platform, such as a virtual machine. ServiceEntries select it by label.',
      ),
      status: istioStatusSchema,
    },
    columns: [{ name: 'Address', type: 'string', jsonPath: '.spec.address', description: 'Address without the port.' }],
    source: `${reference}/workload-entry/`,
  }),
  defineKind({
    ...common,
    kind: 'WorkloadGroup',
    plural: 'workloadgroups',
    shortNames: ['wg'],
    payload: {
      spec: workloadGroupSpecSchema.describe(
        'What instances that register themselves have in common; a WorkloadEntry is made for each.',
      ),
      status: istioStatusSchema,
    },
    source: `${reference}/workload-group/`,
  }),
  defineKind({
    ...common,
    kind: 'Sidecar',
    plural: 'sidecars',
    payload: {
      spec: sidecarSpecSchema
        .optional()
        .describe('Which ports the proxies of workloads take in, and which services they know.'),
      status: istioStatusSchema,
    },
    source: `${reference}/sidecar/`,
  }),
  defineKind({
    ...common,
    kind: 'ProxyConfig',
    plural: 'proxyconfigs',
    versions: ['v1beta1'],
    payload: {
      spec: proxyConfigSpecSchema
        .optional()
        .describe('What proxies start with. A change takes effect when they are started again.'),
      status: istioStatusSchema,
    },
    source: `${reference}/proxy-config/`,
  }),
  defineKind({
    ...common,
    kind: 'EnvoyFilter',
    plural: 'envoyfilters',
    versions: ['v1alpha3'],
    payload: {
      spec: envoyFilterSpecSchema
        .optional()
        .describe(
          'Changes of the configuration that Envoy gets, where nothing else will do. They may break with each version.',
        ),
      status: istioStatusSchema,
    },
    source: `${reference}/envoy-filter/`,
  }),
];

export type VirtualService = TypedOptional<typeof group, 'VirtualService', VirtualServiceSpec>;
export type DestinationRule = TypedOptional<typeof group, 'DestinationRule', DestinationRuleSpec>;
export type Gateway = TypedOptional<typeof group, 'Gateway', GatewaySpec>;
export type ServiceEntry = Typed<typeof group, 'ServiceEntry', ServiceEntrySpec>;
export type WorkloadEntry = Typed<typeof group, 'WorkloadEntry', WorkloadEntrySpec>;
export type WorkloadGroup = Typed<typeof group, 'WorkloadGroup', WorkloadGroupSpec>;
export type ProxyConfig = TypedOptional<typeof group, 'ProxyConfig', ProxyConfigSpec>;
export type EnvoyFilter = TypedOptional<typeof group, 'EnvoyFilter', EnvoyFilterSpec>;
export type Sidecar = TypedOptional<typeof group, 'Sidecar', SidecarSpec>;

/** Any object of networking.istio.io. */
export type NetworkingResource =
  | VirtualService
  | DestinationRule
  | Gateway
  | ServiceEntry
  | WorkloadEntry
  | WorkloadGroup
  | Sidecar
  | EnvoyFilter
  | ProxyConfig;
