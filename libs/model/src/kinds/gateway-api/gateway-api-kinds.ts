import { defineKind, type KindDefinition, type PrinterColumn, type Typed } from '../kind-definition.ts';
import { backendTlsPolicySpecSchema, type BackendTLSPolicySpec } from './backend-tls-policy.ts';
import { policyStatusSchema, routeStatusSchema, type PolicyStatus, type RouteStatus } from './conditions.ts';
import {
  gatewayClassSpecSchema,
  gatewayClassStatusSchema,
  type GatewayClassSpec,
  type GatewayClassStatus,
} from './gateway-class.ts';
import {
  kubernetesGatewaySpecSchema,
  kubernetesGatewayStatusSchema,
  type KubernetesGatewaySpec,
  type KubernetesGatewayStatus,
} from './gateway.ts';
import { grpcRouteSpecSchema, type GRPCRouteSpec } from './grpc-route.ts';
import { httpRouteSpecSchema, type HTTPRouteSpec } from './http-route.ts';
import {
  listenerSetSpecSchema,
  listenerSetStatusSchema,
  type ListenerSetSpec,
  type ListenerSetStatus,
} from './listener-set.ts';
import { referenceGrantSpecSchema, type ReferenceGrantSpec } from './reference-grant.ts';
import {
  streamRouteSpecSchema,
  streamRouteV1Alpha2SpecSchema,
  tlsRouteSpecSchema,
  tlsRouteV1Alpha2SpecSchema,
  type TCPRouteSpec,
  type TLSRouteSpec,
  type UDPRouteSpec,
} from './stream-routes.ts';

const group = 'gateway.networking.k8s.io';
const categories = ['gateway-api'] as const;
const pages = 'https://gateway-api.sigs.k8s.io/api-types';

const hostnames: PrinterColumn = {
  name: 'Hostnames',
  type: 'string',
  jsonPath: '.spec.hostnames',
  description: 'Hosts that it is for.',
};

function condition(type: string): PrinterColumn {
  return {
    name: type,
    type: 'string',
    jsonPath: `.status.conditions[?(@.type=="${type}")].status`,
    description: `Condition ${type}.`,
  };
}

const routeStatus = routeStatusSchema.optional();

/** Kinds of Gateway API 1.7, with the fields of its experimental channel. */
export const gatewayApiKinds: readonly KindDefinition[] = [
  defineKind({
    group,
    kind: 'GatewayClass',
    plural: 'gatewayclasses',
    shortNames: ['gc'],
    categories,
    versions: ['v1', 'v1beta1'],
    namespaced: false,
    payload: { spec: gatewayClassSpecSchema, status: gatewayClassStatusSchema },
    columns: [
      { name: 'Controller', type: 'string', jsonPath: '.spec.controllerName', description: 'Who takes care of it.' },
      condition('Accepted'),
      { name: 'Description', type: 'string', jsonPath: '.spec.description', priority: 1, description: 'For people.' },
    ],
    source: `${pages}/gatewayclass/`,
  }),
  defineKind({
    group,
    kind: 'Gateway',
    plural: 'gateways',
    shortNames: ['gtw'],
    categories,
    versions: ['v1', 'v1beta1'],
    payload: { spec: kubernetesGatewaySpecSchema, status: kubernetesGatewayStatusSchema },
    columns: [
      { name: 'Class', type: 'string', jsonPath: '.spec.gatewayClassName', description: 'Its GatewayClass.' },
      { name: 'Address', type: 'string', jsonPath: '.status.addresses[*].value', description: 'Where it is reached.' },
      condition('Programmed'),
    ],
    source: `${pages}/gateway/`,
  }),
  defineKind({
    group,
    kind: 'HTTPRoute',
    plural: 'httproutes',
    categories,
    versions: ['v1', 'v1beta1'],
    payload: { spec: httpRouteSpecSchema, status: routeStatus },
    columns: [hostnames],
    source: `${pages}/httproute/`,
  }),
  defineKind({
    group,
    kind: 'GRPCRoute',
    plural: 'grpcroutes',
    categories,
    versions: ['v1'],
    payload: { spec: grpcRouteSpecSchema, status: routeStatus },
    columns: [hostnames],
    source: `${pages}/grpcroute/`,
  }),
  defineKind({
    group,
    kind: 'TLSRoute',
    plural: 'tlsroutes',
    categories,
    versions: ['v1', 'v1alpha3', 'v1alpha2'],
    deprecatedVersions: ['v1alpha3', 'v1alpha2'],
    payload: { spec: tlsRouteSpecSchema, status: routeStatus },
    payloadOf: { v1alpha2: { spec: tlsRouteV1Alpha2SpecSchema, status: routeStatus } },
    source: `${pages}/tlsroute/`,
  }),
  defineKind({
    group,
    kind: 'TCPRoute',
    plural: 'tcproutes',
    categories,
    versions: ['v1', 'v1alpha2'],
    deprecatedVersions: ['v1alpha2'],
    payload: { spec: streamRouteSpecSchema, status: routeStatus },
    payloadOf: { v1alpha2: { spec: streamRouteV1Alpha2SpecSchema, status: routeStatus } },
    source: 'https://gateway-api.sigs.k8s.io/guides/tcp/',
  }),
  defineKind({
    group,
    kind: 'UDPRoute',
    plural: 'udproutes',
    categories,
    versions: ['v1', 'v1alpha2'],
    deprecatedVersions: ['v1alpha2'],
    payload: { spec: streamRouteSpecSchema, status: routeStatus },
    payloadOf: { v1alpha2: { spec: streamRouteV1Alpha2SpecSchema, status: routeStatus } },
    source: 'https://gateway-api.sigs.k8s.io/reference/spec/#udproute',
  }),
  defineKind({
    group,
    kind: 'ListenerSet',
    plural: 'listenersets',
    shortNames: ['lset'],
    categories,
    versions: ['v1'],
    payload: { spec: listenerSetSpecSchema, status: listenerSetStatusSchema },
    columns: [condition('Accepted'), condition('Programmed')],
    source: `${pages}/listenerset/`,
  }),
  defineKind({
    group,
    kind: 'ReferenceGrant',
    plural: 'referencegrants',
    shortNames: ['refgrant'],
    categories,
    versions: ['v1', 'v1beta1'],
    storageVersion: 'v1beta1',
    payload: { spec: referenceGrantSpecSchema },
    source: `${pages}/referencegrant/`,
  }),
  defineKind({
    group,
    kind: 'BackendTLSPolicy',
    plural: 'backendtlspolicies',
    shortNames: ['btlspolicy'],
    categories,
    versions: ['v1', 'v1alpha3'],
    deprecatedVersions: ['v1alpha3'],
    payload: { spec: backendTlsPolicySpecSchema, status: policyStatusSchema.optional() },
    source: `${pages}/backendtlspolicy/`,
  }),
];

type WithStatus<K extends string, Spec, Status> = Typed<typeof group, K, Spec> & { readonly status?: Status };

export type GatewayClass = WithStatus<'GatewayClass', GatewayClassSpec, GatewayClassStatus>;
/** Gateway API's Gateway; Istio's is `Gateway`. */
export type KubernetesGateway = WithStatus<'Gateway', KubernetesGatewaySpec, KubernetesGatewayStatus>;
export type HTTPRoute = WithStatus<'HTTPRoute', HTTPRouteSpec, RouteStatus>;
export type GRPCRoute = WithStatus<'GRPCRoute', GRPCRouteSpec, RouteStatus>;
export type TLSRoute = WithStatus<'TLSRoute', TLSRouteSpec, RouteStatus>;
export type TCPRoute = WithStatus<'TCPRoute', TCPRouteSpec, RouteStatus>;
export type UDPRoute = WithStatus<'UDPRoute', UDPRouteSpec, RouteStatus>;
export type ListenerSet = WithStatus<'ListenerSet', ListenerSetSpec, ListenerSetStatus>;
export type ReferenceGrant = Typed<typeof group, 'ReferenceGrant', ReferenceGrantSpec>;
export type BackendTLSPolicy = WithStatus<'BackendTLSPolicy', BackendTLSPolicySpec, PolicyStatus>;

/** Any object of gateway.networking.k8s.io. */
export type GatewayApiResource =
  | GatewayClass
  | KubernetesGateway
  | HTTPRoute
  | GRPCRoute
  | TLSRoute
  | TCPRoute
  | UDPRoute
  | ListenerSet
  | ReferenceGrant
  | BackendTLSPolicy;
