import type { HttpRoute, VirtualService } from '@malla/model';
import { expandHost, type MergedDestinationRule, type MeshService, type ProxyView } from '@malla/snapshot';
import type { KnownDestination } from '../routes/destination-ref.ts';

/** Every host that the routes can lead to, the host itself first. */
export function destinationHosts(
  virtualServices: readonly VirtualService[],
  domainSuffix: string,
  service: MeshService | undefined,
): readonly string[] {
  const hosts = new Set(service === undefined ? [] : [service.host]);
  for (const { spec, metadata } of virtualServices) {
    for (const rule of spec?.http ?? [])
      for (const host of hostsOf(rule)) hosts.add(expandHost(host, metadata.namespace ?? '', domainSuffix));
  }
  return [...hosts];
}

function hostsOf({ route, mirror }: HttpRoute): string[] {
  return [...(route ?? []).map((choice) => choice.destination.host), ...(mirror === undefined ? [] : [mirror.host])];
}

/** What routes read of a host that they lead to. */
export function knownDestination(view: ProxyView, host: string): KnownDestination {
  const service = view.service(host);
  const rule = service === undefined ? undefined : view.destinationRule(service);
  return {
    service,
    subsets: rule?.subsets.map((subset) => subset.name) ?? [],
    hashRule: rule !== undefined && hashes(rule) ? rule : undefined,
  };
}

/** Whether any policy of a rule hashes requests; routes read rules for nothing else. */
function hashes({ trafficPolicy, subsets }: MergedDestinationRule): boolean {
  const policies = [trafficPolicy, ...subsets.map((subset) => subset.trafficPolicy)];
  const blocks = policies.flatMap((policy) =>
    policy === undefined ? [] : [policy, ...(policy.portLevelSettings ?? [])],
  );
  return blocks.some(({ loadBalancer }) => loadBalancer?.consistentHash !== undefined);
}

/** What is known of the destinations as one list to compare item by item. */
export function destinationInputs(destinations: ReadonlyMap<string, KnownDestination>): readonly unknown[] {
  return [...destinations].flatMap(([host, found]) => [host, found.service, found.subsets.join(), found.hashRule]);
}
