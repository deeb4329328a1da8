// The seam: what a pick takes and gives
export type { CircuitBreakers, Host, Limit, PickContext } from './host.ts';

// Hosts, their health and their load
export { hostKey } from './hosts/host-key.ts';
export { HostSet } from './hosts/host-set.ts';
export type { HostChanges, HostSetParams, Membership } from './hosts/host-set.ts';
export type { HostHealth } from './hosts/cluster-host.ts';
export type { HostView } from './hosts/host-view.ts';

// Balancers
export { createBalancer } from './balancers/create-balancer.ts';
export { createBalancerStats } from './balancers/balancer.ts';
export type { Balancer, BalancerStats, RandomSource } from './balancers/balancer.ts';

// Limits and retries
export { createCircuitBreakers } from './circuit-breakers.ts';
export type { LimitKind } from './circuit-breakers.ts';
export { backoffMs } from './backoff.ts';

// Hashes
export { xxHash64 } from './hash/xx-hash.ts';
export { murmurHash2 } from './hash/murmur-hash.ts';
