import { z } from 'zod';
import { objectMetaSchema, type ObjectMeta } from './metadata.ts';
import { secretFields, serviceSpecSchema, type ServiceSpec } from './kinds/core.ts';
import { destinationRuleSpecSchema, type DestinationRuleSpec } from './kinds/destination-rule.ts';
import {
  authorizationPolicySpecSchema,
  peerAuthenticationSpecSchema,
  type AuthorizationPolicySpec,
  type PeerAuthenticationSpec,
} from './kinds/security.ts';
import { virtualServiceSpecSchema, type VirtualServiceSpec } from './kinds/virtual-service.ts';
import { workloadEntrySpecSchema, type WorkloadEntrySpec } from './kinds/workload-entry.ts';

/** What the platform knows of a kind: names, versions, schema. One entry makes a kind known to the API, CLI, validation and docs. */
export interface KindDefinition {
  /** API group; empty for core. */
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** Served versions, preferred first. */
  readonly versions: readonly string[];
  readonly namespaced: boolean;
  /** The whole object but apiVersion, kind and metadata. Unknown fields are refused. */
  readonly payload: Readonly<Record<string, z.ZodType>>;
  /** Values that must never leave the store: redacted in history, diffs, audit and dumps. */
  readonly secretPaths: readonly string[];
}

/** Here `kubectl apply` keeps a copy of the whole object as text: of a kind with secret values it is as secret as they are. */
export const appliedCopyAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** Accepted from clients and dropped: status is written by the control plane alone. */
const status = z.unknown().optional();

const istioNetworking = ['v1', 'v1beta1', 'v1alpha3'] as const;
const istioSecurity = ['v1', 'v1beta1'] as const;

function define(
  kind: Omit<KindDefinition, 'secretPaths' | 'singular' | 'namespaced'> & {
    namespaced?: boolean;
    secretPaths?: readonly string[];
  },
): KindDefinition {
  return { namespaced: true, secretPaths: [], ...kind, singular: kind.kind.toLowerCase() };
}

/** Every kind that Malla accepts. */
export const kinds: readonly KindDefinition[] = [
  define({
    group: '',
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    versions: ['v1'],
    namespaced: false,
    payload: { status },
  }),
  define({
    group: '',
    kind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    versions: ['v1'],
    payload: { spec: serviceSpecSchema, status },
  }),
  define({
    group: '',
    kind: 'Secret',
    plural: 'secrets',
    shortNames: [],
    versions: ['v1'],
    payload: secretFields,
    secretPaths: ['data', 'stringData'],
  }),
  define({
    group: 'networking.istio.io',
    kind: 'VirtualService',
    plural: 'virtualservices',
    shortNames: ['vs'],
    versions: istioNetworking,
    payload: { spec: virtualServiceSpecSchema, status },
  }),
  define({
    group: 'networking.istio.io',
    kind: 'DestinationRule',
    plural: 'destinationrules',
    shortNames: ['dr'],
    versions: istioNetworking,
    payload: { spec: destinationRuleSpecSchema, status },
  }),
  define({
    group: 'networking.istio.io',
    kind: 'WorkloadEntry',
    plural: 'workloadentries',
    shortNames: ['we'],
    versions: istioNetworking,
    payload: { spec: workloadEntrySpecSchema, status },
  }),
  define({
    group: 'security.istio.io',
    kind: 'PeerAuthentication',
    plural: 'peerauthentications',
    shortNames: ['pa'],
    versions: istioSecurity,
    payload: { spec: peerAuthenticationSpecSchema.optional(), status },
  }),
  define({
    group: 'security.istio.io',
    kind: 'AuthorizationPolicy',
    plural: 'authorizationpolicies',
    shortNames: ['ap'],
    versions: istioSecurity,
    payload: { spec: authorizationPolicySpecSchema.optional(), status },
  }),
];

/** The whole object's schema of a kind. */
export function objectSchema(definition: KindDefinition): z.ZodType {
  return z.strictObject({
    apiVersion: z.string(),
    kind: z.literal(definition.kind),
    metadata: objectMetaSchema,
    ...definition.payload,
  });
}

/** An object as stored: any kind. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

interface Typed<K extends string, S> {
  readonly apiVersion: string;
  readonly kind: K;
  readonly metadata: ObjectMeta;
  readonly spec: S;
}

export type Namespace = Omit<Typed<'Namespace', never>, 'spec'>;
export type Service = Typed<'Service', ServiceSpec>;
export type VirtualService = Typed<'VirtualService', VirtualServiceSpec>;
export type DestinationRule = Typed<'DestinationRule', DestinationRuleSpec>;
export type WorkloadEntry = Typed<'WorkloadEntry', WorkloadEntrySpec>;
export type PeerAuthentication = Omit<Typed<'PeerAuthentication', never>, 'spec'> & {
  readonly spec?: PeerAuthenticationSpec;
};
export type AuthorizationPolicy = Omit<Typed<'AuthorizationPolicy', never>, 'spec'> & {
  readonly spec?: AuthorizationPolicySpec;
};
export type Secret = Omit<Typed<'Secret', never>, 'spec'> & {
  readonly type?: 'Opaque' | 'kubernetes.io/tls';
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
};

/** Any object of a known kind, told apart by `kind`. */
export type KnownResource =
  | Namespace
  | Service
  | VirtualService
  | DestinationRule
  | WorkloadEntry
  | PeerAuthentication
  | AuthorizationPolicy
  | Secret;

/** Group of an apiVersion: `networking.istio.io/v1` gives `networking.istio.io`, `v1` gives the empty core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** The definition of a kind in a group, or undefined. */
export function findKind(group: string, kind: string): KindDefinition | undefined {
  return kinds.find((k) => k.group === group && k.kind === kind);
}

/** Finds a kind as a person writes it: kind, plural, singular or short name, optionally with `.group`. */
export function findKindByAnyName(word: string): KindDefinition | undefined {
  const lower = word.toLowerCase();
  return kinds.find((k) =>
    [k.plural, k.singular, ...k.shortNames].some((n) => lower === n || (k.group !== '' && lower === `${n}.${k.group}`)),
  );
}
