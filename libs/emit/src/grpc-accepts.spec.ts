import { createRequire } from 'node:module';
import { typeUrls, type EncodedResource } from '@malla/protos';
import { sampleDestination, sampleOutbound } from '@malla/testkit';
import { arbitraryProxy, type ArbitraryProxy } from '@malla/testkit/arbitrary-ir';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.ts';

/** One resource type of @grpc/grpc-js-xds: what its client does with a resource that it gets. */
interface ResourceType {
  decode(context: object, any: { type_url: string; value: Uint8Array }): { name: string; error?: string };
}

const require = createRequire(import.meta.url);
const inside = '@grpc/grpc-js-xds/build/src/xds-resource-type';
const load = (file: string, name: string) =>
  (require(`${inside}/${file}`) as Record<string, { get(): ResourceType }>)[name]?.get() as ResourceType;

const { register } = require('@grpc/grpc-js-xds') as { register: () => void };
register();
const types = new Map([
  [typeUrls.cluster, load('cluster-resource-type', 'ClusterResourceType')],
  [typeUrls.endpoint, load('endpoint-resource-type', 'EndpointResourceType')],
  [typeUrls.listener, load('listener-resource-type', 'ListenerResourceType')],
  [typeUrls.route, load('route-config-resource-type', 'RouteConfigurationResourceType')],
] as const);

function complaint(resource: EncodedResource): string | undefined {
  const type = types.get(resource.typeUrl as typeof typeUrls.cluster);
  const any = { type_url: resource.typeUrl, value: resource.any.value };
  return type?.decode({ bootstrap: { certificateProviders: {} }, server: {} }, any).error;
}

function emit({ outbound, inbound }: ArbitraryProxy) {
  const listeners = outbound.routeConfigs.map(({ name }) => ({ kind: 'api' as const, name, routeConfig: name }));
  return new Emitter().emit({ outbound, inbound, listeners, dataPlane: 'grpc', trustDomain: 'cluster.local' });
}

describe('the xDS client of grpc-js', () => {
  it('accepts whatever the IR can say', () => {
    fc.assert(
      fc.property(arbitraryProxy, (proxy) => {
        for (const resource of [...emit(proxy).values()].flatMap((byName) => [...byName.values()])) {
          expect(complaint(resource)).toBeUndefined();
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gets no cluster that must be reached by TLS, which it would reach in plain text', () => {
    const tls = [
      { kind: 'mesh', sni: 'x', subjectAltNames: [] },
      { kind: 'origination', subjectAltNames: [], insecureSkipVerify: false },
      { kind: 'auto', sni: 'x', subjectAltNames: [] },
      { kind: 'plain' },
    ] as const;
    const destinations = tls.map((each, i) => sampleDestination(`svc-${i}`, 80, { tls: each }));
    const outbound = { ...sampleOutbound([]), destinations };
    const inbound = {
      ports: [],
      passthrough: { mutualTls: 'disable', authorization: { deny: [] } },
      trustDomains: [],
    } as const;
    const clusters = emit({ outbound, inbound } as unknown as ArbitraryProxy).get(typeUrls.cluster)!;
    expect([...clusters.keys()]).toEqual([destinations[2]!.name, destinations[3]!.name]);
  });
});
