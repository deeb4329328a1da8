import {
  defineKind,
  type KindDefinition,
  type PrinterColumn,
  type Typed,
  type TypedOptional,
} from '../kind-definition.ts';
import {
  customResourceDefinitionSpecSchema,
  customResourceDefinitionStatusSchema,
  type CustomResourceDefinitionSpec,
  type CustomResourceDefinitionStatus,
} from './custom-resource-definition.ts';
import { endpointSliceFields } from './endpoints.ts';
import type { FieldsOf } from './fields-of.ts';
import {
  ingressClassSpecSchema,
  ingressSpecSchema,
  ingressStatusSchema,
  type IngressClassSpec,
  type IngressSpec,
  type IngressStatus,
} from './ingress.ts';
import { mutatingWebhookFields, validatingWebhookFields } from './webhook-configuration.ts';
import {
  cronJobSpecSchema,
  daemonSetSpecSchema,
  deploymentSpecSchema,
  jobSpecSchema,
  replicaSetSpecSchema,
  statefulSetSpecSchema,
  cronJobStatusSchema,
  daemonSetStatusSchema,
  jobStatusSchema,
  replicasStatusSchema,
  updatedReplicasStatusSchema,
  type CronJobSpec,
  type DaemonSetSpec,
  type DeploymentSpec,
  type JobSpec,
  type ReplicaSetSpec,
  type StatefulSetSpec,
  type CronJobStatus,
  type DaemonSetStatus,
  type JobStatus,
  type ReplicasStatus,
} from './workloads.ts';

const docs = 'https://kubernetes.io/docs';
const workload = { categories: ['all'], versions: ['v1'] } as const;

function count(name: string, jsonPath: string, description: string): PrinterColumn {
  return { name, type: 'integer', jsonPath, description };
}

const desired = count('Desired', '.spec.replicas', 'How many pods are wanted.');
const current = count('Current', '.status.replicas', 'How many pods there are.');
const ready = count('Ready', '.status.readyReplicas', 'How many pods are ready.');
const available = count('Available', '.status.availableReplicas', 'How many pods are ready for long enough.');

/** Kinds of Kubernetes' other groups that analysis and sidecar injection read; the rest of the large ones is kept as sent. */
export const platformKinds: readonly KindDefinition[] = [
  defineKind({
    group: 'apps',
    kind: 'Deployment',
    plural: 'deployments',
    shortNames: ['deploy'],
    ...workload,
    payload: { spec: deploymentSpecSchema, status: updatedReplicasStatusSchema.optional() },
    columns: [ready, count('Up-to-date', '.status.updatedReplicas', 'Pods of the newest template.'), available],
    source: `${docs}/concepts/workloads/controllers/deployment/`,
  }),
  defineKind({
    group: 'apps',
    kind: 'ReplicaSet',
    plural: 'replicasets',
    shortNames: ['rs'],
    ...workload,
    payload: { spec: replicaSetSpecSchema, status: replicasStatusSchema.optional() },
    columns: [desired, current, ready],
    source: `${docs}/concepts/workloads/controllers/replicaset/`,
  }),
  defineKind({
    group: 'apps',
    kind: 'StatefulSet',
    plural: 'statefulsets',
    shortNames: ['sts'],
    ...workload,
    payload: { spec: statefulSetSpecSchema, status: updatedReplicasStatusSchema.optional() },
    columns: [ready],
    source: `${docs}/concepts/workloads/controllers/statefulset/`,
  }),
  defineKind({
    group: 'apps',
    kind: 'DaemonSet',
    plural: 'daemonsets',
    shortNames: ['ds'],
    ...workload,
    payload: { spec: daemonSetSpecSchema, status: daemonSetStatusSchema.optional() },
    columns: [
      count('Desired', '.status.desiredNumberScheduled', 'How many nodes should have a pod.'),
      count('Ready', '.status.numberReady', 'How many pods are ready.'),
    ],
    source: `${docs}/concepts/workloads/controllers/daemonset/`,
  }),
  defineKind({
    group: 'batch',
    kind: 'Job',
    plural: 'jobs',
    ...workload,
    payload: { spec: jobSpecSchema, status: jobStatusSchema.optional() },
    columns: [count('Completions', '.status.succeeded', 'How many pods ended well.')],
    source: `${docs}/concepts/workloads/controllers/job/`,
  }),
  defineKind({
    group: 'batch',
    kind: 'CronJob',
    plural: 'cronjobs',
    shortNames: ['cj'],
    ...workload,
    payload: { spec: cronJobSpecSchema, status: cronJobStatusSchema.optional() },
    columns: [{ name: 'Schedule', type: 'string', jsonPath: '.spec.schedule', description: 'When it runs.' }],
    source: `${docs}/concepts/workloads/controllers/cron-jobs/`,
  }),
  defineKind({
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    versions: ['v1'],
    payload: endpointSliceFields,
    columns: [
      { name: 'AddressType', type: 'string', jsonPath: '.addressType', description: 'What its addresses are.' },
      { name: 'Ports', type: 'string', jsonPath: '.ports[*].port', description: 'Ports of its endpoints.' },
      { name: 'Endpoints', type: 'string', jsonPath: '.endpoints[*].addresses[*]', description: 'Its addresses.' },
    ],
    source: `${docs}/concepts/services-networking/endpoint-slices/`,
  }),
  defineKind({
    group: 'networking.k8s.io',
    kind: 'Ingress',
    plural: 'ingresses',
    shortNames: ['ing'],
    versions: ['v1'],
    payload: { spec: ingressSpecSchema.optional(), status: ingressStatusSchema.optional() },
    columns: [
      { name: 'Class', type: 'string', jsonPath: '.spec.ingressClassName', description: 'Its IngressClass.' },
      { name: 'Hosts', type: 'string', jsonPath: '.spec.rules[*].host', description: 'Hosts that it is for.' },
    ],
    source: `${docs}/concepts/services-networking/ingress/`,
  }),
  defineKind({
    group: 'networking.k8s.io',
    kind: 'IngressClass',
    plural: 'ingressclasses',
    versions: ['v1'],
    namespaced: false,
    payload: { spec: ingressClassSpecSchema },
    columns: [
      { name: 'Controller', type: 'string', jsonPath: '.spec.controller', description: 'Who takes care of it.' },
    ],
    source: `${docs}/concepts/services-networking/ingress/#ingress-class`,
  }),
  defineKind({
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingWebhookConfiguration',
    plural: 'mutatingwebhookconfigurations',
    versions: ['v1'],
    namespaced: false,
    payload: mutatingWebhookFields,
    source: `${docs}/reference/access-authn-authz/extensible-admission-controllers/`,
  }),
  defineKind({
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingWebhookConfiguration',
    plural: 'validatingwebhookconfigurations',
    versions: ['v1'],
    namespaced: false,
    payload: validatingWebhookFields,
    source: `${docs}/reference/access-authn-authz/extensible-admission-controllers/`,
  }),
  defineKind({
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    versions: ['v1'],
    namespaced: false,
    payload: {
      spec: customResourceDefinitionSpecSchema,
      status: customResourceDefinitionStatusSchema.optional(),
    },
    source: `${docs}/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/`,
  }),
];

type Workload<G extends string, K extends string, Spec, Status> = Typed<G, K, Spec> & { readonly status?: Status };

export type Deployment = Workload<'apps', 'Deployment', DeploymentSpec, ReplicasStatus>;
export type ReplicaSet = Workload<'apps', 'ReplicaSet', ReplicaSetSpec, ReplicasStatus>;
export type StatefulSet = Workload<'apps', 'StatefulSet', StatefulSetSpec, ReplicasStatus>;
export type DaemonSet = Workload<'apps', 'DaemonSet', DaemonSetSpec, DaemonSetStatus>;
export type Job = Workload<'batch', 'Job', JobSpec, JobStatus>;
export type CronJob = Workload<'batch', 'CronJob', CronJobSpec, CronJobStatus>;
export type EndpointSlice = FieldsOf<'discovery.k8s.io', 'EndpointSlice', typeof endpointSliceFields>;
export type Ingress = TypedOptional<'networking.k8s.io', 'Ingress', IngressSpec> & { readonly status?: IngressStatus };
export type IngressClass = Typed<'networking.k8s.io', 'IngressClass', IngressClassSpec>;
export type MutatingWebhookConfiguration = FieldsOf<
  'admissionregistration.k8s.io',
  'MutatingWebhookConfiguration',
  typeof mutatingWebhookFields
>;
export type ValidatingWebhookConfiguration = FieldsOf<
  'admissionregistration.k8s.io',
  'ValidatingWebhookConfiguration',
  typeof validatingWebhookFields
>;
export type CustomResourceDefinition = Typed<
  'apiextensions.k8s.io',
  'CustomResourceDefinition',
  CustomResourceDefinitionSpec
> & { readonly status?: CustomResourceDefinitionStatus };

/** Any object of these groups. */
export type PlatformResource =
  | Deployment
  | ReplicaSet
  | StatefulSet
  | DaemonSet
  | Job
  | CronJob
  | EndpointSlice
  | Ingress
  | IngressClass
  | MutatingWebhookConfiguration
  | ValidatingWebhookConfiguration
  | CustomResourceDefinition;
