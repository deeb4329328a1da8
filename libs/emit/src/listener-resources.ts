import type { ConnectionPoolIr, InboundPortIr, ListenerIr, OutboundIr } from '@malla/ir';
import { encodeResource, type EncodedResource } from '@malla/protos';
import { ClusterSchema, type Cluster } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { capturedInboundCluster, explicitInboundCluster, inboundPassthrough } from './cluster/inbound-cluster.ts';
import { apiListener } from './listener/api-listener.ts';
import { inboundListener } from './listener/inbound-listener.ts';
import { outboundHttpListener, outboundTcpListener, virtualOutbound } from './listener/outbound-listener.ts';
import { virtualInbound } from './listener/virtual-inbound.ts';
import { NodeMemo } from './node-memo.ts';
import { byName, type ByName } from './outbound-resources.ts';

/** A listener, and the clusters that only it needs. */
interface Encoded {
  readonly listener: EncodedResource;
  readonly clusters: readonly EncodedResource[];
}

/** Listeners with their inbound clusters; each is encoded once. */
export class ListenerResources {
  /** By what, besides the node itself, its bytes depend on. */
  readonly #byContext = new Map<string, NodeMemo<ListenerIr, Encoded>>();
  readonly #capturedPorts = new NodeMemo<InboundPortIr, EncodedResource>();
  readonly #passthrough = encodeCluster(inboundPassthrough());

  /** Listeners and inbound clusters by name. */
  encode(listeners: readonly ListenerIr[], outbound: OutboundIr): { listeners: ByName; clusters: ByName } {
    const names = inboundClusterNames(listeners);
    const encoded = listeners.map((ir) => this.#one(ir, { cluster: names.get(ir), pool: poolOf(ir, outbound) }));
    return {
      listeners: byName(encoded.map(({ listener }) => listener)),
      clusters: byName(encoded.flatMap(({ clusters }) => clusters)),
    };
  }

  #one(ir: ListenerIr, context: Context): Encoded {
    const key = JSON.stringify(context);
    let memo = this.#byContext.get(key);
    if (!memo) this.#byContext.set(key, (memo = new NodeMemo()));
    return memo.of(ir, () => ({
      listener: encodeResource(ListenerSchema, ir.name, emitListener(ir, context)),
      clusters: this.#inboundClusters(ir, context),
    }));
  }

  #inboundClusters(ir: ListenerIr, { cluster }: Context): EncodedResource[] {
    if (ir.kind === 'inbound') {
      return [encodeCluster(explicitInboundCluster(cluster ?? ir.port.cluster, ir.port, ir.forwardTo))];
    }
    if (ir.kind !== 'virtual-inbound') return [];
    const ports = ir.inbound.ports.map((port) =>
      this.#capturedPorts.of(port, () => encodeCluster(capturedInboundCluster(port))),
    );
    return [...ports, this.#passthrough];
  }
}

/** What a listener's bytes depend on besides its own node. */
interface Context {
  /** Name of an inbound listener's cluster. */
  readonly cluster: string | undefined;
  /** Limits of a TCP listener's destination. */
  readonly pool: ConnectionPoolIr | undefined;
}

function emitListener(ir: ListenerIr, { cluster, pool }: Context): Listener {
  switch (ir.kind) {
    case 'outbound-http':
      return outboundHttpListener(ir);
    case 'outbound-tcp':
      return outboundTcpListener(ir, pool);
    case 'virtual-outbound':
      return virtualOutbound(ir);
    case 'inbound':
      return inboundListener(ir, cluster ?? ir.port.cluster);
    case 'virtual-inbound':
      return virtualInbound(ir);
    case 'api':
      return apiListener(ir);
  }
}

/**
 * Several listeners may stand for one port of the workload (two addresses, say), each with its own way to the application:
 * the first has the plain cluster name, the others carry their address in the field that Istio leaves empty.
 */
function inboundClusterNames(listeners: readonly ListenerIr[]): ReadonlyMap<ListenerIr, string> {
  const taken = new Set<string>();
  const names = new Map<ListenerIr, string>();
  for (const ir of listeners) {
    if (ir.kind !== 'inbound') continue;
    const { cluster } = ir.port;
    const name = taken.has(cluster) ? `${cluster}${ir.bind.address}_${ir.bind.port}` : cluster;
    taken.add(name);
    names.set(ir, name);
  }
  return names;
}

function poolOf(ir: ListenerIr, outbound: OutboundIr): ConnectionPoolIr | undefined {
  if (ir.kind !== 'outbound-tcp') return undefined;
  return outbound.destinations.find(({ name }) => name === ir.cluster)?.pool;
}

function encodeCluster(cluster: Cluster): EncodedResource {
  return encodeResource(ClusterSchema, cluster.name, cluster);
}
