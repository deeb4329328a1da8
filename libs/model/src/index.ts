// Errors
export { MallaError, type ErrorCode, type MallaErrorOptions } from './malla-error.ts';
// Registry of kinds
export {
  findKind,
  findKindByAnyName,
  groupOf,
  kinds,
  objectSchema,
  appliedCopyAnnotation,
  type AuthorizationPolicy,
  type DestinationRule,
  type KindDefinition,
  type KnownResource,
  type Namespace,
  type PeerAuthentication,
  type Resource,
  type Secret,
  type Service,
  type VirtualService,
  type WorkloadEntry,
} from './registry.ts';
export { type ObjectMeta } from './metadata.ts';
// Types of specs
export { type AuthorizationPolicySpec, type AuthorizationRule, type PeerAuthenticationSpec } from './kinds/security.ts';
export { type ServiceSpec } from './kinds/core.ts';
export { type DestinationRuleSpec, type TrafficPolicy } from './kinds/destination-rule.ts';
export { type StringMatch } from './kinds/string-match.ts';
export {
  type Destination,
  type HeaderEdits,
  type HttpMatch,
  type HttpRoute,
  type VirtualServiceSpec,
} from './kinds/virtual-service.ts';
export { type WorkloadEntrySpec } from './kinds/workload-entry.ts';
// Manifests: YAML and JSON with positions
export {
  parseManifests,
  type ManifestEntry,
  type ParsedManifests,
  type ParseOptions,
} from './manifest/parse-manifests.ts';
// Problems: mistakes of users, as values
export {
  describeProblem,
  errorAt,
  hasErrors,
  problemCodes,
  warningAt,
  type Position,
  type Problem,
} from './problems/problem.ts';
export { formatPath, parsePath, valueAt, type FieldPath } from './problems/field-path.ts';
export { didYouMean, nearest } from './problems/nearest.ts';
// Checks and what is derived from the schemas
export { checkObject, maxObjectDepth, maxObjectSize } from './check-object.ts';
export { normalize, type Normalized, type NormalizeOptions } from './normalize.ts';
export { acceptedFields, type AcceptedField, type AcceptedFieldsOptions } from './schema/accepted-fields.ts';
export { openApiSchemas, type OpenApiKind, type OpenApiSchema } from './schema/open-api.ts';
// What other platforms have beyond it, for documentation
export { unsupportedParts, type UnsupportedParts } from './known/known-fields.ts';
export { unsupportedKinds } from './known/known-kinds.ts';
// Values
export { parseDuration } from './duration.ts';
