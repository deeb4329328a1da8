import { Emitter } from '@malla/emit';
import type { OutboundIr, Proxy } from '@malla/ir';
import { bind, layoutKey, layoutOf, Resolver } from '@malla/resolve';
import { scopeKey, scopeOf, viewOf, type MeshSnapshot } from '@malla/snapshot';
import type { ResourceSet } from '@malla/xds';
import type { MeshVersion } from '../mesh/mesh-state.ts';
import { placedByPod } from './placed-by-pod.ts';

/**
 * What each proxy should have: snapshot -> view -> resolve -> bind -> emit. The outbound half is made once for all proxies in an
 * equal scope, and within it only what a change touched is made again.
 */
export class ProxyConfigurations {
  readonly #resolver = new Resolver();
  readonly #emitter = new Emitter();
  /** Outbound halves of `#snapshot`, by scope and layout. */
  #outbound = new Map<string, OutboundIr>();
  #snapshot: MeshSnapshot | undefined;

  /** How many slices were made so far, by type; for tests and metrics. */
  get stats(): Resolver['stats'] {
    return this.#resolver.stats;
  }

  /** The resources of a proxy at a version of the mesh. */
  resources(connected: Proxy, { snapshot }: MeshVersion): ResourceSet {
    const proxy = placedByPod(connected, snapshot);
    const outbound = this.#outboundOf(proxy, snapshot);
    const inbound = this.#resolver.inbound(snapshot, proxy);
    const telemetry = this.#resolver.telemetry(snapshot, proxy);
    const listeners = bind({ outbound, inbound, proxy, telemetry });
    return this.#emitter.emit({
      outbound,
      inbound,
      listeners,
      dataPlane: proxy.dataPlane,
      trustDomain: snapshot.mesh.trustDomain,
    });
  }

  #outboundOf(proxy: Proxy, snapshot: MeshSnapshot): OutboundIr {
    if (this.#snapshot !== snapshot) {
      this.#snapshot = snapshot;
      this.#outbound = new Map();
    }
    const scope = scopeOf(snapshot, proxy);
    const layout = layoutOf(proxy);
    const key = `${scopeKey(scope)}\n${layoutKey(layout)}`;
    let outbound = this.#outbound.get(key);
    if (outbound === undefined) {
      outbound = this.#resolver.outbound(viewOf(snapshot, scope), layout);
      this.#outbound.set(key, outbound);
    }
    return outbound;
  }
}
