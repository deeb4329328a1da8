import type { DataPlane, InboundIr, ListenerIr, OutboundIr } from '@malla/ir';
import { encodeResource, typeUrls, type EncodedResource } from '@malla/protos';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { blackHole, passthrough } from './cluster/static-clusters.ts';
import { ListenerResources } from './listener-resources.ts';
import { NodeMemo } from './node-memo.ts';
import { OutboundResources, type ByName } from './outbound-resources.ts';

/** One proxy's configuration in IR. */
export interface EmitInput {
  /** Shared by all proxies in an equal scope. */
  readonly outbound: OutboundIr;
  /** The workload's own half; what of it is served is in `listeners`. */
  readonly inbound: InboundIr;
  /** With addresses, from the bind step. */
  readonly listeners: readonly ListenerIr[];
  readonly dataPlane: DataPlane;
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
  readonly #results = new NodeMemo<OutboundIr, NodeMemo<readonly ListenerIr[], Map<DataPlane, XdsResources>>>();
  readonly #static: readonly EncodedResource[] = [passthrough(), blackHole()].map((cluster) =>
    encodeResource(ClusterSchema, cluster.name, cluster),
  );

  /**
   * The resources of one proxy; the same maps as before for the same nodes. Throws on IR that can't be meant (two
   * resources of one name, a forwarding route without a destination): a programmer's mistake.
   */
  emit(input: EmitInput): XdsResources {
    const byListeners = this.#results.of(input.outbound, () => new NodeMemo());
    const byDataPlane = byListeners.of(input.listeners, () => new Map());
    const known = byDataPlane.get(input.dataPlane);
    if (known) return known;
    const resources = this.#emit(input);
    byDataPlane.set(input.dataPlane, resources);
    return resources;
  }

  #emit({ outbound, listeners, dataPlane }: EmitInput): XdsResources {
    const half = this.#outboundResources(dataPlane);
    const inbound = this.#listeners.encode(listeners, outbound);
    return new Map([
      [typeUrls.cluster, this.#clusters(half.clusters(outbound), inbound.clusters, dataPlane)],
      [typeUrls.endpoint, half.endpoints(outbound)],
      [typeUrls.listener, inbound.listeners],
      [typeUrls.route, half.routes(outbound)],
      [typeUrls.secret, half.secrets(outbound)],
    ]);
  }

  #clusters(outbound: ByName, inbound: ByName, dataPlane: DataPlane): ByName {
    if (dataPlane === 'grpc') return outbound;
    const all = new Map(outbound);
    for (const cluster of this.#static) all.set(cluster.name, cluster);
    for (const [name, cluster] of inbound) all.set(name, cluster);
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
