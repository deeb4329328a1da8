// The seam: what a pick takes and gives
export type { CircuitBreakers, Host, Limit, PickContext } from './host.ts';

// Hosts, their health and their load
export { hostKey } from './hosts/host-key.ts';
export { HostSet } from './hosts/host-set.ts';
export type { HostChanges, HostSetParams, Membership } from './hosts/host-set.ts';
export { HostCounts } from './hosts/host-counts.ts';
export type { HostHealth } from './hosts/cluster-host.ts';
export type { HostView } from './hosts/host-view.ts';

// Balancers
export { createClusterBalancer } from './balancers/create-cluster-balancer.ts';
export type { ClusterBalancerParams } from './balancers/create-cluster-balancer.ts';
export { createBalancerStats } from './balancers/balancer.ts';
export type { Balancer, BalancerStats, RandomSource } from './balancers/balancer.ts';

// Health
export { OutlierDetector } from './health/outlier-detector.ts';
export type { OutlierDetectorParams, OutlierResult } from './health/outlier-detector.ts';
export { createOutlierStats } from './health/outlier-stats.ts';
export type { EjectionCause, OutlierStats } from './health/outlier-stats.ts';
export { HealthCheckState } from './health/health-check-state.ts';
export type { HealthCheckResult, HealthCheckStateParams } from './health/health-check-state.ts';

// Limits
export { createCircuitBreakers, limitCells } from './circuit-breakers.ts';
export type { LimitKind, MeasuredCircuitBreakers, MeasuredLimit, SharedLimits } from './circuit-breakers.ts';

// Hashes
export { xxHash64 } from './hash/xx-hash.ts';
