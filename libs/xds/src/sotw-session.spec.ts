import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { typeUrls } from '@malla/protos';
import {
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { clusterResource, endpointsResource, listenerResource, resourceSet, routesResource } from '@malla/testkit';
import { describe, expect, it } from 'vitest';
import type { ResourceSet } from './resource-set.ts';
import { setVersionOf } from './set-version.ts';
import type { XdsResponse } from './session.ts';
import { SotwSession } from './sotw-session.ts';

const { cluster, endpoint, listener, route } = typeUrls;
const service = (name: string) => [clusterResource(name), endpointsResource(name)];
const first = resourceSet(...service('a'), listenerResource('l', 'r'), routesResource('r', 'a'));
/** The same, moved to cluster b. */
const second = resourceSet(...service('b'), listenerResource('l', 'r'), routesResource('r', 'b'));

/** A client that answers when told to. */
class Client {
  readonly session: SotwSession;
  readonly #names = new Map<string, readonly string[]>();
  readonly #versions = new Map<string, string>();
  #nonce = 0;

  constructor() {
    this.session = new SotwSession({ nonce: () => `n${++this.#nonce}`, now: () => 42 });
  }

  send(typeUrl: string, request: MessageInitShape<typeof DiscoveryRequestSchema> = {}): readonly XdsResponse[] {
    const resourceNames = [...(request.resourceNames ?? this.#names.get(typeUrl) ?? [])];
    this.#names.set(typeUrl, resourceNames);
    return this.session.receive(
      create(DiscoveryRequestSchema, {
        typeUrl,
        versionInfo: this.#versions.get(typeUrl) ?? '',
        ...request,
        resourceNames,
      }),
    );
  }

  ack({ typeUrl, nonce, bytes }: XdsResponse): readonly XdsResponse[] {
    this.#versions.set(typeUrl, fromBinary(DiscoveryResponseSchema, bytes).versionInfo);
    return this.send(typeUrl, { responseNonce: nonce });
  }

  nack({ typeUrl, nonce }: XdsResponse, message: string): readonly XdsResponse[] {
    return this.send(typeUrl, { responseNonce: nonce, errorDetail: { message } });
  }

  ackAll(responses: readonly XdsResponse[]): void {
    for (const response of responses) this.ackAll(this.ack(response));
  }

  start(resources: ResourceSet = first): this {
    this.session.update(resources);
    for (const typeUrl of [cluster, listener]) this.ackAll(this.send(typeUrl));
    for (const typeUrl of [endpoint, route]) {
      this.ackAll(this.send(typeUrl, { resourceNames: [...(resources.get(typeUrl)?.keys() ?? [])] }));
    }
    return this;
  }
}

function brief(responses: readonly XdsResponse[]) {
  const short: Record<string, string> = { [cluster]: 'cds', [endpoint]: 'eds', [listener]: 'lds', [route]: 'rds' };
  return responses.map(({ typeUrl, sent, removed }) =>
    [short[typeUrl], ...sent, ...removed.map((name) => `-${name}`)].join(' '),
  );
}

describe('subscriptions', () => {
  it('answers a first request without names with everything, even with nothing', () => {
    const client = new Client();
    client.session.update(first);
    expect(brief(client.send(cluster))).toEqual(['cds a']);
    const empty = new Client();
    empty.session.update(new Map());
    expect(brief(empty.send(listener))).toEqual(['lds']);
  });

  it('answers names that are new, and only with them where the type allows parts', () => {
    const client = new Client();
    client.session.update(resourceSet(...service('a'), ...service('b')));
    client.ackAll(client.send(endpoint, { resourceNames: ['a'] }));
    expect(brief(client.send(endpoint, { resourceNames: ['a', 'b'] }))).toEqual(['eds b']);
  });

  it('answers named clusters whole, so that a missing one is known to be missing', () => {
    const client = new Client();
    client.session.update(resourceSet(...service('a'), ...service('b')));
    client.ackAll(client.send(cluster, { resourceNames: ['a'] }));
    expect(brief(client.send(cluster, { resourceNames: ['a', 'c'] }))).toEqual(['cds a']);
  });

  it('takes no names for "none" after there were some', () => {
    const client = new Client();
    client.session.update(first);
    client.ackAll(client.send(cluster, { resourceNames: ['a'] }));
    expect(client.send(cluster, { resourceNames: [] })).toEqual([]);
    expect(client.session.update(second)).toEqual([]);
  });

  it('sends a name again that was dropped in between', () => {
    const client = new Client().start();
    client.send(endpoint, { resourceNames: [] });
    expect(brief(client.send(endpoint, { resourceNames: ['a'] }))).toEqual(['eds a']);
  });
});

describe('make before break', () => {
  it('keeps the old cluster in the response until routes have left it', () => {
    const client = new Client().start();
    const clusters = client.session.update(second);
    expect(brief(clusters)).toEqual(['cds a b']);
    expect(client.session.state).toBe('supplying');
    client.ackAll(client.send(endpoint, { resourceNames: ['a', 'b'] }));
    const routes = client.ack(clusters[0] as XdsResponse);
    expect(brief(routes)).toEqual(['rds r']);
    expect(client.session.state).toBe('switching');
    const removal = client.ack(routes[0] as XdsResponse);
    expect(brief(removal)).toEqual(['cds b -a']);
    expect(client.session.state).toBe('retiring');
    client.ackAll(removal);
    expect(client.session.state).toBe('idle');
  });

  it('sends the endpoints of a changed cluster again', () => {
    const client = new Client().start();
    const changed = new Map(first).set(cluster, new Map([['a', clusterResource('a', 'new')]]));
    expect(brief(client.session.update(changed))).toEqual(['cds a', 'eds a']);
  });
});

describe('a refusal', () => {
  const withBad = resourceSet(
    ...service('a'),
    ...service('bad'),
    ...service('ok'),
    listenerResource('l', 'r'),
    routesResource('r', 'a'),
  );

  it('is kept, and the rest goes through without the refused version', () => {
    const client = new Client().start();
    const [clusters] = client.session.update(withBad) as [XdsResponse];
    expect(brief([clusters])).toEqual(['cds a bad ok']);
    const again = client.nack(clusters, 'bad: no');
    expect(brief(again)).toEqual(['cds a ok']);
    expect(client.session.delivery().get(cluster)?.nack).toMatchObject({
      message: 'bad: no',
      at: 42,
      resources: ['bad'],
    });
    expect(client.ack(again[0] as XdsResponse)).toEqual([]);
    expect(client.session.update(new Map(withBad))).toEqual([]);
  });

  it('of a change keeps the last good version in later responses', () => {
    const client = new Client().start();
    const changed = new Map(first).set(cluster, new Map([['a', clusterResource('a', 'bad')]]));
    const [clusters, endpoints] = client.session.update(changed) as [XdsResponse, XdsResponse];
    client.ack(endpoints);
    expect(client.nack(clusters, 'a: no')).toEqual([]);
    const more = new Map(changed).set(cluster, new Map([...(changed.get(cluster) ?? []), ['c', clusterResource('c')]]));
    const [next] = client.session.update(more) as [XdsResponse];
    expect(fromBinary(DiscoveryResponseSchema, next.bytes).resources).toContainEqual(clusterResource('a').any);
  });

  it('of everything stops, whatever the message says', () => {
    const client = new Client().start();
    let responses = client.session.update(withBad);
    for (let i = 0; i < 5 && responses.length > 0; i++) responses = client.nack(responses[0] as XdsResponse, 'no');
    expect(responses).toEqual([]);
  });

  it('of a cluster keeps the routes that would lead to it', () => {
    const client = new Client().start();
    const moved = resourceSet(
      ...service('a'),
      ...service('bad'),
      listenerResource('l', 'r'),
      routesResource('r', 'bad'),
    );
    const [clusters] = client.session.update(moved) as [XdsResponse];
    expect(client.nack(clusters, 'bad: no')).toEqual([]);
    const mended = new Map(moved).set(
      cluster,
      new Map([...(moved.get(cluster) ?? []), ['bad', clusterResource('bad', 'mended')]]),
    );
    const [again] = client.session.update(mended) as [XdsResponse];
    expect(brief(client.ack(again))).toEqual(['rds r']);
  });
});

describe('nonces and versions', () => {
  it('ignores the names of a stale request', () => {
    const client = new Client().start();
    const [clusters] = client.session.update(second) as [XdsResponse];
    const stale = { typeUrl: cluster, responseNonce: 'other', resourceNames: ['x'] };
    expect(client.session.receive(create(DiscoveryRequestSchema, stale))).toEqual([]);
    expect(client.session.state).toBe('supplying');
    client.ackAll([clusters]);
    expect(client.session.delivery().get(cluster)?.sentVersion).toBe(setVersionOf(second.get(cluster) ?? new Map()));
  });

  it('sends nothing to a client that comes back with the current version', () => {
    const client = new Client();
    client.session.update(first);
    const comeBack = [cluster, endpoint, listener, route].flatMap((typeUrl) => [
      ...client.send(typeUrl, {
        versionInfo: setVersionOf(first.get(typeUrl) ?? new Map()),
        resourceNames: typeUrl === endpoint ? ['a'] : typeUrl === route ? ['r'] : [],
      }),
    ]);
    expect(comeBack).toEqual([]);
  });

  it('sends what changed meanwhile, in order', () => {
    const client = new Client();
    client.session.update(second);
    const old = (typeUrl: string, resourceNames: string[]) =>
      client.send(typeUrl, { versionInfo: setVersionOf(first.get(typeUrl) ?? new Map()), resourceNames });
    const clusters = old(cluster, []);
    expect(brief(clusters)).toEqual(['cds b']);
    expect(old(route, ['r'])).toEqual([]);
    expect(brief(client.ack(clusters[0] as XdsResponse))).toEqual(['rds r']);
  });
});
