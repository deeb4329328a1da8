import { serviceRouteConfigName, type RouteConfigIr, type RouteIr, type VirtualHostIr } from '@malla/ir';
import type { MeshService, ProxyView } from '@malla/snapshot';
import type { Diagnostic } from '../diagnostics.ts';
import type { SliceMemo } from '../memo.ts';
import { routeInputs } from '../mesh-inputs.ts';
import { domainsOf, hasShortName } from '../routes/domains.ts';
import { resolveHostRoutes, type HostRoutesInputs } from '../routes/host-routes.ts';
import { destinationHosts, destinationInputs, knownDestination } from './known-destinations.ts';
import { clientOf, clientText } from './match-client.ts';

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
  return slice === noRoutes ? undefined : withDomains(slice as RoutesSlice, view.scope.namespace);
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

const withDomainsOf = new WeakMap<RoutesSlice, Map<string, HostSlice>>();

/** The routes under the names that the client may use; made once for each namespace in which these include short ones, and once for all others. */
function withDomains(slice: RoutesSlice, clientNamespace: string): HostSlice {
  const variants = withDomainsOf.get(slice) ?? new Map<string, HostSlice>();
  withDomainsOf.set(slice, variants);
  const { host, name, port, service, routes, ownRouteConfig, diagnostics, reads } = slice;
  const client = service !== undefined && hasShortName(service, clientNamespace) ? clientNamespace : '';
  const known = variants.get(client);
  if (known !== undefined) return known;
  const domains = service === undefined ? [host] : domainsOf(service, client);
  const made = { port, virtualHost: { name, domains, routes }, ownRouteConfig, diagnostics, reads };
  variants.set(client, made);
  return made;
}

/** The inputs as one list to compare item by item. */
function identityOf({ mesh, service, virtualServices, client, destinations }: HostRoutesInputs): readonly unknown[] {
  return [...routeInputs(mesh), service, clientText(client), ...virtualServices, ...destinationInputs(destinations)];
}
