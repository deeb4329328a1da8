import type { HashPolicyIr, LoadBalancerIr } from '@malla/ir';
import { parseDuration } from '@malla/model';
import type { PortPolicy } from './policy.ts';

type ConsistentHash = NonNullable<NonNullable<PortPolicy['loadBalancer']>['consistentHash']>;

/** Istio's defaults, also for 0. Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/#LoadBalancerSettings-ConsistentHashLB */
const defaultMinimumRingSize = 1024;
const defaultMaglevTableSize = 65_537;

/** How endpoints are chosen. LEAST_CONN is the old name of LEAST_REQUEST, which is also the default. */
export function resolveLoadBalancer({ loadBalancer }: PortPolicy): LoadBalancerIr {
  const hash = loadBalancer?.consistentHash;
  if (hash?.maglev !== undefined) {
    return {
      kind: 'maglev',
      tableSize: hash.maglev.tableSize || defaultMaglevTableSize,
      hash: resolveHash(loadBalancer),
    };
  }
  if (hash !== undefined) {
    return {
      kind: 'ring-hash',
      minimumRingSize: hash.ringHash?.minimumRingSize || defaultMinimumRingSize,
      hash: resolveHash(loadBalancer),
    };
  }
  if (loadBalancer?.simple === 'ROUND_ROBIN') return { kind: 'round-robin' };
  if (loadBalancer?.simple === 'RANDOM') return { kind: 'random' };
  return { kind: 'least-request' };
}

/** What of a request is hashed; empty without a consistentHash load balancer, and for one without a key (names that are empty are not given). */
export function resolveHash(loadBalancer: PortPolicy['loadBalancer']): readonly HashPolicyIr[] {
  const hash = loadBalancer?.consistentHash;
  const policy = hash === undefined ? undefined : hashPolicy(hash);
  return policy === undefined ? [] : [policy];
}

function hashPolicy({
  httpHeaderName,
  httpCookie,
  useSourceIp,
  httpQueryParameterName,
}: ConsistentHash): HashPolicyIr | undefined {
  if (httpHeaderName) return { kind: 'header', name: httpHeaderName.toLowerCase() };
  if (httpCookie !== undefined) {
    const ttlMs = httpCookie.ttl === undefined ? undefined : parseDuration(httpCookie.ttl);
    return {
      kind: 'cookie',
      name: httpCookie.name,
      ...(httpCookie.path === undefined ? {} : { path: httpCookie.path }),
      ...(ttlMs === undefined ? {} : { ttlMs }),
    };
  }
  if (useSourceIp === true) return { kind: 'source-ip' };
  return httpQueryParameterName ? { kind: 'query-parameter', name: httpQueryParameterName } : undefined;
}
