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
  type KnownResource,
  type Resource,
} from './registry.ts';
export { type KindDefinition, type PrinterColumn } from './kinds/kind-definition.ts';
export { type Namespace, type Secret, type Service } from './kinds/core/core-kinds.ts';
export { type DestinationRule, type VirtualService, type WorkloadEntry } from './kinds/networking/networking-kinds.ts';
export { type AuthorizationPolicy, type PeerAuthentication } from './kinds/security/security-kinds.ts';
export {
  type BackendTLSPolicy,
  type GatewayClass,
  type GRPCRoute,
  type HTTPRoute,
  type KubernetesGateway,
  type ListenerSet,
  type ReferenceGrant,
  type TCPRoute,
  type TLSRoute,
  type UDPRoute,
} from './kinds/gateway-api/gateway-api-kinds.ts';
export { type ObjectMeta } from './metadata.ts';
export { type LabelSelector } from './label-selector.ts';
// Types of specs
export { type AuthorizationPolicySpec, type AuthorizationRule } from './kinds/security/authorization-policy.ts';
export { type PeerAuthenticationSpec } from './kinds/security/peer-authentication.ts';
export { type ServiceSpec } from './kinds/core/service.ts';
export { type DestinationRuleSpec, type TrafficPolicy } from './kinds/networking/destination-rule.ts';
export { type StringMatch } from './kinds/networking/string-match.ts';
export {
  type Destination,
  type HeaderEdits,
  type HttpMatch,
  type HttpRoute,
  type VirtualServiceSpec,
} from './kinds/networking/virtual-service.ts';
export { type WorkloadEntrySpec } from './kinds/networking/workload-entry.ts';
export { type BackendTLSPolicySpec } from './kinds/gateway-api/backend-tls-policy.ts';
export { type PolicyStatus, type RouteStatus } from './kinds/gateway-api/conditions.ts';
export { type GatewayClassSpec } from './kinds/gateway-api/gateway-class.ts';
export { type KubernetesGatewaySpec, type KubernetesGatewayStatus } from './kinds/gateway-api/gateway.ts';
export { type GRPCRouteSpec } from './kinds/gateway-api/grpc-route.ts';
export { type HTTPRouteSpec } from './kinds/gateway-api/http-route.ts';
export { type ListenerSetSpec } from './kinds/gateway-api/listener-set.ts';
export { type ReferenceGrantSpec } from './kinds/gateway-api/reference-grant.ts';
export { type TCPRouteSpec, type TLSRouteSpec, type UDPRouteSpec } from './kinds/gateway-api/stream-routes.ts';
// Schemas as Kubernetes has them
export { celRulesOf, type CelRule } from './schema/kubernetes-schema.ts';
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
