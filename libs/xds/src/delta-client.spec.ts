import { create, fromBinary } from '@bufbuild/protobuf';
import { typeUrls, type EncodedResource } from '@malla/protos';
import { NodeSchema } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  DeltaDiscoveryResponseSchema,
  type DeltaDiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { clusterResource, endpointsResource, resourceSet, sequenceIds } from '@malla/testkit';
import { describe, expect, it } from 'vitest';
import { DeltaClient, type DeltaClientParams } from './delta-client.ts';
import { DeltaSession } from './delta-session.ts';
import type { ResourceSet } from './resource-set.ts';
import type { XdsResponse } from './session.ts';

const { cluster, endpoint } = typeUrls;
const node = create(NodeSchema, { id: 'w.default' });
const first = resourceSet(clusterResource('a'), endpointsResource('a'), clusterResource('b'), endpointsResource('b'));

/** A client and a server with a stream between them; responses are delivered at once. */
class Exchange {
  readonly client: DeltaClient;
  session!: DeltaSession;
  readonly responses: XdsResponse[] = [];
  readonly #nonce = sequenceIds('n');

  constructor(params: Partial<DeltaClientParams> = {}) {
    const subscriptions = [cluster, endpoint].map((typeUrl) => [typeUrl, ['*']] as const);
    this.client = new DeltaClient({ node, subscriptions, ...params });
  }

  connect(resources: ResourceSet): this {
    this.session = new DeltaSession({ nonce: this.#nonce, now: () => 42 });
    this.session.update(resources);
    this.write(this.client.connect());
    return this;
  }

  update(resources: ResourceSet): void {
    this.#deliver(this.session.update(resources));
  }

  write(requests: readonly DeltaDiscoveryRequest[]): void {
    for (const request of requests) this.#deliver(this.session.receive(request));
  }

  acknowledgeAll(): void {
    while (this.client.held().length > 0) {
      for (const typeUrl of this.client.held()) this.write(this.client.acknowledge(typeUrl));
    }
  }

  names(typeUrl: string): string[] {
    return [...(this.client.resources.get(typeUrl)?.keys() ?? [])];
  }

  #deliver(responses: readonly XdsResponse[]): void {
    this.responses.push(...responses);
    for (const { bytes } of responses) {
      this.write(this.client.receive(fromBinary(DeltaDiscoveryResponseSchema, bytes)).requests);
    }
  }
}

function withClusterA(resource: EncodedResource): ResourceSet {
  return new Map(first).set(cluster, new Map([...(first.get(cluster) ?? []), ['a', resource]]));
}

describe('DeltaClient', () => {
  it('introduces itself once, and gets everything it subscribes to', () => {
    const exchange = new Exchange();
    const [one, two] = exchange.client.connect() as [DeltaDiscoveryRequest, DeltaDiscoveryRequest];
    expect([one.node?.id, two.node]).toEqual(['w.default', undefined]);
    exchange.connect(first).acknowledgeAll();
    expect(exchange.names(cluster)).toEqual(['a', 'b']);
    expect(exchange.client.state).toBe('subscribed');
  });

  it('acknowledges only when told to', () => {
    const exchange = new Exchange().connect(first);
    const delivery = () => exchange.session.delivery().get(cluster);
    expect(delivery()?.ackedVersion).not.toBe(delivery()?.wantedVersion);
    exchange.acknowledgeAll();
    expect(delivery()?.ackedVersion).toBe(delivery()?.wantedVersion);
  });

  it('is sent nothing again after a broken stream, nor from a cache', () => {
    const exchange = new Exchange().connect(first);
    exchange.acknowledgeAll();
    exchange.client.disconnect();
    const before = exchange.responses.length;
    exchange.connect(first);
    const cached = new Exchange({ initial: exchange.client.resources }).connect(first);
    expect([exchange.responses.length - before, cached.responses.length]).toEqual([0, 0]);
    expect(cached.names(cluster)).toEqual(['a', 'b']);
  });

  it('takes changes and removals', () => {
    const exchange = new Exchange().connect(first);
    exchange.acknowledgeAll();
    exchange.update(resourceSet(clusterResource('a', 'new'), endpointsResource('a')));
    exchange.acknowledgeAll();
    expect(exchange.names(cluster)).toEqual(['a']);
    expect(exchange.client.resources.get(cluster)?.get('a')?.version).toBe(clusterResource('a', 'new').version);
  });

  it('keeps the object of a resource that is sent again unchanged', () => {
    const exchange = new Exchange().connect(first);
    exchange.acknowledgeAll();
    const endpoints = exchange.client.resources.get(endpoint)?.get('a');
    exchange.update(withClusterA(clusterResource('a', 'new')));
    expect(exchange.client.held()).toContain(endpoint);
    expect(exchange.client.resources.get(endpoint)?.get('a')).toBe(endpoints);
  });

  it('passes a refusal on, and is again where it was with the refused resource', () => {
    const exchange = new Exchange().connect(first);
    exchange.acknowledgeAll();
    exchange.update(withClusterA(clusterResource('a', 'bad')));
    const { requests, changed } = exchange.client.refuse(cluster, 'Error adding/updating cluster(s) a: no');
    expect(changed).toBe(true);
    exchange.write(requests);
    expect(exchange.client.resources.get(cluster)?.get('a')?.version).toBe(clusterResource('a').version);
    expect(exchange.session.delivery().get(cluster)?.nack).toMatchObject({ resources: ['a'] });
  });

  it('refuses what was refused before without asking again', () => {
    const bad = withClusterA(clusterResource('a', 'bad'));
    const exchange = new Exchange().connect(first);
    exchange.acknowledgeAll();
    exchange.update(bad);
    exchange.write(exchange.client.refuse(cluster, 'a: no').requests);
    exchange.client.disconnect();
    exchange.connect(bad);
    expect(exchange.client.held()).not.toContain(cluster);
    expect(exchange.session.delivery().get(cluster)?.nack?.message).toContain('a: no');
  });

  it('refuses what its check finds wrong, and takes none of that response', () => {
    const check = ({ name }: EncodedResource) => (name === 'b' ? 'not for me' : undefined);
    const exchange = new Exchange({ check }).connect(first);
    exchange.acknowledgeAll();
    expect(exchange.session.delivery().get(cluster)?.nack).toMatchObject({
      message: 'b: not for me',
      resources: ['b'],
    });
    expect(exchange.names(cluster)).toEqual(['a']);
  });

  it('changes its names on an open stream', () => {
    const exchange = new Exchange({ subscriptions: [[endpoint, ['a']]] }).connect(first);
    exchange.acknowledgeAll();
    exchange.write(exchange.client.subscribe(endpoint, ['b']));
    exchange.acknowledgeAll();
    expect(exchange.names(endpoint)).toEqual(['b']);
    expect(() => exchange.client.subscribe(cluster, [])).toThrow('not subscribed');
  });
});
