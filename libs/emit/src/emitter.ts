import type { DataPlane, InboundIr, ListenerIr, OutboundIr } from '@malla/ir';
import { encodeResource, typeUrls, type EncodedResource } from '@malla/protos';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { blackHole, passthrough } from './cluster/static-clusters.ts';
import { ListenerResources } from './listener-resources.ts';
import { NodeMemo } from './node-memo.ts';
import { byName, OutboundResources, type ByName } from './outbound-resources.ts';
import { GuardedRoutes } from './route/guarded-routes.ts';

/** One proxy's configuration in IR. */
export interface EmitInput {
  /** Shared by all proxies in an equal scope. */
  readonly outbound: OutboundIr;
  /** The workload's own half; `listeners` serve it. */
  readonly inbound: InboundIr;
  /** With addresses, from the bind step. */
  readonly listeners: readonly ListenerIr[];
  readonly dataPlane: DataPlane;
  /** Of the mesh; its name is in the identities that the IR holds. */
  readonly trustDomain: string;
}

/** Everything that a proxy should have: type URL -> name -> bytes. */
export type XdsResources = ReadonlyMap<string, ByName>;

/**
 * IR to Envoy's resources. Pure: equal input gives equal bytes. Memoised by the identity of IR nodes, so that a change
 * costs what it touches and bytes are shared by all proxies that have them. Keep one per process.
 */
export class Emitter {
  readonly #outbound = new Map<DataPlane, OutboundResources>();
  readonly #listeners = new ListenerResources();
  readonly #guarded = new GuardedRoutes();
  /** Outbound resources with what a workload adds to them. */
  readonly #merged = new NodeMemo<ByName, Map<string, ByName>>();
  readonly #results = new NodeMemo<OutboundIr, Map<string, XdsResources>>();
  readonly #static: readonly EncodedResource[] = [passthrough(), blackHole()].map((cluster) =>
    encodeResource(ClusterSchema, cluster.name, cluster),
  );

  /**
   * The resources of one proxy; the same maps as before for the same nodes. Throws on IR that can't be meant (two
   * resources of one name, a forwarding route without a destination): a programmer's mistake.
   */
  emit({ outbound, listeners, dataPlane }: EmitInput): XdsResources {
    const encoded = this.#listeners.encode(listeners, outbound);
    const own = encoded.map(({ listener }) => listener);
    const inbound = encoded.flatMap(({ clusters }) => clusters);
    const results = this.#results.of(outbound, () => new Map());
    const inboundRoutes = encoded.flatMap(({ routes }) => routes);
    const half = this.#outboundResources(dataPlane);
    const guarded = this.#guarded.of(half.routes(outbound), listeners);
    const key = `${dataPlane} ${keyOf(own)} ${keyOf(inbound)} ${keyOf(inboundRoutes)} ${guarded.key}`;
    const known = results.get(key);
    if (known) return known;
    const resources = new Map([
      [
        typeUrls.cluster,
        this.#with(half.clusters(outbound), dataPlane === 'grpc' ? [] : [...this.#static, ...inbound]),
      ],
      [typeUrls.endpoint, half.endpoints(outbound)],
      [typeUrls.listener, byName(own)],
      [typeUrls.route, this.#with(guarded.routes, inboundRoutes)],
      [typeUrls.secret, half.secrets(outbound)],
    ]);
    results.set(key, resources);
    return resources;
  }

  /** Resources of the outbound half and some of the workload's own. */
  #with(outbound: ByName, own: readonly EncodedResource[]): ByName {
    if (own.length === 0) return outbound;
    const merged = this.#merged.of(outbound, () => new Map());
    const key = keyOf(own);
    const known = merged.get(key);
    if (known) return known;
    const all = byName([...outbound.values(), ...own]);
    merged.set(key, all);
    return all;
  }

  #outboundResources(dataPlane: DataPlane): OutboundResources {
    const known = this.#outbound.get(dataPlane);
    if (known) return known;
    const resources = new OutboundResources(dataPlane);
    this.#outbound.set(dataPlane, resources);
    return resources;
  }
}

/** Identity of a list of resources by their content. */
function keyOf(resources: readonly EncodedResource[]): string {
  return resources.map(({ name, version }) => `${name}@${version}`).join();
}
