import type { InboundIr, OutboundIr, Proxy } from '@malla/ir';
import { scopeKey, type MeshSnapshot, type ProxyView } from '@malla/snapshot';
import type { Diagnostic } from './diagnostics.ts';
import { resolveInbound } from './inbound/inbound.ts';
import type { OutboundLayout } from './layout.ts';
import { SliceMemo, type ResolveStats } from './memo.ts';
import { OutboundState } from './outbound/outbound-state.ts';

/** Settings of a {@link Resolver}. */
export interface ResolverOptions {
  /** Scopes kept for the next snapshot, the least recently asked for go first; a scope that went is resolved afresh. Default 1,000. */
  readonly maxScopes?: number;
}

/** Every so many scopes that go, memory of slices that nobody has is given back. */
const sweepInterval = 64;

/**
 * Istio's meaning of a snapshot, as IR. Results depend on the arguments alone; what is remembered only makes an unchanged part the identical
 * object, so callers compare by identity and a change costs what it touches.
 */
export class Resolver {
  readonly #memo = new SliceMemo();
  readonly #outbound = new Map<string, OutboundState>();
  readonly #maxScopes: number;
  #forgotten = 0;

  constructor(options: ResolverOptions = {}) {
    this.#maxScopes = options.maxScopes ?? 1_000;
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

  /** The inbound half of one proxy. */
  inbound(snapshot: MeshSnapshot, proxy: Proxy): InboundIr {
    return resolveInbound(this.#memo, snapshot, proxy).inbound;
  }

  /** What is wrong with the policies that apply to a proxy. */
  inboundDiagnostics(snapshot: MeshSnapshot, proxy: Proxy): readonly Diagnostic[] {
    return resolveInbound(this.#memo, snapshot, proxy).diagnostics;
  }

  #advance(view: ProxyView): OutboundState {
    const key = scopeKey(view.scope);
    const state = this.#outbound.get(key) ?? new OutboundState(this.#memo);
    // Last in the map is the most recently used.
    this.#outbound.delete(key);
    this.#outbound.set(key, state);
    this.#forgetOldest();
    state.advance(view);
    return state;
  }

  #forgetOldest(): void {
    const [oldest] = this.#outbound.keys();
    if (this.#outbound.size <= this.#maxScopes || oldest === undefined) return;
    this.#outbound.delete(oldest);
    if (++this.#forgotten % sweepInterval === 0) this.#memo.sweep();
  }
}
