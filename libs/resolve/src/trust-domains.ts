import type { MeshOptions } from '@malla/snapshot';

/** The mesh's trust domain and its aliases, each once. */
export function trustDomainsOf(mesh: Pick<MeshOptions, 'trustDomain' | 'trustDomainAliases'>): readonly string[] {
  return [...new Set([mesh.trustDomain, ...mesh.trustDomainAliases])];
}
