import type { MeshOptions } from '@malla/snapshot';
import { sameItems } from './memo.ts';

/** Options of the mesh that a cluster is made from. */
export type DestinationOptions = Pick<MeshOptions, 'trustDomain' | 'trustDomainAliases' | 'connectTimeoutMs'>;

/** Options of the mesh that routes are made from. */
export type RouteOptions = Pick<MeshOptions, 'domainSuffix' | 'defaultRetry'>;

/** To compare item by item: a cluster is made again when one of these differs, and not for any other option. */
export function destinationInputs(mesh: DestinationOptions): readonly unknown[] {
  return [mesh.trustDomain, mesh.trustDomainAliases, mesh.connectTimeoutMs];
}

/** To compare item by item: routes are made again when one of these differs, and not for any other option. */
export function routeInputs(mesh: RouteOptions): readonly unknown[] {
  return [mesh.domainSuffix, mesh.defaultRetry];
}

/** Whether no cluster and no route can differ for the options of the mesh. */
export function sameForHosts(a: MeshOptions, b: MeshOptions): boolean {
  const inputs = (mesh: MeshOptions): readonly unknown[] => [
    mesh.rootNamespace,
    ...destinationInputs(mesh),
    ...routeInputs(mesh),
  ];
  return a === b || sameItems(inputs(a), inputs(b));
}
