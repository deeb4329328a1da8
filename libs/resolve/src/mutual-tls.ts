import type { MutualTlsMode, Origin } from '@malla/ir';
import type { PeerAuthentication } from '@malla/model';
import { selects, type Labels, type MeshSnapshot } from '@malla/snapshot';
import { originOf } from './diagnostics.ts';

/** The PeerAuthentications that can concern a namespace's workloads. Each list is the snapshot's own, oldest first. */
export interface PeerPolicies {
  readonly mesh: readonly PeerAuthentication[];
  readonly namespace: readonly PeerAuthentication[];
}

const none: readonly PeerAuthentication[] = [];

/** The policies for workloads of a namespace. */
export function peerPoliciesFor(snapshot: MeshSnapshot, namespace: string): PeerPolicies {
  const { rootNamespace } = snapshot.mesh;
  const own = snapshot.peerAuthentications.get(namespace) ?? none;
  return {
    mesh: namespace === rootNamespace ? own : (snapshot.peerAuthentications.get(rootNamespace) ?? none),
    namespace: own,
  };
}

/** The one policy of each level that can decide about a workload. */
export interface DecidingPolicies {
  readonly workload: PeerAuthentication | undefined;
  readonly namespace: PeerAuthentication | undefined;
  readonly mesh: PeerAuthentication | undefined;
}

/** The oldest policy of each level. */
export function decidingPolicies(policies: PeerPolicies, labels: Labels): DecidingPolicies {
  return {
    workload: policies.namespace.find((p) => isSelective(p) && selects(p.spec?.selector?.matchLabels ?? {}, labels)),
    namespace: policies.namespace.find((p) => !isSelective(p)),
    mesh: policies.mesh.find((p) => !isSelective(p)),
  };
}

/** What a workload's port accepts, and the policy that says so. */
export interface EffectiveMutualTls {
  readonly mode: MutualTlsMode;
  readonly origin?: Origin;
}

/**
 * The effective mode: of the workload's own policy for the port, else for the workload, else its namespace's, else the mesh's, else permissive.
 * UNSET inherits; the oldest policy of each level counts. Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/
 */
export function effectiveMutualTls(
  policies: PeerPolicies,
  labels: Labels,
  targetPort: number | undefined,
): EffectiveMutualTls {
  const { workload, namespace, mesh } = decidingPolicies(policies, labels);
  const ofPort = targetPort === undefined ? undefined : workload?.spec?.portLevelMtls?.[String(targetPort)]?.mode;
  return (
    decided(workload, ofPort) ??
    decided(workload, workload?.spec?.mtls?.mode) ??
    decided(namespace, namespace?.spec?.mtls?.mode) ??
    decided(mesh, mesh?.spec?.mtls?.mode) ?? { mode: 'permissive' }
  );
}

type WrittenMode = 'UNSET' | 'DISABLE' | 'PERMISSIVE' | 'STRICT' | undefined;

const modes = { DISABLE: 'disable', PERMISSIVE: 'permissive', STRICT: 'strict' } as const;

function decided(policy: PeerAuthentication | undefined, mode: WrittenMode): EffectiveMutualTls | undefined {
  if (policy === undefined || mode === undefined || mode === 'UNSET') return undefined;
  return { mode: modes[mode], origin: originOf(policy) };
}

function isSelective(policy: PeerAuthentication): boolean {
  return Object.keys(policy.spec?.selector?.matchLabels ?? {}).length > 0;
}
