import type { Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { HostTable } from '../../resources/host-table.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { texts } from '../../resources/read.ts';
import type { Derivation, ResourceSet } from '../../resources/resource-set.ts';
import { exportScopes, fullHost } from '../../resources/service-hosts.ts';
import type { Subject } from '../../resources/subject.ts';
import { meshGateway } from './gateways.ts';

const everywhere = '*';

/** VirtualServices of sidecars by their hosts: those of one namespace by scope and host, those of all by host. */
interface MeshHosts {
  readonly exported: HostTable<Subject>;
  readonly scoped: ReadonlyMap<string, readonly Subject[]>;
  /** For each host that only some namespaces see: its scopes. */
  readonly scopesOf: HostTable<string>;
}

const meshHosts: Derivation<MeshHosts> = {
  inputs: [kindRefs.virtualService],
  build(set) {
    const exported = new HostTable<Subject>();
    const scoped = new Map<string, Subject[]>();
    const scopesOf = new HostTable<string>();
    for (const subject of set.list(kindRefs.virtualService)) {
      for (const { scope, host } of scopedHosts(set, subject)) {
        if (scope === everywhere) exported.add(host, subject);
        else {
          const key = `${scope}/${host}`;
          const known = scoped.get(key);
          if (known === undefined) {
            scoped.set(key, [subject]);
            scopesOf.add(host, key);
          } else known.push(subject);
        }
      }
    }
    return { exported, scoped, scopesOf };
  },
};

function isForSidecars({ spec }: Subject): boolean {
  const gateways = texts(spec, 'gateways');
  return gateways.length === 0 || gateways.includes(meshGateway);
}

function scopedHosts(set: ResourceSet, subject: Subject): { readonly scope: string; readonly host: string }[] {
  if (!isForSidecars(subject)) return [];
  const hosts = texts(subject.spec, 'hosts').map((host) => fullHost(subject.namespace, host, set.domainSuffix));
  return exportScopes(texts(subject.spec, 'exportTo'), subject.namespace).flatMap((scope) =>
    hosts.map((host) => ({ scope, host })),
  );
}

/** Whether one host has several VirtualServices in the sidecars of a namespace: one finding for each of them. */
export const meshHostConflicts: Analyzer = {
  name: 'virtualservice.ConflictingMeshGatewayHostsAnalyzer',
  description: 'Checks that a host has one VirtualService in sidecars',
  inputs: [kindRefs.virtualService],
  origins: [kindRefs.virtualService],
  codes: ['IST0109'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.virtualService)) yield* checkHosts(set, subject);
  },
};

function* checkHosts(set: ResourceSet, subject: Subject): Iterable<Finding> {
  const { exported, scoped, scopesOf } = set.derive(meshHosts);
  for (const { scope, host } of scopedHosts(set, subject)) {
    if (scope === everywhere) {
      const same = exported.exact(host);
      if (same.length > 1) return yield conflict(subject, same, `${everywhere}/${host}`);
      for (const key of scopesOf.overlapping(host)) {
        const of = key.slice(key.indexOf('/') + 1);
        return yield conflict(subject, [...(scoped.get(key) ?? []), ...exported.overlapping(of)], key);
      }
    } else {
      const key = `${scope}/${host}`;
      const others = [...(scoped.get(key) ?? []), ...exported.overlapping(host)];
      if (others.length > 1) return yield conflict(subject, others, key);
    }
  }
}

function conflict(subject: Subject, all: readonly Subject[], host: string): Finding {
  const names = all
    .map((each) => each.fullName)
    .sort()
    .join(',');
  const path = ['metadata', 'name'];
  return findingOf('IST0109', { subject, args: [names, host], path });
}
