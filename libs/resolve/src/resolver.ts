import type { InboundIr, OutboundIr, Proxy } from '@malla/ir';
import { scopeKey, type MeshSnapshot, type ProxyView } from '@malla/snapshot';
import type { Diagnostic } from './diagnostics.ts';
import { resolveInbound, type InboundSlice } from './inbound/inbound.ts';
import type { OutboundLayout } from './layout.ts';
import { SliceMemo, type ResolveStats } from './memo.ts';
import { OutboundState } from './outbound/outbound-state.ts';
import { RecentMap } from './recent-map.ts';
import { takeTelemetry, type ProxyTelemetry } from './telemetry/telemetry.ts';

/** Settings of a {@link Resolver}. What is no longer kept is resolved afresh when it is asked for, and says the same. */
export interface ResolverOptions {
  /** Scopes kept for the next snapshot. Default 1,000. */
  readonly maxScopes?: number;
  /** Proxies whose inbound half is kept. Default 20,000. */
  readonly maxProxies?: number;
}

/**
 * Istio's meaning of a snapshot, as IR. Results depend on the arguments alone; what is remembered only makes an unchanged part the identical
 * object, so callers compare by identity and a change costs what it touches.
 */
export class Resolver {
  readonly #memo = new SliceMemo();
  readonly #outbound: RecentMap<OutboundState>;
  /** Holds inbound halves, which the memo holds but weakly. */
  readonly #inbound: RecentMap<InboundSlice>;
  readonly #telemetry: RecentMap<ProxyTelemetry>;

  constructor({ maxScopes = 1_000, maxProxies = 20_000 }: ResolverOptions = {}) {
    this.#outbound = new RecentMap(maxScopes);
    this.#inbound = new RecentMap(maxProxies);
    this.#telemetry = new RecentMap(maxProxies);
  }

  /** Slices resolved so far, by kind. */
  get stats(): Readonly<ResolveStats> {
    return this.#memo.stats;
  }

  /** The outbound half for all proxies of the view's scope, with the route configurations of a layout. */
  outbound(view: ProxyView, layout: OutboundLayout): OutboundIr {
    return this.#advance(view).outbound(layout);
  }

  /** What is wrong in what the scope sees. */
  outboundDiagnostics(view: ProxyView, layout: OutboundLayout): readonly Diagnostic[] {
    return this.#advance(view).diagnostics(layout);
  }

  /** The inbound half of one proxy. Replicas of a workload have the identical one. */
  inbound(snapshot: MeshSnapshot, proxy: Proxy): InboundIr {
    return this.#inboundSlice(snapshot, proxy).inbound;
  }

  /** What is wrong with the policies that apply to a proxy. */
  inboundDiagnostics(snapshot: MeshSnapshot, proxy: Proxy): readonly Diagnostic[] {
    return this.#inboundSlice(snapshot, proxy).diagnostics;
  }

  /** What is traced and logged of a proxy's traffic. Proxies with equal policies have identical halves. */
  telemetry(snapshot: MeshSnapshot, proxy: Proxy): ProxyTelemetry {
    const telemetry = takeTelemetry(this.#memo, snapshot, proxy);
    this.#telemetry.set(proxy.id, telemetry);
    return telemetry;
  }

  #inboundSlice(snapshot: MeshSnapshot, proxy: Proxy): InboundSlice {
    const slice = resolveInbound(this.#memo, snapshot, proxy);
    this.#inbound.set(proxy.id, slice);
    return slice;
  }

  #advance(view: ProxyView): OutboundState {
    const key = scopeKey(view.scope);
    const state = this.#outbound.get(key) ?? new OutboundState(this.#memo);
    this.#outbound.set(key, state);
    state.advance(view);
    return state;
  }
}
