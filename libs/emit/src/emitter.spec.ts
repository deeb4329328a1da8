import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { PrivateText, type InboundIr, type ListenerIr, type OutboundIr } from '@malla/ir';
import { typeUrls } from '@malla/protos';
import { VirtualHostSchema } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { sampleForward, sampleInboundPort, sampleOutbound, sampleRoute, sampleRouteConfig } from '@malla/testkit';
import { arbitraryProxy } from '@malla/testkit/arbitrary-ir';
import { danglingReferences } from '@malla/xds';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Emitter, type EmitInput, type XdsResources } from './emitter.ts';
import { RouteConfigs } from './route/route-config.ts';
import { virtualHost } from './route/virtual-host.ts';

const { cluster, endpoint, listener, route, secret } = typeUrls;
const noInbound: InboundIr = {
  ports: [],
  passthrough: { mutualTls: 'disable', authorization: { deny: [] } },
  trustDomains: ['cluster.local'],
};
const names = Array.from({ length: 20 }, (_, i) => `service-${i}`);
const outbound = sampleOutbound(
  names.map((name) => ({ name, port: 80, endpoints: [{ address: '10.0.0.1', port: 80 }] })),
);

function inboundListener(port: number): ListenerIr {
  const at = (p: number) => ({ address: '127.0.0.1', port: p });
  const own = sampleInboundPort(8080);
  return {
    kind: 'inbound',
    name: `in-${port}`,
    bind: at(port),
    forwardTo: at(8080),
    port: own,
    trustDomains: ['cluster.local'],
  };
}

function input(half: OutboundIr, listeners: readonly ListenerIr[] = []): EmitInput {
  return { outbound: half, inbound: noInbound, listeners, dataPlane: 'envoy', trustDomain: 'cluster.local' };
}

/** Names whose resource is another object than before. */
function renewed(before: XdsResources, after: XdsResources): string[] {
  return [...after.values()].flatMap((byName) =>
    [...byName.values()].filter((r) => before.get(r.typeUrl)?.get(r.name) !== r).map((r) => r.name),
  );
}

describe('Emitter', () => {
  it('gives the same maps for the same nodes, also from listeners made afresh', () => {
    const emitter = new Emitter();
    const port = inboundListener(1);
    const first = emitter.emit(input(outbound, [port]));
    expect(emitter.emit(input(outbound, [{ ...port }]))).toBe(first);
  });

  it('makes anew only what a change touches', () => {
    const emitter = new Emitter();
    const first = emitter.emit(input(outbound));
    const changed = sampleRouteConfig('service-7', 80, [sampleRoute(sampleForward({ a: 90, b: 10 }))]);
    const routeConfigs = outbound.routeConfigs.map((config) => (config.name === changed.name ? changed : config));
    const second = emitter.emit(input({ ...outbound, routeConfigs }));
    expect(renewed(first, second)).toEqual([changed.name]);
    expect(second.get(endpoint)).toBe(first.get(endpoint));
  });

  it('shares the bytes of the outbound half among all proxies', () => {
    const emitter = new Emitter();
    const [one, two] = [1, 2].map((port) => emitter.emit(input(outbound, [inboundListener(port)])));
    expect(renewed(one as XdsResources, two as XdsResources)).not.toContain(outbound.destinations[0]?.name);
    expect(two?.get(endpoint)).toBe(one?.get(endpoint));
  });

  it('gives equal bytes for equal IR, whoever emits', () => {
    const again = structuredClone({ ...outbound, secrets: [] });
    const versions = (resources: XdsResources) =>
      [...resources.values()].flatMap((byName) => [...byName.values()].map((r) => `${r.name} ${r.version}`));
    expect(versions(new Emitter().emit(input(again)))).toEqual(versions(new Emitter().emit(input(outbound))));
  });

  it('gives listeners for one port of the workload clusters of their own', () => {
    const resources = new Emitter().emit(input(outbound, [inboundListener(1), inboundListener(2)]));
    const inbound = [...(resources.get(cluster)?.keys() ?? [])].filter((name) => name.startsWith('inbound|'));
    expect(inbound).toEqual(['inbound|8080||', 'inbound|8080||127.0.0.1_2']);
    expect([...(resources.get(listener)?.keys() ?? [])]).toEqual(['in-1', 'in-2']);
  });

  it('throws on two resources of one name, a mistake of whoever named them', () => {
    const twice = { ...outbound, destinations: [...outbound.destinations, { ...outbound.destinations[0]! }] };
    expect(() => new Emitter().emit(input(twice))).toThrow('are named outbound|80||service-0');
  });

  it('reveals private text only inside the secret', () => {
    const keyPem = new PrivateText('the key');
    const secrets = [{ kind: 'certificate' as const, name: 'kubernetes://c', chainPem: 'the chain', keyPem }];
    const resources = new Emitter().emit(input({ ...outbound, secrets }));
    const bytes = resources.get(secret)?.get('kubernetes://c')?.any.value as Uint8Array;
    const { type } = fromBinary(SecretSchema, bytes);
    expect(type.case === 'tlsCertificate' && type.value.privateKey?.specifier.value).toBe('the key');
  });

  it('emits whatever a listener or a cluster refers to', () => {
    fc.assert(
      fc.property(arbitraryProxy, (proxy) => {
        const resources = new Emitter().emit({ ...proxy, dataPlane: 'envoy', trustDomain: 'cluster.local' });
        expect(danglingReferences(resources)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('RouteConfigs', () => {
  it('puts together what the generated code would encode', () => {
    fc.assert(
      fc.property(arbitraryProxy, ({ outbound: { routeConfigs } }) => {
        for (const config of routeConfigs) {
          const { any } = new RouteConfigs('envoy').encode(config);
          const decoded = fromBinary(RouteConfigurationSchema, any.value);
          const hosts = config.virtualHosts.map((host) => toBinary(VirtualHostSchema, virtualHost(host, 'envoy')));
          expect(decoded.name).toBe(config.name);
          expect(decoded.virtualHosts).toEqual(hosts.map((bytes) => fromBinary(VirtualHostSchema, bytes)));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has routes under the names that listeners use', () => {
    const resources = new Emitter().emit(input(outbound));
    expect(resources.get(route)?.has('service-3.default.svc.cluster.local:80')).toBe(true);
  });
});
