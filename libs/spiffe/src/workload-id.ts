import { formatSpiffeId, parseSpiffeId } from './spiffe-id.ts';

/** Who a workload is, in Istio's layout of SPIFFE ids: `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. */
export interface WorkloadIdentity {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** The trust domain of a mesh that does not name its own. */
export const defaultTrustDomain = 'cluster.local';

const layout = /^\/ns\/([^/]+)\/sa\/([^/]+)$/;

/**
 * The SPIFFE id of a workload.
 * @throws TypeError if a part cannot stand in a SPIFFE id.
 */
export function formatWorkloadId(identity: WorkloadIdentity): string {
  if (identity.namespace.includes('/') || identity.serviceAccount.includes('/')) {
    throw new TypeError('A namespace or a service account holds a slash');
  }
  return formatSpiffeId({
    trustDomain: identity.trustDomain,
    path: `/ns/${identity.namespace}/sa/${identity.serviceAccount}`,
  });
}

/** Reads a workload's SPIFFE id back; undefined if the text is no SPIFFE id or has another layout. */
export function parseWorkloadId(text: string): WorkloadIdentity | undefined {
  const result = parseSpiffeId(text);
  if (!result.ok) return undefined;
  const match = layout.exec(result.id.path);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { trustDomain: result.id.trustDomain, namespace: match[1], serviceAccount: match[2] };
}

/** Istio's principal of an identity, as AuthorizationPolicy names it: the id without `spiffe://`. */
export function principalOf(spiffeId: string): string {
  return spiffeId.startsWith('spiffe://') ? spiffeId.slice('spiffe://'.length) : spiffeId;
}
