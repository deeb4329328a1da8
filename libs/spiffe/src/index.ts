// SPIFFE ids as the specification has them
export {
  formatSpiffeId,
  maxSpiffeIdLength,
  maxTrustDomainLength,
  parseSpiffeId,
  trustDomainProblem,
  type SpiffeId,
  type SpiffeIdResult,
  type SpiffeProblem,
  type SpiffeProblemCode,
} from './spiffe-id.ts';
// Istio's layout of them
export {
  defaultTrustDomain,
  formatWorkloadId,
  parseWorkloadId,
  principalOf,
  type WorkloadIdentity,
} from './workload-id.ts';
// Malla's own services
export {
  controlPlaneId,
  controlPlaneNamespace,
  controlPlaneServiceOf,
  controlPlaneServices,
  type ControlPlaneService,
} from './control-plane.ts';
