import { defineKind, type KindDefinition, type Typed, type TypedOptional } from '../kind-definition.ts';
import { configMapFields } from './config-map.ts';
import { endpointsFields } from './endpoints.ts';
import { namespaceSpecSchema, namespaceStatusSchema, type NamespaceSpec, type NamespaceStatus } from './namespace.ts';
import { nodeSpecSchema, nodeStatusSchema, type NodeSpec, type NodeStatus } from './node.ts';
import { podSpecSchema, podStatusSchema, type PodSpec, type PodStatus } from './pod-spec.ts';
import { secretFields } from './secret.ts';
import { serviceAccountFields } from './service-account.ts';
import { serviceSpecSchema, serviceStatusSchema, type ServiceSpec, type ServiceStatus } from './service.ts';
import type { FieldsOf } from './fields-of.ts';

const docs = 'https://kubernetes.io/docs';

/** Kinds of Kubernetes' core group. Pod and Node are typed as far as the mesh reads them; the rest of them is kept as sent. */
export const coreKinds: readonly KindDefinition[] = [
  defineKind({
    group: '',
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    versions: ['v1'],
    namespaced: false,
    payload: { spec: namespaceSpecSchema.optional(), status: namespaceStatusSchema.optional() },
    columns: [{ name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'Active or Terminating.' }],
    source: `${docs}/concepts/overview/working-with-objects/namespaces/`,
  }),
  defineKind({
    group: '',
    kind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    categories: ['all'],
    versions: ['v1'],
    payload: { spec: serviceSpecSchema, status: serviceStatusSchema.optional() },
    columns: [
      { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'How it is reached.' },
      { name: 'Cluster-IP', type: 'string', jsonPath: '.spec.clusterIP', description: 'Its virtual address.' },
      { name: 'Port(s)', type: 'string', jsonPath: '.spec.ports[*].port', description: 'Ports that clients call.' },
    ],
    source: `${docs}/concepts/services-networking/service/`,
  }),
  defineKind({
    group: '',
    kind: 'Endpoints',
    plural: 'endpoints',
    shortNames: ['ep'],
    versions: ['v1'],
    payload: endpointsFields,
    columns: [
      {
        name: 'Endpoints',
        type: 'string',
        jsonPath: '.subsets[*].addresses[*].ip',
        description: 'Addresses that are ready.',
      },
    ],
    source: `${docs}/concepts/services-networking/service/#endpoints`,
  }),
  defineKind({
    group: '',
    kind: 'Secret',
    plural: 'secrets',
    versions: ['v1'],
    payload: secretFields,
    secretPaths: ['data', 'stringData'],
    columns: [{ name: 'Type', type: 'string', jsonPath: '.type', description: 'What its entries mean.' }],
    source: `${docs}/concepts/configuration/secret/`,
  }),
  defineKind({
    group: '',
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    versions: ['v1'],
    payload: configMapFields,
    source: `${docs}/concepts/configuration/configmap/`,
  }),
  defineKind({
    group: '',
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    versions: ['v1'],
    payload: serviceAccountFields,
    source: `${docs}/concepts/security/service-accounts/`,
  }),
  defineKind({
    group: '',
    kind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    categories: ['all'],
    versions: ['v1'],
    payload: { spec: podSpecSchema, status: podStatusSchema.optional() },
    columns: [
      { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'Where it is in its life.' },
      { name: 'IP', type: 'string', jsonPath: '.status.podIP', priority: 1, description: 'Its address.' },
      { name: 'Node', type: 'string', jsonPath: '.spec.nodeName', priority: 1, description: 'Where it runs.' },
    ],
    source: `${docs}/concepts/workloads/pods/`,
  }),
  defineKind({
    group: '',
    kind: 'Node',
    plural: 'nodes',
    shortNames: ['no'],
    versions: ['v1'],
    namespaced: false,
    payload: { spec: nodeSpecSchema.optional(), status: nodeStatusSchema.optional() },
    columns: [
      {
        name: 'Ready',
        type: 'string',
        jsonPath: '.status.conditions[?(@.type=="Ready")].status',
        description: 'Whether it takes pods.',
      },
    ],
    source: `${docs}/concepts/architecture/nodes/`,
  }),
];

export type Namespace = TypedOptional<'', 'Namespace', NamespaceSpec> & { readonly status?: NamespaceStatus };
export type Service = Typed<'', 'Service', ServiceSpec> & { readonly status?: ServiceStatus };
export type Endpoints = FieldsOf<'', 'Endpoints', typeof endpointsFields>;
export type Secret = FieldsOf<'', 'Secret', typeof secretFields>;
export type ConfigMap = FieldsOf<'', 'ConfigMap', typeof configMapFields>;
export type ServiceAccount = FieldsOf<'', 'ServiceAccount', typeof serviceAccountFields>;
export type Pod = Typed<'', 'Pod', PodSpec> & { readonly status?: PodStatus };
export type Node = TypedOptional<'', 'Node', NodeSpec> & { readonly status?: NodeStatus };

/** Any object of a core kind. */
export type CoreResource = Namespace | Service | Endpoints | Secret | ConfigMap | ServiceAccount | Pod | Node;
