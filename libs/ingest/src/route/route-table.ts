import type { RouteTableConfig } from '@malla/proxy-config';
import type { RouteConfiguration } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import type { VirtualHost } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMirror } from './forward.ts';
import { readPerFilterConfigs } from './per-filter-config.ts';
import { noRetries } from './retry-policy.ts';
import { readVirtualHost } from './virtual-host.ts';

/** Envoy's default. */
const maxDirectResponseBodyBytes = 4096;

/** A route configuration; `inline` says that it stands in a listener, where Envoy checks its clusters unless told not to. */
export function readRouteTable(reader: FieldReader<RouteConfiguration>, inline: boolean): RouteTableConfig {
  // Metadata of route configurations is read by no filter and no log here.
  reader.ignore('metadata');
  const context = {
    retry: noRetries,
    mirrors: reader.messages('requestMirrorPolicies').map(readMirror),
    filters: readPerFilterConfigs(reader),
    maxDirectResponseBodyBytes: reader.take('maxDirectResponseBodySizeBytes') ?? maxDirectResponseBodyBytes,
  };
  const hosts = reader.messages('virtualHosts');
  const virtualHosts = hosts.map((host) => readVirtualHost(host, context));
  refuseDuplicates(hosts, virtualHosts);
  const ignorePorts = reader.take('ignorePortInHostMatching');
  return {
    name: reader.take('name'),
    ...(!ignorePorts && { matchPorts: true }),
    virtualHosts,
    validateClusters: reader.take('validateClusters') ?? inline,
  };
}

/** A domain belongs to one virtual host, and names of virtual hosts are unique. */
function refuseDuplicates(hosts: readonly FieldReader<VirtualHost>[], read: RouteTableConfig['virtualHosts']): void {
  const names = new Set<string>();
  const domains = new Set<string>();
  read.forEach((host, index) => {
    const reader = hosts[index] as FieldReader<VirtualHost>;
    if (names.has(host.name)) reader.refuse('name', `another virtual host is named ${host.name}`);
    names.add(host.name);
    for (const domain of host.domains) {
      if (domains.has(domain)) reader.refuse('domains', `${domain} is there twice`);
      domains.add(domain);
    }
  });
}
