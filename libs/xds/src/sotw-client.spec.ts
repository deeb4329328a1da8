import { create } from '@bufbuild/protobuf';
import { encodeResource, typeUrls } from '@malla/protos';
import { NodeSchema } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { DiscoveryResponseSchema } from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { describe, expect, it } from 'vitest';
import { SotwClient } from './sotw-client.ts';

function client(): SotwClient {
  return new SotwClient({
    node: create(NodeSchema, { id: 'n' }),
    subscriptions: [
      [typeUrls.cluster, ['*']],
      [typeUrls.endpoint, []],
    ],
  });
}

function clusters(versionInfo: string, ...names: string[]) {
  const resources = names.map((text) => {
    const [name = '', altStatName = ''] = text.split('=');
    return encodeResource(ClusterSchema, name, create(ClusterSchema, { name, altStatName })).any;
  });
  return create(DiscoveryResponseSchema, { typeUrl: typeUrls.cluster, versionInfo, nonce: versionInfo, resources });
}

describe('SotwClient', () => {
  it('asks for what it wants, and tells the node once', () => {
    const ads = client();
    const [first, ...more] = ads.connect();
    expect(first).toMatchObject({ typeUrl: typeUrls.cluster, resourceNames: [], node: { id: 'n' } });
    expect(more).toEqual([]);
    expect(ads.subscribe(typeUrls.endpoint, ['a'])).toMatchObject([{ resourceNames: ['a'] }]);
    expect(ads.subscribe(typeUrls.endpoint, ['a'])).toEqual([]);
  });

  it('acknowledges with version and nonce, and keeps equal resources as the same objects', () => {
    const ads = client();
    ads.connect();
    ads.receive(clusters('1', 'a', 'b'));
    const before = ads.resources.get(typeUrls.cluster)?.get('a');
    expect(ads.acknowledge(typeUrls.cluster)).toMatchObject([{ versionInfo: '1', responseNonce: '1' }]);
    ads.receive(clusters('2', 'a'));
    expect([...(ads.resources.get(typeUrls.cluster) ?? [])]).toEqual([['a', before]]);
  });

  it('goes back to what was good, and says which version that was', () => {
    const ads = client();
    ads.connect();
    ads.receive(clusters('1', 'a=one'));
    ads.acknowledge(typeUrls.cluster);
    const good = ads.resources.get(typeUrls.cluster)?.get('a');
    ads.receive(clusters('2', 'a=two', 'b'));
    expect(ads.refuse(typeUrls.cluster, 'a: wrong', { a: '2' })).toMatchObject([
      { versionInfo: '1', responseNonce: '2', errorDetail: { message: 'a: wrong' } },
    ]);
    expect(ads.resources.get(typeUrls.cluster)?.get('a')).toBe(good);
    expect(ads.resources.get(typeUrls.cluster)?.has('b')).toBe(true);
  });

  it('keeps named resources that a response does not repeat', () => {
    const ads = client();
    ads.connect();
    ads.subscribe(typeUrls.endpoint, ['a', 'b']);
    for (const clusterName of ['a', 'b']) {
      const message = create(ClusterLoadAssignmentSchema, { clusterName });
      const { any } = encodeResource(ClusterLoadAssignmentSchema, clusterName, message);
      ads.receive(create(DiscoveryResponseSchema, { typeUrl: typeUrls.endpoint, versionInfo: '1', resources: [any] }));
    }
    expect([...(ads.resources.get(typeUrls.endpoint)?.keys() ?? [])]).toEqual(['a', 'b']);
    ads.subscribe(typeUrls.endpoint, ['b']);
    expect([...(ads.resources.get(typeUrls.endpoint)?.keys() ?? [])]).toEqual(['b']);
  });

  it('tells what it has on a new stream', () => {
    const ads = client();
    ads.connect();
    ads.receive(clusters('1', 'a'));
    ads.acknowledge(typeUrls.cluster);
    ads.disconnect();
    expect(ads.connect()).toMatchObject([{ versionInfo: '1', responseNonce: '', node: { id: 'n' } }]);
  });
});
