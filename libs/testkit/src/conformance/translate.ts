import { Emitter, type XdsResources } from '@malla/emit';
import type { InboundIr, OutboundIr, Proxy } from '@malla/ir';
import type { KnownResource } from '@malla/model';
import { bind, layoutOf, Resolver, type ProxyTelemetry } from '@malla/resolve';
import { applyChanges, emptySnapshot, scopeOf, viewOf, type MeshSnapshot } from '@malla/snapshot';
import {
  baseResources,
  proxyOf,
  registeredWorkload,
  registeredWorkloads,
  workloads,
  type FixtureAddresses,
} from './mesh.ts';

/** A proxy's configuration: as IR for the simulator, as resources for Envoy. */
export interface TranslatedProxy {
  readonly proxy: Proxy;
  readonly outbound: OutboundIr;
  readonly inbound: InboundIr;
  readonly telemetry: ProxyTelemetry;
  readonly resources: XdsResources;
}

/** The control plane's translation over the base mesh; one for a whole run, as in discovery. */
export class Translation {
  readonly #resolver = new Resolver();
  readonly #emitter = new Emitter();
  readonly #addresses: FixtureAddresses;
  readonly #base: MeshSnapshot;

  constructor(addresses: FixtureAddresses) {
    this.#addresses = addresses;
    this.#base = applyChanges(emptySnapshot(), {
      upserts: baseResources(),
      workloads: { upserts: registeredWorkloads.map((workload) => registeredWorkload(workload, addresses)) },
    });
  }

  /** Configurations of all proxies of the base mesh with these resources on top, by workload. */
  translate(resources: readonly KnownResource[]): ReadonlyMap<string, TranslatedProxy> {
    const snapshot = applyChanges(this.#base, { upserts: resources });
    const proxied = workloads.filter((workload) => workload.proxied);
    return new Map(proxied.map((workload) => [workload.name, this.one(snapshot, proxyOf(workload, this.#addresses))]));
  }

  /** The configuration of one proxy. */
  one(snapshot: MeshSnapshot, proxy: Proxy): TranslatedProxy {
    const outbound = this.#resolver.outbound(viewOf(snapshot, scopeOf(snapshot, proxy)), layoutOf(proxy));
    const inbound = this.#resolver.inbound(snapshot, proxy);
    const telemetry = this.#resolver.telemetry(snapshot, proxy);
    const listeners = bind({ outbound, inbound, proxy, telemetry });
    const { trustDomain } = snapshot.mesh;
    const resources = this.#emitter.emit({ outbound, inbound, listeners, dataPlane: proxy.dataPlane, trustDomain });
    return { proxy, outbound, inbound, telemetry, resources };
  }
}
