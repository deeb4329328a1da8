import { gatewayBlackHoleName, noHeaderEdits, type RouteConfigIr, type RouteIr, type VirtualHostIr } from '@malla/ir';
import { expandHost, type ProxyView } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import { keepList, type SliceMemo } from '../memo.ts';
import { isCatchAll, matchAll } from '../routes/match.ts';
import type { MergedServer } from './merge-servers.ts';
import { commonHosts } from './server-hosts.ts';
import { takeGatewayRoutes } from './virtual-service-routes.ts';

export interface GatewayRouteConfigRequest {
  readonly memo: SliceMemo;
  readonly view: ProxyView;
  readonly name: string;
  /** At least one; several only for plain HTTP. */
  readonly servers: readonly MergedServer[];
  /** What it was last time: what is unchanged stays the identical object. */
  readonly before: RouteConfigIr | undefined;
}

/** A route configuration with what is wrong about it. */
export interface GatewayRouteConfig {
  readonly config: RouteConfigIr;
  readonly diagnostics: readonly Diagnostic[];
}

/** The routes of one host so far. */
interface HostDraft {
  readonly port: number;
  readonly routes: RouteIr[];
  redirects: boolean;
}

/**
 * The virtual hosts of servers: for each VirtualService of their Gateways the hosts that both have. Several VirtualServices of one host follow each other by
 * age, rules that take everything last. Without any virtual host everything gets 404.
 * Source: Istio pilot/pkg/networking/core/gateway.go, buildGatewayHTTPRouteConfig
 */
export function takeGatewayRouteConfig(request: GatewayRouteConfigRequest): GatewayRouteConfig {
  const { name, servers, before } = request;
  const hosts = new Map<string, HostDraft>();
  const diagnostics: Diagnostic[] = [];
  for (const server of servers) {
    addVirtualServices(request, server, { hosts, diagnostics });
    if (server.server.tls?.httpsRedirect === true) addRedirects(server, hosts);
  }
  const firstPort = servers[0]?.server.port.number ?? 0;
  const drafts = [...hosts].sort(([a], [b]) => (a < b ? -1 : 1));
  const known = new Map(before?.virtualHosts.map((host) => [host.name, host]));
  const virtualHosts =
    drafts.length === 0
      ? [kept(known, { name: gatewayBlackHoleName(firstPort), domains: ['*'], routes: [] })]
      : drafts.map(([host, draft]) => kept(known, virtualHostOf(host, draft)));
  const list = keepList(before?.virtualHosts, virtualHosts);
  return { config: before?.virtualHosts === list ? before : { name, virtualHosts: list }, diagnostics };
}

interface Draft {
  readonly hosts: Map<string, HostDraft>;
  readonly diagnostics: Diagnostic[];
}

function addVirtualServices({ memo, view }: GatewayRouteConfigRequest, merged: MergedServer, draft: Draft): void {
  const { gatewayName: gateway, server, hosts } = merged;
  const port = server.port.number;
  for (const virtualService of view.gatewayVirtualServices(gateway)) {
    const { namespace } = originOf(virtualService);
    const written = virtualService.spec?.hosts ?? [];
    const named = written.map((host) => expandHost(host, namespace, view.snapshot.mesh.domainSuffix).toLowerCase());
    const common = commonHosts(hosts, { namespace, hosts: named });
    if (common.length === 0) continue;
    const { routes, diagnostics } = takeGatewayRoutes({ memo, view, virtualService, gateway, port });
    draft.diagnostics.push(...diagnostics);
    for (const host of common) hostDraft(draft.hosts, host, port).routes.push(...routes);
    if (server.tls?.httpsRedirect === true)
      for (const host of common) hostDraft(draft.hosts, host, port).redirects = true;
  }
}

function addRedirects({ hosts, server }: MergedServer, drafts: Map<string, HostDraft>): void {
  for (const { host } of hosts) hostDraft(drafts, host, server.port.number).redirects = true;
}

function hostDraft(drafts: Map<string, HostDraft>, host: string, port: number): HostDraft {
  const draft = drafts.get(host) ?? { port, routes: [], redirects: false };
  drafts.set(host, draft);
  return draft;
}

function virtualHostOf(host: string, { port, routes, redirects }: HostDraft): VirtualHostIr {
  return { name: `${host}:${port}`, domains: [host], routes: redirects ? [toHttps] : inOrder(routes) };
}

/** Plain text is answered with the same address by https. */
const toHttps: RouteIr = {
  name: 'https-redirect',
  match: matchAll,
  action: { kind: 'redirect', scheme: 'https', code: 301 },
  headers: noHeaderEdits,
};

function inOrder(routes: readonly RouteIr[]): readonly RouteIr[] {
  const all = routes.filter(({ match }) => isCatchAll(match));
  return [...routes.filter(({ match }) => !isCatchAll(match)), ...all];
}

/** The virtual host of before if it is the same. */
function kept(known: ReadonlyMap<string, VirtualHostIr>, host: VirtualHostIr): VirtualHostIr {
  const before = known.get(host.name);
  const same =
    before !== undefined &&
    keepList(before.routes, host.routes) === before.routes &&
    keepList(before.domains, host.domains) === before.domains;
  return same ? before : host;
}
