import { create } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { typeUrls } from '@malla/protos';
import { NodeSchema } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { DeltaDiscoveryResponseSchema } from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { describe, expect, it } from 'vitest';
import { DeltaClient } from './delta-client.ts';

const typeUrl = typeUrls.cluster;

function response(nonce: string, name: string, version: string) {
  const resource = create(AnySchema, { typeUrl });
  return create(DeltaDiscoveryResponseSchema, { typeUrl, nonce, resources: [{ name, version, resource }] });
}

describe('DeltaClient after a broken stream', () => {
  it('claims what was acknowledged, and has the rest sent again', () => {
    const client = new DeltaClient({ node: create(NodeSchema), subscriptions: [[typeUrl, ['*']]] });
    client.connect();
    client.receive(response('1', 'a', 'v1'));
    client.acknowledge(typeUrl);
    client.receive(response('2', 'b', 'v1'));
    client.disconnect();
    expect(client.connect()[0]?.initialResourceVersions).toEqual({ a: 'v1', b: '' });
    client.receive(response('3', 'b', 'v1'));
    expect(client.held()).toEqual([typeUrl]);
    client.acknowledge(typeUrl);
    client.disconnect();
    expect(client.connect()[0]?.initialResourceVersions).toEqual({ a: 'v1', b: 'v1' });
  });
});
