import type { ConnectionPoolIr, InboundPortIr, ListenerIr, OutboundIr, TelemetryIr } from '@malla/ir';
import { encodeResource, type EncodedResource } from '@malla/protos';
import { ClusterSchema, type Cluster } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { capturedInboundCluster, explicitInboundCluster, inboundPassthrough } from './cluster/inbound-cluster.ts';
import { apiListener } from './listener/api-listener.ts';
import { gatewayListener } from './listener/gateway-listener.ts';
import { inboundListener } from './listener/inbound-listener.ts';
import { outboundHttpListener, outboundTcpListener, virtualOutbound } from './listener/outbound-listener.ts';
import { virtualInbound } from './listener/virtual-inbound.ts';
import { NodeMemo } from './node-memo.ts';
import { inboundRoute } from './route/inbound-route.ts';

/** A listener, and what only it needs. */
export interface EncodedListener {
  readonly listener: EncodedResource;
  readonly clusters: readonly EncodedResource[];
  readonly routes: readonly EncodedResource[];
}

/** What a listener's bytes depend on besides its own node. */
interface Context {
  /** Name of an inbound listener's cluster. */
  readonly cluster?: string;
  /** Limits of a TCP listener's destination. */
  readonly pool?: ConnectionPoolIr;
}

/** Distinct listeners of the outbound half that are kept before all are forgotten; each is a few kilobytes. */
const maxOutboundListeners = 20_000;

/**
 * Listeners with their inbound clusters. The bind step makes listener nodes afresh, so they are remembered by content,
 * below the identity of the large node inside (a port, an inbound half) where there is one.
 */
export class ListenerResources {
  readonly #outbound = new Map<string, EncodedListener>();
  readonly #inbound = new NodeMemo<object, Map<string, EncodedListener>>();
  /** Clusters of captured ports, with IPv6 and without. */
  readonly #captured = { dual: new CapturedClusters(true), ipv4: new CapturedClusters(false) };

  /** The listeners in their order. */
  encode(listeners: readonly ListenerIr[], outbound: OutboundIr): EncodedListener[] {
    const clusterNames = inboundClusterNames(listeners);
    return listeners.map((ir) => this.#one(ir, contextOf(ir, outbound, clusterNames)));
  }

  #one(ir: ListenerIr, context: Context): EncodedListener {
    const { memo, key } = this.#place(ir, context);
    const known = memo.get(key);
    if (known) return known;
    const encoded = {
      listener: encodeResource(ListenerSchema, ir.name, emitListener(ir, context)),
      clusters: this.#inboundClusters(ir, context),
      routes: this.#inboundRoutes(ir, context),
    };
    memo.set(key, encoded);
    return encoded;
  }

  #place(ir: ListenerIr, context: Context): { memo: Map<string, EncodedListener>; key: string } {
    if (ir.kind === 'inbound') {
      const { port, telemetry, ...rest } = ir;
      return { memo: this.#inbound.of(port, () => new Map()), key: keyOf(telemetry, [rest, context]) };
    }
    if (ir.kind === 'virtual-inbound') {
      const { inbound, telemetry, ...rest } = ir;
      return { memo: this.#inbound.of(inbound, () => new Map()), key: keyOf(telemetry, rest) };
    }
    if (ir.kind === 'gateway') {
      const { port, authorization, telemetry, ...rest } = ir;
      const memo = this.#inbound.of(port, () => new Map<string, EncodedListener>());
      return { memo, key: keyOf(telemetry, [rest, authorization.tcp]) };
    }
    if (this.#outbound.size >= maxOutboundListeners) this.#outbound.clear();
    const { telemetry, ...rest } = ir;
    return { memo: this.#outbound, key: keyOf(telemetry, [rest, context]) };
  }

  #inboundClusters(ir: ListenerIr, { cluster }: Context): EncodedResource[] {
    if (ir.kind === 'inbound') {
      return [encodeCluster(explicitInboundCluster(cluster ?? ir.port.cluster, ir.port, ir.forwardTo))];
    }
    if (ir.kind !== 'virtual-inbound') return [];
    return this.#captured[ir.alsoBind === undefined ? 'ipv4' : 'dual'].of(ir.inbound.ports);
  }

  #inboundRoutes(ir: ListenerIr, { cluster }: Context): EncodedResource[] {
    if (ir.kind === 'inbound') return inboundRoutes([[ir.port, cluster ?? ir.port.cluster]]);
    return ir.kind === 'virtual-inbound' ? inboundRoutes(ir.inbound.ports.map((port) => [port, port.cluster])) : [];
  }
}

const telemetryNumbers = new NodeMemo<TelemetryIr, number>();
let nextTelemetry = 1;

/** Telemetry goes by its identity: it is large, and shared by many listeners. */
function keyOf(telemetry: TelemetryIr | undefined, rest: unknown): string {
  const number = telemetry === undefined ? 0 : telemetryNumbers.of(telemetry, () => nextTelemetry++);
  return `${number} ${JSON.stringify(rest)}`;
}

/** Clusters of captured ports, each encoded once. */
class CapturedClusters {
  readonly #ipv6: boolean;
  readonly #ports = new NodeMemo<InboundPortIr, EncodedResource>();
  readonly #passthrough: EncodedResource;

  constructor(ipv6: boolean) {
    this.#ipv6 = ipv6;
    this.#passthrough = encodeCluster(inboundPassthrough(ipv6));
  }

  /** Those of the ports, and of all other ports. */
  of(ports: readonly InboundPortIr[]): EncodedResource[] {
    const named = ports.map((port) =>
      this.#ports.of(port, () => encodeCluster(capturedInboundCluster(port, this.#ipv6))),
    );
    return [...named, this.#passthrough];
  }
}

/** Route configurations of those ports that speak HTTP, to their clusters. */
function inboundRoutes(ports: readonly (readonly [InboundPortIr, string])[]): EncodedResource[] {
  return ports
    .filter(([port]) => port.protocol !== 'tcp')
    .map(([port, cluster]) => encodeResource(RouteConfigurationSchema, cluster, inboundRoute(port, cluster)));
}

function contextOf(ir: ListenerIr, outbound: OutboundIr, clusterNames: ReadonlyMap<ListenerIr, string>): Context {
  if (ir.kind === 'outbound-tcp') {
    const destination = outbound.destinations.find(({ name }) => name === ir.cluster);
    return destination ? { pool: destination.pool } : {};
  }
  const cluster = clusterNames.get(ir);
  return cluster === undefined ? {} : { cluster };
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
    case 'gateway':
      return gatewayListener(ir);
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

function encodeCluster(cluster: Cluster): EncodedResource {
  return encodeResource(ClusterSchema, cluster.name, cluster);
}
