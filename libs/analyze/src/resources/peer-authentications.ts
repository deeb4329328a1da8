import { kindRefs } from './kind-refs.ts';
import { selects, type Labels } from './labels.ts';
import type { MeshFacts } from './mesh.ts';
import { dataAt, hasData, text, textMap } from './read.ts';
import type { Derivation, ResourceSet } from './resource-set.ts';
import type { Subject } from './subject.ts';

/** Mutual TLS that the servers of a workload ask for, and the policy that says so. */
export interface PeerMode {
  readonly mode: string;
  readonly policy: Subject;
}

const byNamespace: Derivation<ReadonlyMap<string, readonly Subject[]>> = {
  inputs: [kindRefs.peerAuthentication],
  build: (set) =>
    Map.groupBy(
      [...set.list(kindRefs.peerAuthentication)].sort((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1)),
      (policy) => policy.namespace,
    ),
};

function createdAt({ resource, name }: Subject): string {
  return `${text(resource.metadata, 'creationTimestamp')} ${name}`;
}

const modeOf = (holder: unknown) => {
  const mode = text(dataAt(holder, 'mtls'), 'mode');
  return mode === 'UNSET' ? '' : mode;
};

/**
 * The mode of mutual TLS at a port of a workload: of the oldest policy that selects it, else of its namespace, else of the mesh; a mode of
 * the port wins. Undefined if no policy says one. Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/
 */
export function peerMode(
  set: ResourceSet,
  mesh: MeshFacts,
  workload: { readonly namespace: string; readonly labels: Labels; readonly port: number },
): PeerMode | undefined {
  const policies = set.derive(byNamespace);
  const own = policies.get(workload.namespace) ?? [];
  const candidates = [
    ...own.filter((p) => hasData(p.spec, 'selector') && selects(selectorOf(p), workload.labels)),
    ...own.filter((p) => !hasData(p.spec, 'selector')),
    ...(policies.get(mesh.rootNamespace) ?? []).filter((p) => !hasData(p.spec, 'selector')),
  ];
  for (const policy of candidates) {
    const ofPort = modeOf({ mtls: dataAt(policy.spec, 'portLevelMtls')[String(workload.port)] });
    const mode = ofPort !== '' ? ofPort : modeOf(policy.spec);
    if (mode !== '') return { mode, policy };
  }
  return undefined;
}

const selectorOf = ({ spec }: Subject) => textMap(spec['selector'], 'matchLabels');
