import type { CallInfo } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { parseWorkloadId, type WorkloadIdentity } from '@malla/spiffe';

/** The workload of this mesh that a call comes from. Throws `unauthenticated` for anybody else. */
export function callingWorkload({ peer }: Pick<CallInfo, 'peer'>, trustDomain: string): WorkloadIdentity {
  const identity = peer === undefined ? undefined : parseWorkloadId(peer);
  if (identity?.trustDomain === trustDomain) return identity;
  throw new MallaError('unauthenticated', 'the caller showed no workload certificate of this mesh');
}

/**
 * Refuses a workload that asks by a policy which cannot be its own: a policy applies in its namespace or, from the root
 * namespace, everywhere.
 */
export function requireOwnPolicy(identity: WorkloadIdentity, namespace: string, rootNamespace: string): void {
  if (namespace === identity.namespace || namespace === rootNamespace) return;
  throw new MallaError(
    'permission_denied',
    `a workload of namespace ${identity.namespace} may not ask by a policy of namespace ${namespace}`,
  );
}
