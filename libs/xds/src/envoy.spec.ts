import { create, fromBinary } from '@bufbuild/protobuf';
import { Emitter, type EmitInput } from '@malla/emit';
import { outboundClusterName, type ListenerIr, type OutboundIr } from '@malla/ir';
import { encodeResource, typeUrls } from '@malla/protos';
import { Cluster_DiscoveryType, ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import {
  EchoServer,
  findEnvoy,
  freePorts,
  sampleDestination,
  sampleEndpoint,
  sampleEndpoints,
  sampleForward,
  sampleHost,
  sampleInboundPort,
  sampleOutbound,
  sampleProxy,
  sampleRoute,
  sampleRouteConfig,
  TestEnvoy,
  waitFor,
} from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourceSet } from './resource-set.ts';

const host = sampleHost('reviews');
const other = outboundClusterName(9080, 'v2', host);
const noInbound: EmitInput['inbound'] = {
  ports: [],
  passthrough: { mutualTls: 'disable', authorization: { deny: [] } },
  trustDomains: ['cluster.local'],
};

function listenersOf(out: number, inbound: number, application: number): ListenerIr[] {
  const at = (port: number) => ({ address: '127.0.0.1', port });
  return [
    { kind: 'outbound-http', name: 'out', bind: at(out), bindToPort: true, routeConfig: `${host}:9080` },
    {
      kind: 'inbound',
      name: 'in',
      bind: at(inbound),
      forwardTo: at(application),
      port: sampleInboundPort(9080),
      trustDomains: ['cluster.local'],
    },
  ];
}

/** The same mesh with a second cluster that gets all requests. */
function withOther(first: OutboundIr, port: number, connectTimeoutMs: number): OutboundIr {
  const destination = sampleDestination('reviews', 9080, { name: other, subset: 'v2', connectTimeoutMs });
  return {
    ...first,
    destinations: [...first.destinations, destination],
    endpoints: [...first.endpoints, sampleEndpoints(other, [sampleEndpoint({ address: '127.0.0.1', port })])],
    routeConfigs: [sampleRouteConfig('reviews', 9080, [sampleRoute(sampleForward({ [other]: 1 }))])],
  };
}

/** The same set with another version of one listener. */
function withOtherStatPrefix(resources: ResourceSet, name: string): ResourceSet {
  const listeners = new Map(resources.get(typeUrls.listener));
  const listener = fromBinary(ListenerSchema, listeners.get(name)?.any.value ?? new Uint8Array());
  listener.statPrefix = 'other';
  listeners.set(name, encodeResource(ListenerSchema, name, listener));
  return new Map([...resources, [typeUrls.listener, listeners]]);
}

async function versionAt(port: number): Promise<string> {
  // A connection of its own: one that was kept is closed when its listener is replaced, maybe just as the request is sent.
  const response = await fetch(`http://127.0.0.1:${port}/x`, { headers: { connection: 'close' } });
  return response.status === 200 ? ((await response.json()) as { version: string }).version : `${response.status}`;
}

/** The same set with a cluster that Envoy refuses: EDS without a source. */
function withBadCluster(resources: ResourceSet): ResourceSet {
  const clusters = new Map(resources.get(typeUrls.cluster));
  const bad = create(ClusterSchema, {
    name: 'bad',
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
  });
  clusters.set('bad', encodeResource(ClusterSchema, 'bad', bad));
  return new Map([...resources, [typeUrls.cluster, clusters]]);
}

const binary = findEnvoy();

describe.skipIf(binary === undefined).each(['delta', 'sotw'] as const)('a real Envoy over %s', (xds) => {
  const v1 = new EchoServer({ version: 'v1' });
  const v2 = new EchoServer({ version: 'v2' });
  const emitter = new Emitter();
  let envoy: TestEnvoy;
  let listeners: ListenerIr[] = [];
  let out = 0;
  let inbound = 0;
  let first: OutboundIr;

  beforeAll(async () => {
    await v1.start();
    await v2.start();
    [out, inbound] = (await freePorts(2)) as [number, number];
    listeners = listenersOf(out, inbound, v1.port);
    first = sampleOutbound([{ name: 'reviews', port: 9080, endpoints: [{ address: '127.0.0.1', port: v1.port }] }]);
    envoy = new TestEnvoy({ binary: binary as string, proxy: sampleProxy('client'), xds, secrets: [] });
    await envoy.start(emit(first));
    await envoy.agent.settled();
    await waitFor(async () => (await versionAt(out)) === 'v1', { what: 'v1' });
  });
  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
    await v1[Symbol.asyncDispose]();
    await v2[Symbol.asyncDispose]();
  });

  const emit = (outbound: OutboundIr) =>
    emitter.emit({ outbound, inbound: noInbound, listeners, dataPlane: 'envoy', trustDomain: 'cluster.local' });

  async function publish(resources: ResourceSet): Promise<void> {
    envoy.agent.publish(resources);
    await envoy.agent.settled();
  }

  it('serves outbound and inbound listeners', async () => {
    expect([await versionAt(out), await versionAt(inbound)]).toEqual(['v1', 'v1']);
  });

  it('is sent nothing when it comes back and nothing changed', async () => {
    const before = envoy.agent.responses.length;
    envoy.agent.breakStreams();
    await envoy.agent.settled();
    await waitFor(async () => (await envoy.admin('/stats?filter=control_plane.connected_state')).includes(': 1'), {
      what: 'the new stream',
    });
    expect(envoy.agent.responses.slice(before).map(({ typeUrl, sent }) => [typeUrl, sent])).toEqual([]);
    expect(await versionAt(out)).toBe('v1');
  });

  it('loses no request while a new cluster and a route to it come', async () => {
    const seen: string[] = [];
    const load = (async () => {
      while (seen[seen.length - 1] !== 'v2' && seen.length < 2000) seen.push(await versionAt(out));
    })();
    await publish(emit(withOther(first, v2.port, 10_000)));
    await load;
    expect(seen.filter((version) => version !== 'v1' && version !== 'v2')).toEqual([]);
    expect(seen[seen.length - 1]).toBe('v2');
  });

  it('gets the endpoints of a changed cluster again, and is warm long before its 15 s are over', async () => {
    const { responses } = envoy.agent;
    const before = responses.length;
    await publish(emit(withOther(first, v2.port, 5000)));
    const sent = responses.slice(before).filter((response) => response.sent.includes(other));
    expect(sent.map((response) => response.typeUrl)).toEqual([typeUrls.cluster, typeUrls.endpoint]);
  });

  it('finds the routes of a changed listener where its predecessor has them', async () => {
    await publish(withOtherStatPrefix(emit(withOther(first, v2.port, 5000)), 'out'));
    expect(await envoy.admin('/config_dump?resource=dynamic_listeners')).not.toContain('warming_state');
    expect(await versionAt(out)).toBe('v2');
  });

  it('is told to drop a cluster only after its routes have left it', async () => {
    await publish(emit(first));
    expect(await versionAt(out)).toBe('v1');
    const last = envoy.agent.responses[envoy.agent.responses.length - 1];
    expect([last?.typeUrl, last?.removed]).toEqual([typeUrls.cluster, [other]]);
    expect(envoy.agent.nacks).toEqual([]);
  });

  it('refuses a bad cluster, and takes the good one that came with it', async () => {
    envoy.agent.publish(withBadCluster(emit(withOther(first, v2.port, 10_000))));
    await waitFor(async () => (await versionAt(out)) === 'v2', { what: 'the good cluster' });
    await expect(envoy.agent.settled()).rejects.toThrow('bad');
    expect(envoy.agent.nacks.map(({ resources }) => resources)).toEqual([['bad']]);
  });
});
