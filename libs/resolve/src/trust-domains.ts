import type { MeshOptions } from '@malla/snapshot';

/** The mesh's trust domain and its aliases, each once. */
export function trustDomainsOf(mesh: MeshOptions): readonly string[] {
  return [...new Set([mesh.trustDomain, ...mesh.trustDomainAliases])];
}
