import type { GatewayChainIr, GatewayTargetIr } from '@malla/ir';
import type { TcpRoute, TlsRoute, VirtualService } from '@malla/model';
import { expandHost, gatewayName, type ProxyView } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import { knownDestination } from '../outbound/known-destinations.ts';
import { findDestination, type KnownDestination } from '../routes/destination-ref.ts';
import type { MergedPort, MergedServer } from './merge-servers.ts';
import { commonHosts, serverNames } from './server-hosts.ts';
import { resolveServerTls } from './server-tls.ts';

/** Chains of one port that carry bytes, with what is wrong about them. */
export interface StreamChains {
  readonly chains: readonly GatewayChainIr[];
  readonly diagnostics: readonly Diagnostic[];
}

type Report = (diagnostic: Diagnostic) => void;
type StreamRoute = NonNullable<TcpRoute['route']>;
type StreamMatch = Pick<TlsRoute['match'][number], 'port' | 'gateways'>;

/**
 * Chains for TCP, for TLS that is ended and carries bytes, and for TLS that passes through, by TCP and TLS rules of VirtualServices. A server for which
 * there is no rule takes no connections. Source: Istio pilot/pkg/networking/core/gateway.go, createGatewayTCPFilterChainOpts
 */
export function streamChains(view: ProxyView, { servers }: MergedPort): StreamChains {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => void diagnostics.push(diagnostic);
  const taken = new Set(
    servers.filter(({ kind }) => kind !== 'passthrough').flatMap(({ hosts }) => serverNames(hosts)),
  );
  const chains = servers.flatMap((server) => {
    if (server.kind === 'tcp' || server.kind === 'tls') return tcpChain(view, server, report);
    return server.kind === 'passthrough' ? passedChains(view, server, { taken, report }) : [];
  });
  return { chains, diagnostics };
}

/** The first TCP rule that is for the server has it. */
function tcpChain(view: ProxyView, merged: MergedServer, report: Report): readonly GatewayChainIr[] {
  const { gateway, server, hosts, kind } = merged;
  for (const virtualService of boundTo(view, merged)) {
    for (const rule of virtualService.spec?.tcp ?? []) {
      const matches = rule.match ?? [];
      const holds = matches.length === 0 || matches.some((match) => isFor(match, merged, virtualService));
      if (!holds || (rule.route ?? []).length === 0) continue;
      const target = targetOf(view, { route: rule.route ?? [], virtualService, port: server.port.number, report });
      if (target === undefined) return [];
      const tls = server.tls === undefined ? undefined : resolveServerTls(server.tls);
      const { namespace, name } = originOf(gateway);
      return [
        {
          name: `${kind}.${server.port.number}.${server.port.name}.${name}.${namespace}`,
          serverNames: kind === 'tls' ? serverNames(hosts) : [],
          transport: tls === undefined ? 'none' : 'ended',
          ...(tls === undefined ? {} : { tls }),
          target,
          origin: originOf(gateway),
        },
      ];
    }
  }
  return [];
}

/** A chain for each match of each TLS rule; a server name belongs to the first that has it. */
function passedChains(
  view: ProxyView,
  merged: MergedServer,
  { taken, report }: { readonly taken: Set<string>; readonly report: Report },
): readonly GatewayChainIr[] {
  const chains: GatewayChainIr[] = [];
  const port = merged.server.port.number;
  for (const virtualService of boundTo(view, merged)) {
    const origin = originOf(virtualService);
    for (const [r, rule] of (virtualService.spec?.tls ?? []).entries()) {
      const target = targetOf(view, { route: rule.route ?? [], virtualService, port, report });
      if (target === undefined) continue;
      for (const [m, match] of rule.match.entries()) {
        if (!isFor(match, merged, virtualService)) continue;
        const names = match.sniHosts.map((name) => name.toLowerCase());
        const double = names.find((name) => taken.has(name));
        if (double !== undefined) {
          report({
            code: 'conflicting_server',
            message: `the TLS rule for ${names.join(', ')} is left out: ${double} of the port is taken`,
            origin,
          });
          continue;
        }
        for (const name of names) taken.add(name);
        chains.push({
          name: `passthrough.${port}.${origin.namespace}.${origin.name}.${r}.${m}`,
          serverNames: names.includes('*') ? [] : names,
          transport: 'passed',
          target,
          origin,
        });
      }
    }
  }
  return chains;
}

/** VirtualServices for the server's Gateway that have a host in common with it. */
function boundTo(view: ProxyView, { gatewayName: gateway, hosts }: MergedServer): readonly VirtualService[] {
  return view.gatewayVirtualServices(gateway).filter((virtualService) => {
    const { namespace } = originOf(virtualService);
    const written = virtualService.spec?.hosts ?? [];
    const named = written.map((host) => expandHost(host, namespace, view.snapshot.mesh.domainSuffix).toLowerCase());
    return commonHosts(hosts, { namespace, hosts: named }).length > 0;
  });
}

/** Source: Istio pilot/pkg/networking/core/gateway.go, l4SingleMatch */
function isFor(match: StreamMatch, { gatewayName: gateway, server }: MergedServer, of: VirtualService): boolean {
  if (match.port !== undefined && match.port !== 0 && match.port !== server.port.number) return false;
  const gateways = match.gateways ?? [];
  const { namespace } = originOf(of);
  return gateways.length === 0 || gateways.some((written) => gatewayName(written, namespace) === gateway);
}

interface TargetRequest {
  readonly route: StreamRoute;
  readonly virtualService: VirtualService;
  readonly port: number;
  readonly report: Report;
}

/** Where the connections go; undefined when no destination has a weight. */
function targetOf(
  view: ProxyView,
  { route, virtualService, port, report }: TargetRequest,
): GatewayTargetIr | undefined {
  const origin = originOf(virtualService);
  const { domainSuffix } = view.snapshot.mesh;
  const known = new Map<string, KnownDestination>();
  for (const { destination } of route) {
    const host = expandHost(destination.host, origin.namespace, domainSuffix);
    known.set(host, knownDestination(view, host));
  }
  const table = { namespace: origin.namespace, domainSuffix, port, known, origin, report };
  const weighted = route.length === 1 ? route.map((only) => ({ ...only, weight: 1 })) : route;
  const clusters = weighted
    .filter(({ weight = 0 }) => weight > 0)
    .map(({ destination, weight = 0 }) => ({ cluster: findDestination(destination, table).cluster, weight }));
  return clusters.length === 0 ? undefined : { kind: 'tcp', clusters };
}
