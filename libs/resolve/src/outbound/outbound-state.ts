import type { DestinationIr, EndpointSetIr, OutboundIr, RouteConfigIr, SecretIr } from '@malla/ir';
import type { MeshService, ProxyView } from '@malla/snapshot';
import type { Diagnostic } from '../diagnostics.ts';
import { GatewayState } from '../gateway/gateway-state.ts';
import { layoutKey, type OutboundLayout } from '../layout.ts';
import { keepList, type SliceMemo } from '../memo.ts';
import { affectedHosts, type Affected } from './affected-hosts.ts';
import { takeHostSlice, type HostSlice } from './host-slice.ts';
import { LayoutState } from './layout-state.ts';
import { takeSecrets, type CredentialReference } from './secrets.ts';
import { SegmentedList } from './segmented-list.ts';
import { takeServiceSlices, type ServiceSlices } from './service-slices.ts';

/** Requests to hosts that are no service are told apart on this port only, as in Istio. */
const foreignHostPort = 80;

/**
 * The outbound configuration of one scope while snapshots go by. Each step looks again only at hosts that a change concerns; whatever comes out
 * unchanged stays the identical object, up to whole lists.
 */
export class OutboundState {
  readonly #memo: SliceMemo;
  readonly #slices = new Map<string, ServiceSlices>();
  /** Host to the hosts whose routes were made from it. */
  readonly #readers = new Map<string, Set<string>>();
  /** Hosts whose clusters need Secrets. */
  readonly #credentials = new Map<string, readonly CredentialReference[]>();
  readonly #layouts = new Map<string, LayoutState>();
  readonly #destinations = new SegmentedList<DestinationIr>();
  readonly #endpoints = new SegmentedList<EndpointSetIr>();
  readonly #hosts = new SegmentedList<HostSlice>();
  readonly #ownRouteConfigs = new SegmentedList<RouteConfigIr>();
  /** Only for routers. */
  #gateway: GatewayState | undefined;
  #secrets: readonly SecretIr[] = [];
  #secretDiagnostics: readonly Diagnostic[] = [];
  #view: ProxyView | undefined;
  #services: readonly MeshService[] = [];

  constructor(memo: SliceMemo) {
    this.#memo = memo;
  }

  /** Brings the state to a view of its scope. */
  advance(view: ProxyView): void {
    const before = this.#view;
    if (before?.snapshot === view.snapshot) return;
    const affected = affectedHosts(before, view, this.#readers);
    this.#view = view;
    const changed = this.#refresh(view, affected);
    this.#collect(view, changed);
    if (view.scope.role === 'router') this.#gateway ??= new GatewayState(this.#memo);
    const other = this.#gateway?.advance(view) === true;
    if (other || changed.size > 0 || before?.snapshot.secrets !== view.snapshot.secrets) this.#collectSecrets(view);
  }

  outbound(layout: OutboundLayout): OutboundIr {
    return this.#layout(layout).outbound;
  }

  diagnostics(layout: OutboundLayout): readonly Diagnostic[] {
    const { found } = this.#layout(layout);
    const routes = this.#gateway?.parts.diagnostics ?? this.#hosts.items.flatMap((slice) => slice.diagnostics);
    return unique([...routes, ...this.#secretDiagnostics, ...found]);
  }

  /** Looks at the affected hosts again; gives those of which some slice differs. */
  #refresh(view: ProxyView, affected: Affected): ReadonlySet<string> {
    const hosts = affected === 'all' ? this.#allHosts(view) : affected;
    const changed = new Set<string>();
    for (const host of hosts) {
      const before = this.#slices.get(host);
      const after = this.#take(view, host, before);
      if (after === before) continue;
      if (after === undefined) this.#slices.delete(host);
      else this.#slices.set(host, after);
      this.#rememberReads(before, after);
      this.#rememberCredentials(host, after);
      changed.add(host);
    }
    return changed;
  }

  #allHosts(view: ProxyView): Set<string> {
    return new Set([...this.#slices.keys(), ...view.services.map((service) => service.host), ...view.namedHosts()]);
  }

  #take(view: ProxyView, host: string, before: ServiceSlices | undefined): ServiceSlices | undefined {
    const service = view.service(host);
    if (service !== undefined) return takeServiceSlices(this.#memo, view, service);
    if (!view.isForeign(host)) return undefined;
    const slice = takeHostSlice({ memo: this.#memo, view, host, service, port: foreignHostPort });
    if (slice === undefined) return undefined;
    if (before?.service === undefined && before?.hosts[0] === slice) return before;
    return { host, service, destinations: [], endpoints: [], hosts: [slice], credentials: [] };
  }

  #rememberReads(before: ServiceSlices | undefined, after: ServiceSlices | undefined): void {
    for (const { reads } of before?.hosts ?? [])
      for (const read of reads) this.#readers.get(read)?.delete(before!.host);
    for (const { reads } of after?.hosts ?? []) {
      for (const read of reads) {
        const readers = this.#readers.get(read) ?? new Set<string>();
        this.#readers.set(read, readers.add(after!.host));
      }
    }
  }

  #rememberCredentials(host: string, slices: ServiceSlices | undefined): void {
    if (slices === undefined || slices.credentials.length === 0) this.#credentials.delete(host);
    else this.#credentials.set(host, slices.credentials);
  }

  /** Brings the lists up to date: segments of changed hosts in place, or all of it when hosts came, went or grew. */
  #collect(view: ProxyView, changed: ReadonlySet<string>): void {
    const order = this.#services === view.services ? undefined : this.#order(view);
    this.#services = view.services;
    const update = <T>(list: SegmentedList<T>, itemsOf: (slices: ServiceSlices) => readonly T[]) => {
      const items = (host: string) => {
        const slices = this.#slices.get(host);
        return slices === undefined ? [] : itemsOf(slices);
      };
      const replaced = order === undefined && list.replace(new Map([...changed].map((host) => [host, items(host)])));
      if (!replaced) list.rebuild(order ?? this.#order(view), items);
    };
    update(this.#destinations, (slices) => slices.destinations);
    update(this.#endpoints, (slices) => slices.endpoints);
    update(this.#hosts, (slices) => slices.hosts);
    update(this.#ownRouteConfigs, (slices) => slices.hosts.map((slice) => slice.ownRouteConfig));
  }

  /** Hosts in the order of lists: services, then hosts that are none. */
  #order(view: ProxyView): readonly string[] {
    const foreign = [...this.#slices.values()]
      .filter((slices) => slices.service === undefined)
      .map((slices) => slices.host);
    return [...view.services.map((service) => service.host), ...foreign.sort()];
  }

  #collectSecrets(view: ProxyView): void {
    const credentials = [...[...this.#credentials.values()].flat(), ...(this.#gateway?.parts.credentials ?? [])];
    const { secrets, diagnostics } = takeSecrets(this.#memo, view, credentials);
    this.#secrets = keepList(this.#secrets, secrets);
    this.#secretDiagnostics = diagnostics;
  }

  #layout(layout: OutboundLayout): LayoutState {
    const key = layoutKey(layout);
    const state = this.#layouts.get(key) ?? new LayoutState(layout);
    this.#layouts.set(key, state);
    state.advance({
      mesh: this.#view!.snapshot.mesh,
      services: this.#services,
      hosts: this.#hosts.items,
      ownRouteConfigs: this.#ownRouteConfigs.items,
      gateway: this.#gateway?.parts,
      rest: { destinations: this.#destinations.items, endpoints: this.#endpoints.items, secrets: this.#secrets },
    });
    return state;
  }
}

function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const byText = new Map(diagnostics.map((d) => [JSON.stringify([d.code, d.message, d.origin]), d]));
  return [...byText.values()];
}
