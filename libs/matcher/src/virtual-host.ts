import type { VirtualHostIr } from '@malla/ir';

/** The Host header without its port. IPv6 literals keep their brackets. */
export function stripPort(authority: string): string {
  const match = /^(\[[^\]]*\]|[^:]*):\d+$/.exec(authority);
  return match?.[1] ?? authority;
}

/**
 * The virtual host that serves an authority, as Envoy searches: exact name, longest `*suffix`, longest `prefix*`, then `*`. Case does not count,
 * nor does the port unless `matchPorts` (RouteConfigIr) says so. Source: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto (VirtualHost.domains)
 */
export function findVirtualHost(
  virtualHosts: readonly VirtualHostIr[],
  authority: string,
  matchPorts = false,
): VirtualHostIr | undefined {
  const host = (matchPorts ? authority : stripPort(authority)).toLowerCase();
  let best: { readonly virtualHost: VirtualHostIr; readonly rank: number } | undefined;
  for (const virtualHost of virtualHosts) {
    for (const domain of virtualHost.domains) {
      const rank = rankOf(domain.toLowerCase(), host);
      if (rank !== undefined && (best === undefined || rank > best.rank)) best = { virtualHost, rank };
    }
  }
  return best?.virtualHost;
}

/** Higher is more specific; names have at most 253 characters, so the classes do not overlap. */
function rankOf(domain: string, host: string): number | undefined {
  if (domain === '*') return 0;
  if (domain === host) return 3_000;
  // A wildcard stands for at least one character.
  if (domain.startsWith('*') && host.length >= domain.length && host.endsWith(domain.slice(1)))
    return 2_000 + domain.length;
  if (domain.endsWith('*') && host.length >= domain.length && host.startsWith(domain.slice(0, -1)))
    return 1_000 + domain.length;
  return undefined;
}
