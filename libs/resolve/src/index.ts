// Snapshot to IR
export { Resolver, type ResolverOptions } from './resolver.ts';
export { type ProxyTelemetry } from './telemetry/telemetry.ts';
export { layoutKey, layoutOf, type OutboundLayout } from './layout.ts';
export { type ResolveStats, type SliceKind } from './memo.ts';
// IR to listeners
export { bind, bindDiagnostics } from './bind/bind.ts';
export { type BindInputs } from './bind/binding.ts';
// What is wrong
export { type Diagnostic, type DiagnosticCode } from './diagnostics.ts';
// Single questions, as tools ask them
export { effectiveMutualTls, peerPoliciesFor, type EffectiveMutualTls, type PeerPolicies } from './mutual-tls.ts';
export { protocolOf } from './protocol.ts';
export { describedKinds, describeWorkload, type DescribeWorkloadParams } from './describe/describe-workload.ts';
export {
  type AppliedObject,
  type DescribedAuthorization,
  type DescribedCut,
  type DescribedDestination,
  type DescribedMutualTls,
  type DescribedPolicy,
  type DescribedPort,
  type DescribedRoutes,
  type Level,
  type SelectingObject,
  type WorkloadDescription,
} from './describe/description.ts';
