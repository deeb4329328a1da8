import type { KubeSlice } from './kube-slice.ts';
import { MultiMap } from './multi-map.ts';

/** EndpointSlices by Service, and what they lead to. */
export class SliceTable {
  readonly #slices = new Map<string, KubeSlice>();
  readonly #byService = new MultiMap();
  /** By `pod <key>`, `address <address>` and `node <name>`. */
  readonly #byTarget = new MultiMap();

  get all(): ReadonlyMap<string, KubeSlice> {
    return this.#slices;
  }

  /** Puts a slice in place; undefined removes it. Returns the Services whose endpoints may differ. */
  set(key: string, slice: KubeSlice | undefined): readonly string[] {
    const before = this.#slices.get(key);
    if (before !== undefined) {
      this.#byService.delete(before.service, key);
      for (const target of targetsOf(before)) this.#byTarget.delete(target, key);
    }
    if (slice === undefined) this.#slices.delete(key);
    else {
      this.#slices.set(key, slice);
      this.#byService.add(slice.service, key);
      for (const target of targetsOf(slice)) this.#byTarget.add(target, key);
    }
    return [before, slice].flatMap((each) => (each === undefined ? [] : [each.service]));
  }

  /** The slices of a Service, by name. */
  ofService(service: string): readonly KubeSlice[] {
    return [...this.#byService.get(service)].sort().flatMap((key) => this.#slices.get(key) ?? []);
  }

  /** Services that have an endpoint of a Pod, or at one of these addresses. */
  servicesOfPod(pod: string, addresses: readonly string[]): readonly string[] {
    return this.#servicesOf([`pod ${pod}`, ...addresses.map((address) => `address ${address}`)]);
  }

  /** Services that have an endpoint without a Pod on a Node. */
  servicesOnNode(node: string): readonly string[] {
    return this.#servicesOf([`node ${node}`]);
  }

  #servicesOf(targets: readonly string[]): readonly string[] {
    const slices = new Set(targets.flatMap((target) => [...this.#byTarget.get(target)]));
    return [...new Set([...slices].flatMap((key) => this.#slices.get(key)?.service ?? []))];
  }
}

function targetsOf({ endpoints }: KubeSlice): readonly string[] {
  return endpoints.flatMap(({ pod, address, node }) =>
    pod === undefined ? [`address ${address}`, ...(node === '' ? [] : [`node ${node}`])] : [`pod ${pod}`],
  );
}
