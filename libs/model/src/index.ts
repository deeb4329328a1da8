// Errors
export { MallaError, type ErrorCode, type MallaErrorOptions } from './malla-error.ts';
// Registry of kinds
export {
  deprecationWarning,
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
export {
  type ConfigMap,
  type Endpoints,
  type Namespace,
  type Node,
  type Pod,
  type Secret,
  type Service,
  type ServiceAccount,
} from './kinds/core/core-kinds.ts';
export {
  type CronJob,
  type CustomResourceDefinition,
  type DaemonSet,
  type Deployment,
  type EndpointSlice,
  type Ingress,
  type IngressClass,
  type Job,
  type MutatingWebhookConfiguration,
  type ReplicaSet,
  type StatefulSet,
  type ValidatingWebhookConfiguration,
} from './kinds/core/platform-kinds.ts';
export {
  type DestinationRule,
  type EnvoyFilter,
  type Gateway,
  type ProxyConfig,
  type ServiceEntry,
  type Sidecar,
  type VirtualService,
  type WorkloadEntry,
  type WorkloadGroup,
} from './kinds/networking/networking-kinds.ts';
export {
  type AuthorizationPolicy,
  type PeerAuthentication,
  type RequestAuthentication,
} from './kinds/security/security-kinds.ts';
export { type Telemetry } from './kinds/telemetry/telemetry-kinds.ts';
export { type MeshConfig } from './kinds/mesh/mesh-kinds.ts';
export { type ApiKeyPolicy, type RateLimit } from './kinds/policy/policy-kinds.ts';
export { type TrafficExtension, type WasmPlugin } from './kinds/extensions/extensions-kinds.ts';
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
export { type ManagedFieldsEntry, type ObjectMeta, type OwnerReference, type TemplateMeta } from './metadata.ts';
export {
  type ClusterRole,
  type ClusterRoleBinding,
  type PolicyRule,
  type RbacSubject,
  type Role,
  type RoleBinding,
} from './kinds/core/access-kinds.ts';
export { type CoreEvent, type Event } from './kinds/core/event-kinds.ts';
export { type LabelSelector } from './label-selector.ts';
// Types of specs
export {
  type AuthorizationPolicySpec,
  type AuthorizationRule,
  type AuthorizationSource,
} from './kinds/security/authorization-policy.ts';
export { type PeerAuthenticationSpec } from './kinds/security/peer-authentication.ts';
export { type JwtRule, type RequestAuthenticationSpec } from './kinds/security/request-authentication.ts';
export { type Container } from './kinds/core/container.ts';
export { type IngressSpec } from './kinds/core/ingress.ts';
export { type Probe } from './kinds/core/probe.ts';
export { type PodSpec, type PodStatus, type PodTemplate } from './kinds/core/pod-spec.ts';
export { type ServiceSpec } from './kinds/core/service.ts';
export { type Volume } from './kinds/core/volume.ts';
export { type MutatingWebhook, type ValidatingWebhook } from './kinds/core/webhook-configuration.ts';
export {
  type DaemonSetSpec,
  type DeploymentSpec,
  type JobSpec,
  type ReplicaSetSpec,
  type StatefulSetSpec,
} from './kinds/core/workloads.ts';
export { type DestinationRuleSpec } from './kinds/networking/destination-rule.ts';
export { type PortTrafficPolicy, type TrafficPolicy } from './kinds/networking/traffic-policy.ts';
export { type ClientTlsSettings } from './kinds/networking/client-tls.ts';
export { type ServerTlsSettings } from './kinds/networking/server-tls.ts';
export { type ConnectionPoolSettings } from './kinds/networking/connection-pool.ts';
export { type LoadBalancerSettings } from './kinds/networking/load-balancer.ts';
export { type OutlierDetection } from './kinds/networking/outlier-detection.ts';
export { type EnvoyFilterSpec } from './kinds/networking/envoy-filter.ts';
export { type ProxyConfigSpec } from './kinds/networking/proxy-config.ts';
export { type GatewayServer, type GatewaySpec } from './kinds/networking/gateway.ts';
export { type ServiceEntryPort, type ServiceEntrySpec } from './kinds/networking/service-entry.ts';
export { type SidecarEgress, type SidecarIngress, type SidecarSpec } from './kinds/networking/sidecar.ts';
export { type StringMatch } from './kinds/networking/string-match.ts';
export { type Destination } from './kinds/networking/destination.ts';
export { type HeaderEdits } from './kinds/networking/headers.ts';
export { type HttpMatch } from './kinds/networking/http-match.ts';
export { type HttpRoute, type HttpRouteDestination } from './kinds/networking/http-route.ts';
export { type TcpRoute, type TlsRoute } from './kinds/networking/stream-routes.ts';
export { type VirtualServiceSpec } from './kinds/networking/virtual-service.ts';
export { type WorkloadEntrySpec } from './kinds/networking/workload-entry.ts';
export { type ReadinessProbe } from './kinds/networking/readiness-probe.ts';
export { type WorkloadGroupSpec } from './kinds/networking/workload-group.ts';
export { type TelemetrySpec } from './kinds/telemetry/telemetry.ts';
export { type TrafficExtensionSpec } from './kinds/extensions/traffic-extension.ts';
export { type WasmPluginSpec } from './kinds/extensions/wasm-plugin.ts';
export { type ApiKeyPolicySpec } from './kinds/policy/api-key-policy.ts';
export { type RateLimitMatch, type RateLimitRule, type RateLimitSpec } from './kinds/policy/rate-limit.ts';
export { type MeshConfigSpec } from './kinds/mesh/mesh-config.ts';
export { type ExtensionProvider } from './kinds/mesh/extension-provider.ts';
export { type Network } from './kinds/mesh/networks.ts';
export { type ProxySettings } from './kinds/mesh/proxy-settings.ts';
export { type PolicyTargetReference } from './kinds/istio-type/policy-target.ts';
export { type NetworkingWorkloadSelector, type WorkloadSelector } from './kinds/istio-type/workload-selector.ts';
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
export { dropUnknownFields, type KnownFields } from './drop-unknown-fields.ts';
export {
  checkObject,
  inspectObject,
  maxObjectDepth,
  maxObjectSize,
  type CheckOptions,
  type ObjectInspection,
} from './check-object.ts';
export { applyDefaults } from './schema/defaults.ts';
export { normalize, type Normalized, type NormalizeOptions } from './normalize.ts';
export { acceptedFields, type AcceptedField, type AcceptedFieldsOptions } from './schema/accepted-fields.ts';
export {
  customResourceDefinition,
  type CustomResourceDefinition as CustomResourceDefinitionOfKind,
} from './schema/custom-resource-definition.ts';
export { openApiSchemas, type OpenApiKind, type OpenApiSchema } from './schema/open-api.ts';
// Values
export { parseDuration } from './duration.ts';
