import { fromBinary } from '@bufbuild/protobuf';
import { Emitter, type EmitInput } from '@malla/emit';
import { outboundClusterName, type ListenerIr, type OutboundIr } from '@malla/ir';
import { encodeResource, typeUrls } from '@malla/protos';
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
  const response = await fetch(`http://127.0.0.1:${port}/x`);
  return response.status === 200 ? ((await response.json()) as { version: string }).version : `${response.status}`;
}

const binary = findEnvoy();

describe.skipIf(binary === undefined)('a real Envoy', () => {
  const v1 = new EchoServer({ version: 'v1' });
  const v2 = new EchoServer({ version: 'v2' });

  beforeAll(async () => {
    await v1.start();
    await v2.start();
  });
  afterAll(async () => {
    await v1[Symbol.asyncDispose]();
    await v2[Symbol.asyncDispose]();
  });

  it.each(['delta', 'sotw'] as const)('acknowledges everything and loses no request over %s', async (xds) => {
    const [out, inbound] = (await freePorts(2)) as [number, number];
    const emitter = new Emitter();
    const listeners = listenersOf(out, inbound, v1.port);
    const emit = (outbound: OutboundIr) =>
      emitter.emit({ outbound, inbound: noInbound, listeners, dataPlane: 'envoy', trustDomain: 'cluster.local' });

    const endpoints = [{ address: '127.0.0.1', port: v1.port }];
    const first = sampleOutbound([{ name: 'reviews', port: 9080, endpoints }]);
    await using envoy = new TestEnvoy({ binary: binary as string, proxy: sampleProxy('client'), xds, secrets: [] });
    const { agent } = envoy;
    await envoy.start(emit(first));
    await agent.settled();
    await waitFor(async () => (await versionAt(out)) === 'v1', { what: 'v1' });
    expect(await versionAt(inbound)).toBe('v1');

    // A new cluster and a route to it: no request may fail while they come.
    const seen: string[] = [];
    const load = (async () => {
      while (seen[seen.length - 1] !== 'v2' && seen.length < 2000) seen.push(await versionAt(out));
    })();
    agent.publish(emit(withOther(first, v2.port, 10_000)));
    await load;
    await agent.settled();
    expect(new Set(seen)).toEqual(new Set(['v1', 'v2']));

    // A changed cluster gets its endpoints again, so it is warm long before Envoy's 15 s are over.
    const before = agent.responses.length;
    const changed = emit(withOther(first, v2.port, 5000));
    agent.publish(changed);
    await agent.settled();
    const sent = agent.responses.slice(before).filter((response) => response.sent.includes(other));
    expect(sent.map((response) => response.typeUrl)).toEqual([typeUrls.cluster, typeUrls.endpoint]);

    // A changed listener finds the routes that its predecessor has.
    agent.publish(withOtherStatPrefix(changed, 'out'));
    await agent.settled();
    expect(await envoy.admin('/config_dump?resource=dynamic_listeners')).not.toContain('warming_state');
    expect(await versionAt(out)).toBe('v2');

    // And back: the cluster goes only after the routes left it.
    agent.publish(emit(first));
    await agent.settled();
    expect(await versionAt(out)).toBe('v1');
    const last = agent.responses[agent.responses.length - 1];
    expect([last?.typeUrl, last?.removed]).toEqual([typeUrls.cluster, [other]]);
    expect(agent.nacks).toEqual([]);
  });
});
