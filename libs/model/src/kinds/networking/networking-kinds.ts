import {
  defineKind,
  istioNetworkingVersions,
  statusSchema,
  type KindDefinition,
  type Typed,
} from '../kind-definition.ts';
import { destinationRuleSpecSchema, type DestinationRuleSpec } from './destination-rule.ts';
import { virtualServiceSpecSchema, type VirtualServiceSpec } from './virtual-service.ts';
import { workloadEntrySpecSchema, type WorkloadEntrySpec } from './workload-entry.ts';

const group = 'networking.istio.io';
const categories = ['istio-io', 'networking-istio-io'] as const;

/** Kinds of networking.istio.io. */
export const networkingKinds: readonly KindDefinition[] = [
  defineKind({
    group,
    kind: 'VirtualService',
    plural: 'virtualservices',
    shortNames: ['vs'],
    categories,
    versions: istioNetworkingVersions,
    payload: { spec: virtualServiceSpecSchema, status: statusSchema },
    columns: [
      { name: 'Gateways', type: 'string', jsonPath: '.spec.gateways', description: 'Gateways and sidecars it is for.' },
      { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts', description: 'Hosts that are called.' },
    ],
    source: 'https://istio.io/latest/docs/reference/config/networking/virtual-service/',
  }),
  defineKind({
    group,
    kind: 'DestinationRule',
    plural: 'destinationrules',
    shortNames: ['dr'],
    categories,
    versions: istioNetworkingVersions,
    payload: { spec: destinationRuleSpecSchema, status: statusSchema },
    columns: [{ name: 'Host', type: 'string', jsonPath: '.spec.host', description: 'The service it is for.' }],
    source: 'https://istio.io/latest/docs/reference/config/networking/destination-rule/',
  }),
  defineKind({
    group,
    kind: 'WorkloadEntry',
    plural: 'workloadentries',
    shortNames: ['we'],
    categories,
    versions: istioNetworkingVersions,
    payload: { spec: workloadEntrySpecSchema, status: statusSchema },
    columns: [{ name: 'Address', type: 'string', jsonPath: '.spec.address', description: 'Address without the port.' }],
    source: 'https://istio.io/latest/docs/reference/config/networking/workload-entry/',
  }),
];

export type VirtualService = Typed<typeof group, 'VirtualService', VirtualServiceSpec>;
export type DestinationRule = Typed<typeof group, 'DestinationRule', DestinationRuleSpec>;
export type WorkloadEntry = Typed<typeof group, 'WorkloadEntry', WorkloadEntrySpec>;

/** Any object of networking.istio.io. */
export type NetworkingResource = VirtualService | DestinationRule | WorkloadEntry;
