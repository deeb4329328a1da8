import { z } from 'zod';
import { accessKinds, type AccessResource } from './kinds/core/access-kinds.ts';
import { coreKinds, type CoreResource } from './kinds/core/core-kinds.ts';
import { extensionsKinds, type ExtensionsResource } from './kinds/extensions/extensions-kinds.ts';
import { eventKinds, type EventResource } from './kinds/core/event-kinds.ts';
import { gatewayApiKinds, type GatewayApiResource } from './kinds/gateway-api/gateway-api-kinds.ts';
import { platformKinds, type PlatformResource } from './kinds/core/platform-kinds.ts';
import type { KindDefinition } from './kinds/kind-definition.ts';
import { meshKinds, type MeshResource } from './kinds/mesh/mesh-kinds.ts';
import { networkingKinds, type NetworkingResource } from './kinds/networking/networking-kinds.ts';
import { policyKinds, type PolicyResource } from './kinds/policy/policy-kinds.ts';
import { securityKinds, type SecurityResource } from './kinds/security/security-kinds.ts';
import { telemetryKinds, type TelemetryResource } from './kinds/telemetry/telemetry-kinds.ts';
import { objectMetaSchema, rbacMetaSchema, type ObjectMeta } from './metadata.ts';

/** Here `kubectl apply` keeps a copy of the whole object as text: of a kind with secret values it is as secret as they are. */
export const appliedCopyAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** Every kind that Malla accepts. */
export const kinds: readonly KindDefinition[] = [
  ...coreKinds,
  ...networkingKinds,
  ...securityKinds,
  ...telemetryKinds,
  ...extensionsKinds,
  ...meshKinds,
  ...policyKinds,
  ...gatewayApiKinds,
  ...platformKinds,
  ...accessKinds,
  ...eventKinds,
];

/** The whole object's schema of a kind, in one of its versions; default: the stored one. */
export function objectSchema(definition: KindDefinition, version: string = definition.storageVersion): z.ZodType {
  return z.strictObject({
    apiVersion: z.string(),
    kind: z.literal(definition.kind),
    metadata: definition.group === 'rbac.authorization.k8s.io' ? rbacMetaSchema : objectMetaSchema,
    ...(definition.payloadOf[version] ?? definition.payload),
  });
}

/** An object as stored: any kind. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** Any object of a known kind, told apart by `kind`, and by the group of `apiVersion` where two kinds share a name. */
export type KnownResource =
  | CoreResource
  | NetworkingResource
  | SecurityResource
  | TelemetryResource
  | ExtensionsResource
  | MeshResource
  | PolicyResource
  | GatewayApiResource
  | PlatformResource
  | AccessResource
  | EventResource;

/** Group of an apiVersion: `networking.istio.io/v1` gives `networking.istio.io`, `v1` gives the empty core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** Version of an apiVersion: `networking.istio.io/v1` and `v1` give `v1`. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

/** What to say to who writes an object in a deprecated version, in Kubernetes' words; undefined for other versions. */
export function deprecationWarning(apiVersion: string, kind: string): string | undefined {
  const group = groupOf(apiVersion);
  const definition = findKind(group, kind);
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  if (definition === undefined || !definition.deprecatedVersions.includes(version)) return undefined;
  return `${apiVersion} ${kind} is deprecated; use ${group}/${definition.storageVersion} ${kind}`;
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
