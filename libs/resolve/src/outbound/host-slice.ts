import { serviceRouteConfigName, type RouteConfigIr, type RouteIr, type VirtualHostIr } from '@malla/ir';
import type { HttpRoute, VirtualService } from '@malla/model';
import { expandHost, type MergedDestinationRule, type MeshService, type ProxyView } from '@malla/snapshot';
import type { Diagnostic } from '../diagnostics.ts';
import type { SliceMemo } from '../memo.ts';
import { routeInputs } from '../mesh-inputs.ts';
import type { KnownDestination } from '../routes/destination-ref.ts';
import { domainsOf } from '../routes/domains.ts';
import { resolveHostRoutes, type HostRoutesInputs } from '../routes/host-routes.ts';
import type { MatchClient } from '../routes/match.ts';

/** The routes of one service port: as one of many virtual hosts, and as a route configuration of its own. */
export interface HostSlice {
  readonly port: number;
  readonly virtualHost: VirtualHostIr;
  /** With the same routes under domain `*`. */
  readonly ownRouteConfig: RouteConfigIr;
  readonly diagnostics: readonly Diagnostic[];
  /** Other hosts that the routes were made from: a change of one of them asks for a new look. */
  readonly reads: readonly string[];
}

export interface HostSliceRequest {
  readonly memo: SliceMemo;
  readonly view: ProxyView;
  readonly host: string;
  readonly service: MeshService | undefined;
  readonly port: number;
}

/** The routes of one host and port, shared by every scope that gives them equal inputs. */
interface RoutesSlice {
  readonly host: string;
  readonly name: string;
  readonly port: number;
  readonly service: MeshService | undefined;
  readonly routes: readonly RouteIr[];
  /** The same object for clients of every namespace: domain `*` is the same for all. */
  readonly ownRouteConfig: RouteConfigIr;
  readonly diagnostics: readonly Diagnostic[];
  readonly reads: readonly string[];
}

const anyClient: MatchClient = { namespace: '', labels: {} };
const noRoutes = {};

/** The routes of a host and port for a scope; from memory when no input changed. Undefined when there are none. */
export function takeHostSlice({ memo, view, host, service, port }: HostSliceRequest): HostSlice | undefined {
  const virtualServices = view.virtualServices(host);
  const reads = destinationHosts(virtualServices, view.snapshot.mesh.domainSuffix, service);
  const destinations = new Map(reads.map((read) => [read, knownDestination(view, read)] as const));
  const client = clientOf(virtualServices, view);
  const inputs: HostRoutesInputs = {
    mesh: view.snapshot.mesh,
    host,
    service,
    port,
    virtualServices,
    client,
    destinations,
  };
  const name = serviceRouteConfigName(host, port);
  const slice = memo.take('virtualHost', name, identityOf(inputs), () => resolveSlice(name, inputs, reads) ?? noRoutes);
  return slice === noRoutes
    ? undefined
    : withDomains(slice as RoutesSlice, service?.namespace === view.scope.namespace);
}

function resolveSlice(name: string, inputs: HostRoutesInputs, reads: readonly string[]): RoutesSlice | undefined {
  const resolved = resolveHostRoutes(inputs);
  if (resolved === undefined) return undefined;
  const own: VirtualHostIr = { name, domains: ['*'], routes: resolved.routes };
  return {
    host: inputs.host,
    name,
    port: inputs.port,
    service: inputs.service,
    ...resolved,
    ownRouteConfig: { name, virtualHosts: [own] },
    reads,
  };
}

const withDomainsOf = new WeakMap<RoutesSlice, { local?: HostSlice; remote?: HostSlice }>();

/** The routes under the names that the client may use; made once for clients of the service's namespace and once for all others. */
function withDomains(slice: RoutesSlice, sameNamespace: boolean): HostSlice {
  const variants = withDomainsOf.get(slice) ?? {};
  withDomainsOf.set(slice, variants);
  const { host, name, port, service, routes, ownRouteConfig, diagnostics, reads } = slice;
  return (variants[sameNamespace ? 'local' : 'remote'] ??= {
    port,
    virtualHost: { name, domains: service === undefined ? [host] : domainsOf(service, sameNamespace), routes },
    ownRouteConfig,
    diagnostics,
    reads,
  });
}

/** The inputs as one list to compare item by item. */
function identityOf({ mesh, service, virtualServices, client, destinations }: HostRoutesInputs): readonly unknown[] {
  const known = [...destinations].flatMap(([host, found]) => [
    host,
    found.service,
    found.subsets.join(),
    found.hashRule,
  ]);
  const who = client === anyClient ? '' : JSON.stringify([client.namespace, Object.entries(client.labels)]);
  return [...routeInputs(mesh), service, who, ...virtualServices, ...known];
}

/** The client as far as some match asks for it: scopes that no match tells apart share the slice. */
function clientOf(virtualServices: readonly VirtualService[], view: ProxyView): MatchClient {
  const matches = virtualServices.flatMap(({ spec }) => (spec?.http ?? []).flatMap((rule) => rule.match ?? []));
  const keys = new Set(matches.flatMap((match) => Object.keys(match.sourceLabels ?? {})));
  const asksNamespace = matches.some((match) => match.sourceNamespace !== undefined);
  if (keys.size === 0 && !asksNamespace) return anyClient;
  const labels = Object.entries(view.scope.labels).filter(([key]) => keys.has(key));
  return { namespace: asksNamespace ? view.scope.namespace : '', labels: Object.fromEntries(labels) };
}

/** Every host that the routes can lead to, the host itself first. */
function destinationHosts(
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

function knownDestination(view: ProxyView, host: string): KnownDestination {
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
