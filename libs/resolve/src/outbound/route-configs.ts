import { httpProxyRouteConfigName, portRouteConfigName, type RouteConfigIr, type VirtualHostIr } from '@malla/ir';
import type { MeshOptions } from '@malla/snapshot';
import type { Diagnostic } from '../diagnostics.ts';
import type { OutboundLayout } from '../layout.ts';
import { sameItems } from '../memo.ts';
import { allowAny, blockAll } from './catch-all.ts';
import type { HostSlice } from './host-slice.ts';

/** A route configuration with what it was made from. */
interface Made {
  readonly config: RouteConfigIr;
  /** Before domains that occur twice were taken out. */
  readonly candidates: readonly VirtualHostIr[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Route configurations of many hosts: by port, and that of the HTTP proxy. One whose virtual hosts are unchanged stays the identical object. */
export class SharedRouteConfigs {
  #made = new Map<string, Made>();

  get configs(): readonly RouteConfigIr[] {
    return [...this.#made.values()].map(({ config }) => config);
  }

  get diagnostics(): readonly Diagnostic[] {
    return [...this.#made.values()].flatMap(({ diagnostics }) => diagnostics);
  }

  advance(hosts: readonly HostSlice[], mesh: Pick<MeshOptions, 'outboundTrafficPolicy'>, layout: OutboundLayout): void {
    const next = new Map<string, Made>();
    const put = (name: string, candidates: readonly VirtualHostIr[], matchPorts: boolean) => {
      next.set(name, makeConfig({ name, candidates, matchPorts, before: this.#made.get(name) }));
    };
    if (layout.perPort) {
      const rest = mesh.outboundTrafficPolicy === 'ALLOW_ANY' ? allowAny : blockAll;
      const byPort = [...Map.groupBy(hosts, (slice) => slice.port)].sort(([a], [b]) => a - b);
      for (const [port, slices] of byPort)
        put(portRouteConfigName(port), [...slices.map((slice) => slice.virtualHost), rest], false);
    }
    if (layout.httpProxy) put(httpProxyRouteConfigName, [...proxiedHosts(hosts), blockAll], true);
    this.#made = next;
  }
}

interface ConfigInputs {
  readonly name: string;
  readonly candidates: readonly VirtualHostIr[];
  readonly matchPorts: boolean;
  readonly before: Made | undefined;
}

function makeConfig({ name, candidates, matchPorts, before }: ConfigInputs): Made {
  if (before !== undefined && sameItems(before.candidates, candidates)) return before;
  // With the domains of before, those that do not clash still do not.
  const unchanged =
    before !== undefined && before.diagnostics.length === 0 && sameDomains(before.candidates, candidates);
  const { virtualHosts, diagnostics } = unchanged
    ? { virtualHosts: candidates, diagnostics: [] }
    : withUniqueDomains(candidates);
  const config: RouteConfigIr = { name, ...(matchPorts ? { matchPorts } : {}), virtualHosts };
  const same = before !== undefined && sameItems(before.config.virtualHosts, virtualHosts);
  return { config: same ? before.config : config, candidates, diagnostics };
}

function sameDomains(before: readonly VirtualHostIr[], after: readonly VirtualHostIr[]): boolean {
  return (
    before.length === after.length &&
    before.every((host, i) => host === after[i] || sameItems(host.domains, after[i]!.domains))
  );
}

/**
 * Hosts of all ports, told apart by the port in the Host header. A host without a port means port 80, or the only HTTP port. Hosts outside the mesh are
 * refused there: their addresses are not known to the proxy.
 */
function proxiedHosts(hosts: readonly HostSlice[]): readonly VirtualHostIr[] {
  const portsOf = new Map<string, number>();
  const hostOf = ({ virtualHost }: HostSlice) => virtualHost.domains[0] as string;
  for (const slice of hosts) portsOf.set(hostOf(slice), (portsOf.get(hostOf(slice)) ?? 0) + 1);
  return hosts.map((slice) => withPort(slice, slice.port === 80 || portsOf.get(hostOf(slice)) === 1));
}

/** The virtual host with its port in every domain, and without it as well if it is the one meant then. */
function withPort({ virtualHost, port }: HostSlice, bare: boolean): VirtualHostIr {
  return derived(virtualHost, `${port} ${bare}`, () => {
    const ported = virtualHost.domains.map((domain) => `${domain}:${port}`);
    return { ...virtualHost, domains: bare ? [...virtualHost.domains, ...ported] : ported };
  });
}

/** Envoy refuses a configuration in which a domain occurs twice: the first virtual host keeps it. */
function withUniqueDomains(
  candidates: readonly VirtualHostIr[],
): Pick<Made, 'diagnostics'> & { readonly virtualHosts: readonly VirtualHostIr[] } {
  const taken = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const virtualHosts = candidates.flatMap((candidate) => {
    const free = candidate.domains.filter((domain) => !taken.has(domain));
    for (const domain of candidate.domains) {
      if (taken.has(domain))
        diagnostics.push({
          code: 'duplicate_domain',
          message: `domain ${domain} of ${candidate.name} belongs to another virtual host`,
        });
      taken.add(domain);
    }
    if (free.length === candidate.domains.length) return [candidate];
    return free.length === 0 ? [] : [derived(candidate, free.join(), () => ({ ...candidate, domains: free }))];
  });
  return { virtualHosts, diagnostics };
}

const variants = new WeakMap<VirtualHostIr, Map<string, VirtualHostIr>>();

/** A variant of a virtual host, made once. */
function derived(virtualHost: VirtualHostIr, variant: string, make: () => VirtualHostIr): VirtualHostIr {
  const known = variants.get(virtualHost) ?? new Map<string, VirtualHostIr>();
  variants.set(virtualHost, known);
  const made = known.get(variant) ?? make();
  known.set(variant, made);
  return made;
}
