import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { typeUrls } from '@malla/protos';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import {
  clusterResource,
  endpointsResource,
  listenerResource,
  resourceSet,
  routesResource,
  sequenceIds,
} from '@malla/testkit';
import { describe, expect, it } from 'vitest';
import { DeltaSession } from './delta-session.ts';
import { XdsLimitError, type SessionOptions, type XdsResponse } from './session.ts';

const { cluster, endpoint, listener, route } = typeUrls;
const first = resourceSet(
  clusterResource('a'),
  endpointsResource('a'),
  listenerResource('l', 'r'),
  routesResource('r', 'a'),
);
/** The same, moved to cluster b. */
const second = resourceSet(
  clusterResource('b'),
  endpointsResource('b'),
  listenerResource('l', 'r'),
  routesResource('r', 'b'),
);

/** A client that answers when told to. */
class Client {
  readonly session: DeltaSession;
  #nonce = 0;

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new DeltaSession({ nonce: () => `n${++this.#nonce}`, now: () => 42, ...options });
  }

  send(typeUrl: string, request: MessageInitShape<typeof DeltaDiscoveryRequestSchema> = {}): readonly XdsResponse[] {
    return this.session.receive(create(DeltaDiscoveryRequestSchema, { typeUrl, ...request }));
  }

  subscribe(typeUrl: string, ...names: string[]): readonly XdsResponse[] {
    return this.send(typeUrl, { resourceNamesSubscribe: names });
  }

  ack({ typeUrl, nonce }: XdsResponse): readonly XdsResponse[] {
    return this.send(typeUrl, { responseNonce: nonce });
  }

  nack({ typeUrl, nonce }: XdsResponse, message: string): readonly XdsResponse[] {
    return this.send(typeUrl, { responseNonce: nonce, errorDetail: { message } });
  }

  /** Acknowledges, and so on with what that brings. */
  ackAll(responses: readonly XdsResponse[]): void {
    for (const response of responses) this.ackAll(this.ack(response));
  }

  /** As Envoy starts. */
  start(resources = first): this {
    this.session.update(resources);
    for (const typeUrl of [cluster, listener]) this.ackAll(this.send(typeUrl));
    this.ackAll(this.subscribe(endpoint, ...(resources.get(endpoint)?.keys() ?? [])));
    this.ackAll(this.subscribe(route, ...(resources.get(route)?.keys() ?? [])));
    return this;
  }
}

/** Short form of responses: type, what was sent, what was removed. */
function brief(responses: readonly XdsResponse[]) {
  const short = new Map([
    [cluster, 'cds'],
    [endpoint, 'eds'],
    [listener, 'lds'],
    [route, 'rds'],
  ]);
  return responses.map(({ typeUrl, sent, removed }) =>
    [short.get(typeUrl as typeof cluster), ...sent, ...removed.map((name) => `-${name}`)].join(' '),
  );
}

describe('subscriptions', () => {
  it('answers a first request without names with everything, even with nothing', () => {
    const client = new Client();
    client.session.update(first);
    expect(brief(client.send(cluster))).toEqual(['cds a']);
    const empty = new Client();
    empty.session.update(new Map());
    expect(brief(empty.send(cluster))).toEqual(['cds']);
  });

  it('takes no names for nothing where the protocol has no implicit wildcard', () => {
    const client = new Client();
    client.session.update(first);
    expect(client.send(endpoint)).toEqual([]);
    expect(brief(client.subscribe(endpoint, '*'))).toEqual(['eds a']);
  });

  it('answers as soon as there is something to answer with', () => {
    const client = new Client();
    expect(client.send(cluster)).toEqual([]);
    expect(brief(client.session.update(first))).toEqual(['cds a']);
  });

  it('says that a name does not exist, and sends it when it comes', () => {
    const client = new Client();
    client.session.update(first);
    const [answer] = client.subscribe(endpoint, 'b') as [XdsResponse];
    expect(brief([answer])).toEqual(['eds -b']);
    client.ack(answer);
    expect(brief(client.session.update(second))).toEqual(['eds b']);
  });

  it('answers a name again when it is asked for again', () => {
    const client = new Client().start();
    expect(brief(client.subscribe(endpoint, 'a'))).toEqual(['eds a']);
  });

  it('keeps the wildcard beside names, until it is unsubscribed', () => {
    const client = new Client().start();
    client.ackAll(client.subscribe(cluster, 'zz'));
    client.ackAll(client.session.update(resourceSet(clusterResource('a'), clusterResource('x'))));
    expect(client.session.delivery().get(cluster)?.ackedVersion).toBe(
      client.session.delivery().get(cluster)?.wantedVersion,
    );
    expect(client.send(cluster, { resourceNamesUnsubscribe: ['*'] })).toEqual([]);
    expect(client.session.update(resourceSet(clusterResource('y')))).toEqual([]);
    expect(brief(client.session.update(resourceSet(clusterResource('zz'))))).toEqual(['cds zz']);
  });

  it('tells again what a client unsubscribes from while the wildcard still brings it', () => {
    const client = new Client().start();
    client.ackAll(client.subscribe(cluster, 'a'));
    expect(brief(client.send(cluster, { resourceNamesUnsubscribe: ['a'] }))).toEqual(['cds a']);
  });

  it('stops sending what is unsubscribed', () => {
    const client = new Client().start();
    client.send(endpoint, { resourceNamesUnsubscribe: ['a'] });
    expect(client.session.update(resourceSet(endpointsResource('a', 'new')))).not.toContainEqual(
      expect.objectContaining({ typeUrl: endpoint }),
    );
  });

  it('ends a stream that asks for too much', () => {
    const client = new Client({ maxSubscriptions: 2 });
    expect(() => client.subscribe(endpoint, 'a', 'b', 'c')).toThrow(XdsLimitError);
    const types = Array.from({ length: 40 }, (_, i) => `type.googleapis.com/x${i}`);
    expect(() => types.forEach((typeUrl) => client.send(typeUrl))).toThrow(XdsLimitError);
  });
});

describe('make before break', () => {
  it('goes idle -> supplying -> switching -> retiring -> idle', () => {
    const client = new Client().start();
    expect(client.session.state).toBe('idle');

    const clusters = client.session.update(second);
    expect(brief(clusters)).toEqual(['cds b']);
    expect(client.session.state).toBe('supplying');
    // Envoy asks for the endpoints before it acknowledges the cluster.
    const endpoints = client.subscribe(endpoint, 'b');
    expect(brief(endpoints)).toEqual(['eds b']);
    client.ack(endpoints[0] as XdsResponse);

    const routes = client.ack(clusters[0] as XdsResponse);
    expect(brief(routes)).toEqual(['rds r']);
    expect(client.session.state).toBe('switching');

    const removals = client.ack(routes[0] as XdsResponse);
    expect(brief(removals)).toEqual(['cds -a']);
    expect(client.session.state).toBe('retiring');
    client.send(endpoint, { resourceNamesUnsubscribe: ['a'] });
    expect(client.ack(removals[0] as XdsResponse)).toEqual([]);
    expect(client.session.state).toBe('idle');
  });

  it('holds new routes back too while clusters are not acknowledged', () => {
    const client = new Client();
    client.session.update(first);
    const [clusters] = client.send(cluster) as [XdsResponse];
    expect(client.subscribe(route, 'r')).toEqual([]);
    expect(brief(client.ack(clusters))).toEqual(['rds r']);
  });

  it('removes and adds listeners in one response', () => {
    const client = new Client().start();
    expect(brief(client.session.update(resourceSet(clusterResource('a'), listenerResource('m', 'r'))))).toEqual([
      'lds m -l',
    ]);
  });

  it('sends the endpoints of a changed cluster again', () => {
    const client = new Client().start();
    const changed = new Map(first).set(cluster, new Map([['a', clusterResource('a', 'new')]]));
    expect(brief(client.session.update(changed))).toEqual(['cds a', 'eds a']);
  });

  it('remembers that debt until the client asks for endpoints', () => {
    const client = new Client();
    client.session.update(first);
    expect(brief(client.send(cluster, { initialResourceVersions: { a: 'old' } }))).toEqual(['cds a']);
    const version = endpointsResource('a').version;
    const request = { resourceNamesSubscribe: ['a'], initialResourceVersions: { a: version } };
    expect(brief(client.send(endpoint, request))).toEqual(['eds a']);
  });

  it('sends only the newest of what changed while it waited', () => {
    const client = new Client().start();
    const [clusters] = client.session.update(second) as [XdsResponse];
    const route3 = routesResource('r', 'b', 'newest');
    expect(client.session.update(new Map(second).set(route, new Map([['r', route3]])))).toEqual([]);
    const [routes] = client.ack(clusters) as [XdsResponse];
    const [resource] = fromBinary(DeltaDiscoveryResponseSchema, routes.bytes).resources;
    expect(resource?.version).toBe(route3.version);
  });
});

describe('a refusal', () => {
  const bad = new Map(first).set(
    cluster,
    new Map([...(first.get(cluster) ?? []), ['bad', clusterResource('bad')], ['ok', clusterResource('ok')]]),
  );
  const refusal = 'Error adding/updating cluster(s) bad: no';

  it('is kept with its words, its time and the resources that it names', () => {
    const client = new Client().start();
    const [clusters] = client.session.update(bad) as [XdsResponse];
    client.nack(clusters, refusal);
    expect(client.session.delivery().get(cluster)?.nack).toMatchObject({
      message: refusal,
      at: 42,
      resources: ['bad'],
    });
  });

  it('lets the other resources through, and does not repeat the refused one', () => {
    const client = new Client().start();
    const [clusters] = client.session.update(bad) as [XdsResponse];
    const again = client.nack(clusters, refusal);
    expect(brief(again)).toEqual(['cds ok']);
    expect(client.ack(again[0] as XdsResponse)).toEqual([]);
    expect(client.session.update(new Map(bad))).toEqual([]);
    const { ackedVersion, sentVersion, wantedVersion } = client.session.delivery().get(cluster) ?? {};
    expect(ackedVersion).toBe(sentVersion);
    expect(ackedVersion).not.toBe(wantedVersion);
  });

  it('ends when the content changes', () => {
    const client = new Client().start();
    const [clusters] = client.session.update(bad) as [XdsResponse];
    client.ackAll(client.nack(clusters, refusal));
    const mended = new Map(bad.get(cluster)).set('bad', clusterResource('bad', 'mended'));
    const next = client.session.update(new Map(bad).set(cluster, mended));
    expect(brief(next)).toEqual(['cds bad']);
    client.ackAll(next);
    expect(client.session.delivery().get(cluster)?.nack).toBeUndefined();
  });

  it('of routes keeps the clusters that the old routes need', () => {
    const client = new Client().start();
    const [clusters] = client.session.update(second) as [XdsResponse];
    const [routes] = client.ack(clusters) as [XdsResponse];
    expect(client.nack(routes, 'r: no')).toEqual([]);
    expect(client.session.update(new Map(second))).toEqual([]);
    const mended = client.session.update(
      new Map(second).set(route, new Map([['r', routesResource('r', 'b', 'mended')]])),
    );
    expect(brief(client.ack(mended[0] as XdsResponse))).toEqual(['cds -a']);
  });

  it('of everything stops, whatever the message says', () => {
    const client = new Client().start();
    let responses = client.session.update(bad);
    for (let i = 0; i < 5 && responses.length > 0; i++) responses = client.nack(responses[0] as XdsResponse, 'no');
    expect(responses).toEqual([]);
  });

  it('of a removal is not repeated', () => {
    const client = new Client().start();
    const [removal] = client.session.update(new Map(first).set(cluster, new Map())) as [XdsResponse];
    expect(client.nack(removal, 'no')).toEqual([]);
  });
});

describe('nonces', () => {
  it('ignores a stale one', () => {
    const client = new Client().start();
    const [clusters] = client.session.update(second) as [XdsResponse];
    expect(client.send(cluster, { responseNonce: 'other' })).toEqual([]);
    expect(client.session.state).toBe('supplying');
    client.ack(clusters);
    expect(client.ack(clusters)).toEqual([]);
  });
});

describe('a client that comes back', () => {
  const claims = (typeUrl: string) => ({
    resourceNamesSubscribe: typeUrl === endpoint || typeUrl === route ? [...(first.get(typeUrl)?.keys() ?? [])] : [],
    initialResourceVersions: Object.fromEntries([...(first.get(typeUrl) ?? [])].map(([name, r]) => [name, r.version])),
  });
  const comeBack = (client: Client) =>
    [cluster, endpoint, listener, route].flatMap((t) => [...client.send(t, claims(t))]);

  it('is sent nothing that it has', () => {
    const client = new Client();
    client.session.update(first);
    expect(comeBack(client)).toEqual([]);
    expect([...client.session.delivery().values()].every((d) => d.ackedVersion === d.wantedVersion)).toBe(true);
  });

  it('is sent what changed, in order, and told what went', () => {
    const client = new Client();
    client.session.update(second);
    const [clusters, ...rest] = comeBack(client);
    expect(brief([clusters as XdsResponse])).toEqual(['cds b']);
    expect(rest).toEqual([]);
    const routes = client.ack(clusters as XdsResponse);
    expect(brief(routes)).toEqual(['rds r']);
    expect(brief(client.ack(routes[0] as XdsResponse))).toEqual(['cds -a']);
  });
});

describe('a client that comes back with clusters', () => {
  const claim = { initialResourceVersions: { a: clusterResource('a').version, old: '1' } };

  it('keeps them until it has told of the listeners and routes that use them', () => {
    const client = new Client();
    client.session.update(first);
    expect(client.send(cluster, claim)).toEqual([]);
    client.ackAll(client.send(listener));
    const answers = client.subscribe(route, 'r');
    expect(brief(answers)).toEqual(['rds r']);
    expect(brief(client.ack(answers[0] as XdsResponse))).toEqual(['cds -old']);
  });

  it('needs no routes where no listener does', () => {
    const client = new Client();
    client.session.update(resourceSet(clusterResource('a'), endpointsResource('a')));
    expect(client.send(cluster, claim)).toEqual([]);
    const [listeners] = client.send(listener) as [XdsResponse];
    expect(brief(client.ack(listeners))).toEqual(['cds -old']);
  });
});

describe('large responses', () => {
  it('are split below the bound, and complete when all parts are acknowledged', () => {
    const many = resourceSet(...Array.from({ length: 50 }, (_, i) => clusterResource(`c${i}`)));
    const client = new Client({ maxResponseBytes: 400, nonce: sequenceIds('n') });
    client.session.update(many);
    const parts = client.send(cluster);
    expect(parts.length).toBeGreaterThan(5);
    expect(Math.max(...parts.map((part) => part.bytes.length))).toBeLessThan(600);
    expect(parts.flatMap((part) => part.sent)).toHaveLength(50);
    expect(new Set(parts.map((part) => part.nonce)).size).toBe(parts.length);
    for (const part of parts) client.ack(part);
    expect(client.session.delivery().get(cluster)?.ackedVersion).toBe(
      client.session.delivery().get(cluster)?.wantedVersion,
    );
  });

  it('leave one large resource whole', () => {
    const client = new Client({ maxResponseBytes: 10 });
    client.session.update(first);
    expect(brief(client.send(cluster))).toEqual(['cds a']);
  });
});
