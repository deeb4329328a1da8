import { outboundClusterName, serviceRouteConfigName, type DestinationIr, type EndpointSetIr, type OutboundIr, type OutboundServiceIr, type RouteConfigIr, type SecretIr } from '@malla/ir';
import type { MeshService, ProxyView } from '@malla/snapshot';
import type { Diagnostic } from '../diagnostics.ts';
import { layoutKey, type OutboundLayout } from '../layout.ts';
import { keepList, type SliceMemo } from '../memo.ts';
import { isHttp, protocolOf } from '../protocol.ts';
import { affectedHosts, type Affected } from './affected-hosts.ts';
import { takeHostSlice } from './host-slice.ts';
import { httpProxyRouteConfig, portRouteConfigs } from './route-configs.ts';
import { takeSecrets } from './secrets.ts';
import { takeServiceSlices, type HostSlice, type ServiceSlices } from './service-slices.ts';

/** Requests to hosts that are no service are told apart on this port only, as in Istio. */
const foreignHostPort = 80;

interface Containers {
  readonly destinations: readonly DestinationIr[];
  readonly endpoints: readonly EndpointSetIr[];
  readonly hosts: readonly HostSlice[];
  readonly secrets: readonly SecretIr[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What is remembered of a layout, to keep identities. */
interface LayoutState {
  outbound: OutboundIr;
  /** Inputs that `outbound` was made from. */
  readonly from: Containers;
  readonly services: readonly MeshService[];
  /** What was found when the route configurations were put together. */
  readonly found: readonly Diagnostic[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The outbound configuration of one scope while snapshots go by. Each step looks again only at hosts that a change concerns; whatever comes out
 * unchanged stays the identical object, up to whole lists.
 */
export class OutboundState {
  readonly #memo: SliceMemo;
  readonly #slices = new Map<string, ServiceSlices>();
  /** Host to the hosts whose routes were made from it. */
  readonly #readers = new Map<string, Set<string>>();
  readonly #layouts = new Map<string, LayoutState>();
  #view: ProxyView | undefined;
  #services: readonly MeshService[] = [];
  #containers: Containers = { destinations: [], endpoints: [], hosts: [], secrets: [], diagnostics: [] };

  constructor(memo: SliceMemo) {
    this.#memo = memo;
  }

  /** Brings the state to a view of its scope. */
  advance(view: ProxyView): void {
    if (this.#view?.snapshot === view.snapshot) return;
    const affected = affectedHosts(this.#view, view, this.#readers);
    this.#services = view.services;
    const changed = this.#refresh(view, affected);
    const secretsMayDiffer = this.#view?.snapshot.secrets !== view.snapshot.secrets;
    this.#view = view;
    if (changed || secretsMayDiffer) this.#collect(view);
  }

  outbound(layout: OutboundLayout): OutboundIr {
    return this.#layout(layout).outbound;
  }

  diagnostics(layout: OutboundLayout): readonly Diagnostic[] {
    return this.#layout(layout).diagnostics;
  }

  /** Looks at the affected hosts again; says whether any slice differs. */
  #refresh(view: ProxyView, affected: Affected): boolean {
    const hosts = affected === 'all' ? this.#allHosts(view) : affected;
    let changed = false;
    for (const host of hosts) {
      const before = this.#slices.get(host);
      const after = this.#take(view, host, before);
      if (after === undefined) this.#slices.delete(host);
      else this.#slices.set(host, after);
      this.#rememberReads(before, after);
      changed ||= differs(before, after);
    }
    return changed;
  }

  #allHosts(view: ProxyView): Set<string> {
    return new Set([...this.#slices.keys(), ...view.services.map((service) => service.host), ...view.foreignHosts()]);
  }

  #take(view: ProxyView, host: string, before: ServiceSlices | undefined): ServiceSlices | undefined {
    const service = view.service(host);
    if (service !== undefined) return takeServiceSlices(this.#memo, view, service, before);
    const slice = takeHostSlice({ memo: this.#memo, view, host, service, port: foreignHostPort });
    if (slice === undefined || view.virtualServices(host).length === 0) return undefined;
    return { host, service, destinations: [], endpoints: [], hosts: keepList(before?.hosts, [slice]), credentials: [] };
  }

  #rememberReads(before: ServiceSlices | undefined, after: ServiceSlices | undefined): void {
    for (const { reads } of before?.hosts ?? []) for (const read of reads) this.#readers.get(read)?.delete(before!.host);
    for (const { reads } of after?.hosts ?? []) {
      for (const read of reads) {
        const readers = this.#readers.get(read) ?? new Set<string>();
        this.#readers.set(read, readers.add(after!.host));
      }
    }
  }

  #collect(view: ProxyView): void {
    const foreign = [...this.#slices.values()].filter((s) => s.service === undefined).sort((a, b) => (a.host < b.host ? -1 : 1));
    const all = [...this.#services.flatMap((service) => this.#slices.get(service.host) ?? []), ...foreign];
    const was = this.#containers;
    const { secrets, diagnostics } = takeSecrets(this.#memo, view, all.flatMap((s) => s.credentials));
    const hosts = keepList(was.hosts, all.flatMap((s) => s.hosts));
    this.#containers = {
      destinations: keepList(was.destinations, all.flatMap((s) => s.destinations)),
      endpoints: keepList(was.endpoints, all.flatMap((s) => s.endpoints)),
      hosts,
      secrets: keepList(was.secrets, secrets),
      diagnostics: [...hosts.flatMap((slice) => slice.diagnostics), ...diagnostics],
    };
  }

  #layout(layout: OutboundLayout): LayoutState {
    const key = layoutKey(layout);
    const was = this.#layouts.get(key);
    if (was?.from === this.#containers && was.services === this.#services) return was;
    const made = this.#makeLayout(layout, was);
    this.#layouts.set(key, made);
    return made;
  }

  #makeLayout(layout: OutboundLayout, was: LayoutState | undefined): LayoutState {
    const { destinations, endpoints, hosts, secrets, diagnostics } = this.#containers;
    const before = was?.outbound;
    const sameHosts = was?.from.hosts === hosts;
    const found = sameHosts ? [...was.found] : [];
    const services = was?.services === this.#services && before !== undefined ? before.services : outboundServices(this.#services, layout);
    const next: OutboundIr = {
      services: services === before?.services ? services : keepEqual(before?.services, services),
      destinations,
      endpoints,
      routeConfigs: sameHosts && before !== undefined ? before.routeConfigs : this.#routeConfigs(layout, before?.routeConfigs ?? [], (d) => void found.push(d)),
      secrets,
    };
    const same = before !== undefined && (Object.keys(next) as (keyof OutboundIr)[]).every((field) => next[field] === before[field]);
    const outbound = same ? before : next;
    return { outbound, from: this.#containers, services: this.#services, found, diagnostics: unique([...diagnostics, ...found]) };
  }

  #routeConfigs(layout: OutboundLayout, before: readonly RouteConfigIr[], report: (diagnostic: Diagnostic) => void): readonly RouteConfigIr[] {
    const mesh = this.#view!.snapshot.mesh;
    const slices = this.#containers.hosts;
    const shared = { slices, mesh, before, report };
    const configs = [
      ...(layout.perService ? slices.map((slice) => slice.ownRouteConfig) : []),
      ...(layout.perPort ? portRouteConfigs(shared) : []),
      ...(layout.httpProxy ? [httpProxyRouteConfig(shared)] : []),
    ];
    return keepList(before, configs);
  }
}

function differs(before: ServiceSlices | undefined, after: ServiceSlices | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return (
    before.service !== after.service ||
    before.destinations !== after.destinations ||
    before.endpoints !== after.endpoints ||
    before.hosts !== after.hosts ||
    before.credentials.join() !== after.credentials.join()
  );
}

function outboundServices(services: readonly MeshService[], layout: OutboundLayout): readonly OutboundServiceIr[] {
  return services.flatMap((service) =>
    service.ports.map((port): OutboundServiceIr => {
      const http = isHttp(protocolOf(port));
      return {
        host: service.host,
        port: port.port,
        http,
        cluster: outboundClusterName(port.port, '', service.host),
        ...(service.virtualAddress === undefined ? {} : { virtualAddress: service.virtualAddress }),
        ...(http && layout.perService ? { routeConfig: serviceRouteConfigName(service.host, port.port) } : {}),
      };
    }),
  );
}

/** The list from before with every record that says the same; these records are small. */
function keepEqual(before: readonly OutboundServiceIr[] | undefined, after: readonly OutboundServiceIr[]): readonly OutboundServiceIr[] {
  if (before === undefined) return after;
  const known = new Map(before.map((service) => [service.cluster, service]));
  return keepList(
    before,
    after.map((service) => {
      const was = known.get(service.cluster);
      const same = was?.http === service.http && was.virtualAddress === service.virtualAddress && was.routeConfig === service.routeConfig;
      return same ? was : service;
    }),
  );
}

function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const byText = new Map(diagnostics.map((d) => [JSON.stringify([d.code, d.message, d.origin]), d]));
  return [...byText.values()];
}
