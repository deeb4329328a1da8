import type { HashPolicyIr } from '@malla/ir';
import { duration } from '../wire/duration.ts';

/** What a consistent-hash load balancer hashes. */
export function hashPolicy(policy: HashPolicyIr) {
  return { policySpecifier: specifier(policy) };
}

function specifier(policy: HashPolicyIr) {
  switch (policy.kind) {
    case 'header':
      return { case: 'header' as const, value: { headerName: policy.name } };
    case 'cookie':
      return {
        case: 'cookie' as const,
        value: {
          name: policy.name,
          ...(policy.path !== undefined && { path: policy.path }),
          ...(policy.ttlMs !== undefined && { ttl: duration(policy.ttlMs) }),
        },
      };
    case 'source-ip':
      return { case: 'connectionProperties' as const, value: { sourceIp: true } };
    case 'query-parameter':
      return { case: 'queryParameter' as const, value: { name: policy.name } };
  }
}
