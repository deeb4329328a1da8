import {
  httpProxyRouteConfigName,
  noHeaderEdits,
  passthroughCluster,
  portRouteConfigName,
  type RouteConfigIr,
  type RouteIr,
  type VirtualHostIr,
} from '@malla/ir';
import type { MeshOptions } from '@malla/snapshot';
import type { Diagnostic } from '../diagnostics.ts';
import { matchAll } from '../routes/match.ts';
import { sameItems } from '../memo.ts';
import type { HostSlice } from './service-slices.ts';

/** Any other host, where the original destination is known and the mesh allows it. */
const allowAny: VirtualHostIr = catchAll('allow_any', {
  name: 'allow_any',
  match: matchAll,
  action: {
    kind: 'forward',
    destinations: [{ cluster: passthroughCluster, weight: 1, headers: noHeaderEdits }],
    timeoutMs: 0,
    mirrors: [],
    hash: [],
  },
  headers: noHeaderEdits,
});

/** Any other host is refused. */
const blockAll: VirtualHostIr = catchAll('block_all', {
  name: 'block_all',
  match: matchAll,
  action: { kind: 'direct-response', status: 502, body: '' },
  headers: noHeaderEdits,
});

function catchAll(name: string, route: RouteIr): VirtualHostIr {
  return { name, domains: ['*'], routes: [route] };
}

/** What shared route configurations are made from and, to keep identities, made before. */
export interface SharedRouteConfigs {
  readonly slices: readonly HostSlice[];
  readonly mesh: MeshOptions;
  readonly before: readonly RouteConfigIr[];
  readonly report: (diagnostic: Diagnostic) => void;
}

/** One route configuration for each port, with all its hosts. A port's configuration is the identical object while its virtual hosts are. */
export function portRouteConfigs({ slices, mesh, before, report }: SharedRouteConfigs): readonly RouteConfigIr[] {
  const rest = mesh.outboundTrafficPolicy === 'ALLOW_ANY' ? allowAny : blockAll;
  const byPort = Map.groupBy(slices, (slice) => slice.port);
  const configs = [...byPort].sort(([a], [b]) => a - b);
  return configs.map(([port, ofPort]) => {
    const name = portRouteConfigName(port);
    const virtualHosts = [...withUniqueDomains(ofPort.map((slice) => slice.virtualHost), report), rest];
    return keepConfig(before, { name, virtualHosts });
  });
}

/**
 * The route configuration of the HTTP proxy listener: hosts of all ports, told apart by the port in the Host header. A host without a port means
 * port 80, or the only HTTP port. Hosts outside the mesh are refused: their addresses are not known here.
 */
export function httpProxyRouteConfig({ slices, before, report }: SharedRouteConfigs): RouteConfigIr {
  const portsOfHost = Map.groupBy(slices, (slice) => slice.virtualHost.domains[0] as string);
  const virtualHosts = slices.map(({ virtualHost, port }) => {
    const siblings = portsOfHost.get(virtualHost.domains[0] as string) ?? [];
    const bare = port === 80 || siblings.length === 1;
    return withPorts(virtualHost, port, bare);
  });
  return keepConfig(before, { name: httpProxyRouteConfigName, matchPorts: true, virtualHosts: [...withUniqueDomains(virtualHosts, report), blockAll] });
}

const proxied = new WeakMap<VirtualHostIr, Map<string, VirtualHostIr>>();

/** The virtual host with its port in every domain; made once for each virtual host. */
function withPorts(virtualHost: VirtualHostIr, port: number, bare: boolean): VirtualHostIr {
  return derived(virtualHost, `${port} ${bare}`, () => ({
    ...virtualHost,
    domains: virtualHost.domains.flatMap((domain) => (bare ? [domain, `${domain}:${port}`] : [`${domain}:${port}`])),
  }));
}

/** Envoy refuses a configuration in which a domain occurs twice: the first virtual host keeps it. */
function withUniqueDomains(virtualHosts: readonly VirtualHostIr[], report: (diagnostic: Diagnostic) => void): VirtualHostIr[] {
  const taken = new Set<string>();
  return virtualHosts.flatMap((virtualHost) => {
    const free = virtualHost.domains.filter((domain) => !taken.has(domain));
    for (const domain of virtualHost.domains) {
      if (taken.has(domain)) report({ code: 'duplicate_domain', message: `domain ${domain} of ${virtualHost.name} belongs to another virtual host` });
      taken.add(domain);
    }
    if (free.length === virtualHost.domains.length) return [virtualHost];
    return free.length === 0 ? [] : [derived(virtualHost, free.join(), () => ({ ...virtualHost, domains: free }))];
  });
}

function derived(virtualHost: VirtualHostIr, variant: string, make: () => VirtualHostIr): VirtualHostIr {
  const variants = proxied.get(virtualHost) ?? new Map<string, VirtualHostIr>();
  proxied.set(virtualHost, variants);
  const known = variants.get(variant) ?? make();
  variants.set(variant, known);
  return known;
}

function keepConfig(before: readonly RouteConfigIr[], config: RouteConfigIr): RouteConfigIr {
  const was = before.find((known) => known.name === config.name);
  return was !== undefined && sameItems(was.virtualHosts, config.virtualHosts) ? was : config;
}
