import { createHash } from 'node:crypto';

/**
 * Every Redis key of Malla. Each carries the mesh id; each has an owner and a time to live or a bound, because nothing in
 * Redis is the only copy of a user's data.
 */
export interface RedisKeys {
  /** Sorted set: workload id by lease expiry (ms since epoch). Owner: discovery. Emptied by expiry. */
  readonly workloadLeases: string;
  /** Hash: workload id to its JSON. Owner: discovery. Follows workloadLeases. */
  readonly workloads: string;
  /** Stream of workload changes, at most about 10,000 entries. Owner: discovery. */
  readonly workloadEvents: string;
  /** Stream that wakes watchers of configuration, at most about 1,000 entries. Owner: config-api. */
  readonly configEvents: string;
  /** Hash: proxy id to its delivery state (JSON). Owner: discovery. Follows deliverySeen. */
  readonly deliveries: string;
  /** Sorted set: proxy id by the time (ms since epoch) after which its delivery state is stale. Owner: discovery. */
  readonly deliverySeen: string;
  /** Hash: a sliding window of one limit for one set of values. Owner: policy-telemetry. Ends with its window. */
  readonly quota: (quota: QuotaName) => string;
  /** Prefix of BullMQ's keys; schedules, and a bounded number of ended jobs. Owner: policy-telemetry. */
  readonly jobs: string;
}

/** Whose hits are counted together. */
export interface QuotaName {
  /** `<namespace>/<name>` of the policy. */
  readonly policy: string;
  readonly rule: string;
  readonly windowMs: number;
  /** What requests are told apart by, as name and value; they may hold credentials, and never stand in a key. */
  readonly values: readonly (readonly [name: string, value: string])[];
}

/** The keys of one mesh. The hash tag keeps them in one slot of a Redis Cluster, as the Lua commands need. */
export function redisKeys(mesh: string): RedisKeys {
  const key = (name: string): string => `malla:{${mesh}}:${name}`;
  return {
    workloadLeases: key('workload-leases'),
    workloads: key('workloads'),
    workloadEvents: key('workload-events'),
    configEvents: key('config-events'),
    deliveries: key('deliveries'),
    deliverySeen: key('delivery-seen'),
    jobs: key('jobs'),
    quota: ({ policy, rule, windowMs, values }) => key(`quota:${windowMs}:${policy}:${rule}:${digestOf(values)}`),
  };
}

function digestOf(values: QuotaName['values']): string {
  return values.length === 0 ? '' : createHash('sha256').update(JSON.stringify(values)).digest('base64url');
}
