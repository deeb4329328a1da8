// Errors
export { MallaError, type ErrorCode, type MallaErrorOptions } from './malla-error.ts';
// Registry of kinds
export {
  findKind,
  findKindByAnyName,
  groupOf,
  kinds,
  objectSchema,
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
export { type Destination, type HeaderEdits, type HttpMatch, type HttpRoute, type VirtualServiceSpec } from './kinds/virtual-service.ts';
export { type WorkloadEntrySpec } from './kinds/workload-entry.ts';
// Values
export { parseDuration } from './duration.ts';
