import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, reviewsRule, service, workload } from '../../test/mesh-fixture.ts';

const withRule = (spec: string) => new Mesh(bookinfo + reviewsRule(spec));
const policy = (blocks: string) => withRule(`trafficPolicy: ${blocks}`).cluster();

describe('a cluster without a DestinationRule', () => {
  it('has the defaults of the mesh', () => {
    expect(new Mesh().cluster()).toEqual({
      name: 'outbound|9080||reviews.default.svc.cluster.local',
      service: { host: 'reviews.default.svc.cluster.local', name: 'reviews', namespace: 'default' },
      port: 9080,
      subset: '',
      protocol: 'http',
      connectTimeoutMs: 10_000,
      loadBalancer: { kind: 'least-request' },
      pool: {},
      tls: {
        kind: 'auto',
        sni: 'outbound_.9080_._.reviews.default.svc.cluster.local',
        subjectAltNames: ['spiffe://cluster.local/ns/default/sa/reviews'],
      },
    });
  });

  it('accepts its workloads in every trust domain of the mesh', () => {
    const mesh = new Mesh(
      bookinfo,
      [
        workload('a', { app: 'reviews' }, { serviceAccount: 'b' }),
        workload('b', { app: 'reviews' }, { serviceAccount: 'bad/name' }),
      ],
      {
        trustDomain: 'new',
        trustDomainAliases: ['old'],
      },
    );
    expect(mesh.cluster()?.tls).toMatchObject({
      subjectAltNames: ['spiffe://new/ns/default/sa/b', 'spiffe://old/ns/default/sa/b'],
    });
  });
});

describe('load balancers', () => {
  it.each([
    ['{ simple: ROUND_ROBIN }', { kind: 'round-robin' }],
    ['{ simple: RANDOM }', { kind: 'random' }],
    ['{ simple: LEAST_CONN }', { kind: 'least-request' }],
    ['{ simple: UNSPECIFIED }', { kind: 'least-request' }],
    [
      '{ consistentHash: { httpHeaderName: X } }',
      { kind: 'ring-hash', minimumRingSize: 1024, hash: [{ kind: 'header', name: 'x' }] },
    ],
    [
      '{ consistentHash: { useSourceIp: true, ringHash: { minimumRingSize: 5 } } }',
      { kind: 'ring-hash', minimumRingSize: 5, hash: [{ kind: 'source-ip' }] },
    ],
    [
      '{ consistentHash: { httpQueryParameterName: q, maglev: {} } }',
      { kind: 'maglev', tableSize: 65_537, hash: [{ kind: 'query-parameter', name: 'q' }] },
    ],
    [
      '{ consistentHash: { httpCookie: { name: c, path: /, ttl: 1s }, maglev: { tableSize: 7 } } }',
      { kind: 'maglev', tableSize: 7, hash: [{ kind: 'cookie', name: 'c', path: '/', ttlMs: 1000 }] },
    ],
  ])('%s', (written, expected) => expect(policy(`{ loadBalancer: ${written} }`)?.loadBalancer).toEqual(expected));
});

describe('connection pools', () => {
  it('carry every limit in milliseconds and numbers', () => {
    const tcp = '{ maxConnections: 1, connectTimeout: 2s, maxConnectionDuration: 3s, idleTimeout: 4s }';
    const http =
      '{ http1MaxPendingRequests: 5, http2MaxRequests: 6, maxRequestsPerConnection: 7, maxRetries: 8, idleTimeout: 9s, h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 10 }';
    const cluster = policy(`{ connectionPool: { tcp: ${tcp}, http: ${http} } }`);
    expect(cluster?.pool).toEqual({
      maxConnections: 1,
      maxConnectionDurationMs: 3000,
      tcpIdleTimeoutMs: 4000,
      maxPendingRequests: 5,
      maxRequests: 6,
      maxRequestsPerConnection: 7,
      maxRetries: 8,
      httpIdleTimeoutMs: 9000,
      maxConcurrentStreams: 10,
    });
    expect(cluster).toMatchObject({ connectTimeoutMs: 2000, protocol: 'http2' });
  });
});

describe('outlier detection', () => {
  it('has the defaults of Istio once the block is there', () => {
    expect(policy('{ outlierDetection: {} }')?.outlier).toEqual({
      consecutive5xx: 5,
      consecutiveGatewayErrors: 0,
      splitLocalOriginErrors: false,
      consecutiveLocalOriginFailures: 5,
      intervalMs: 10_000,
      baseEjectionMs: 30_000,
      maxEjectionPercent: 10,
      minHealthPercent: 0,
    });
  });
});

describe('TLS', () => {
  it.each([
    ['{ mode: DISABLE }', { kind: 'plain' }],
    [
      '{ mode: ISTIO_MUTUAL }',
      {
        kind: 'mesh',
        sni: 'outbound_.9080_._.reviews.default.svc.cluster.local',
        subjectAltNames: ['spiffe://cluster.local/ns/default/sa/reviews'],
      },
    ],
    ['{ mode: ISTIO_MUTUAL, sni: a, subjectAltNames: [b] }', { kind: 'mesh', sni: 'a', subjectAltNames: ['b'] }],
    ['{ mode: SIMPLE }', { kind: 'origination', subjectAltNames: [], insecureSkipVerify: false }],
    [
      '{ mode: SIMPLE, credentialName: c, sni: s, insecureSkipVerify: true }',
      {
        kind: 'origination',
        sni: 's',
        subjectAltNames: [],
        insecureSkipVerify: true,
        caSecret: 'kubernetes://c-cacert',
      },
    ],
    [
      '{ mode: MUTUAL, credentialName: c, subjectAltNames: [x] }',
      {
        kind: 'origination',
        subjectAltNames: ['x'],
        insecureSkipVerify: false,
        caSecret: 'kubernetes://c-cacert',
        certificateSecret: 'kubernetes://c',
      },
    ],
  ])('%s', (written, expected) => expect(policy(`{ tls: ${written} }`)?.tls).toEqual(expected));
});

describe('policies of ports and subsets', () => {
  it('replace each other block by block, and wholly for a port', () => {
    const mesh = withRule(`trafficPolicy:
  loadBalancer: { simple: ROUND_ROBIN }
  outlierDetection: { interval: 1s }
  portLevelSettings: [{ port: { number: 81 }, tls: { mode: DISABLE } }]
subsets:
- { name: v1, labels: { version: v1 }, trafficPolicy: { loadBalancer: { simple: RANDOM } } }
- name: v2
  labels: { version: v2 }
  trafficPolicy: { portLevelSettings: [{ port: { number: 9080 }, outlierDetection: { interval: 2s } }] }`).apply(`
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec: { selector: { app: reviews }, ports: [{ name: http, port: 9080 }, { name: http-b, port: 81 }] }`);
    const shapes = mesh
      .outbound()
      .destinations.filter((d) => d.service.name === 'reviews')
      .map((d) => [d.port, d.subset, d.loadBalancer.kind, d.outlier?.intervalMs, d.tls.kind]);
    expect(shapes).toEqual([
      [9080, '', 'round-robin', 1000, 'auto'],
      [9080, 'v1', 'random', 1000, 'auto'],
      [9080, 'v2', 'least-request', 2000, 'auto'],
      [81, '', 'least-request', undefined, 'plain'],
      [81, 'v1', 'random', undefined, 'plain'],
      [81, 'v2', 'least-request', undefined, 'plain'],
    ]);
  });
});

describe('which DestinationRule counts', () => {
  const rule = (name: string, namespace: string, spec: string) => `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}`;
  const host = 'reviews.default.svc.cluster.local';
  const timeout = (seconds: number) => `trafficPolicy: { connectionPool: { tcp: { connectTimeout: ${seconds}s } } }`;
  const all = [
    rule('client', 'client', `{ host: ${host}, ${timeout(1)} }`),
    rule('service', 'default', `{ host: reviews, ${timeout(2)} }`),
    rule('root', 'istio-system', `{ host: '*.local', ${timeout(3)} }`),
  ];
  const timeoutFor = (rules: readonly string[], namespace: string) =>
    new Mesh(bookinfo + rules.join('')).cluster('', { namespace })?.connectTimeoutMs;

  it('is the one of the client, else of the service, else of the root namespace', () => {
    expect(timeoutFor(all, 'client')).toBe(1000);
    expect(timeoutFor(all, 'other')).toBe(2000);
    expect(timeoutFor([all[2] as string], 'other')).toBe(3000);
    expect(timeoutFor(all.slice(0, 1), 'other')).toBe(10_000);
  });

  it('is the most specific of a namespace, and only an exported one', () => {
    const wild = rule('wild', 'default', `{ host: '*.default.svc.cluster.local', ${timeout(4)} }`);
    const hidden = rule('hidden', 'default', `{ host: reviews, exportTo: ['.'], ${timeout(5)} }`);
    expect(timeoutFor([wild, all[1] as string], 'other')).toBe(2000);
    expect(timeoutFor([wild, hidden], 'other')).toBe(4000);
    expect(timeoutFor([wild, hidden], 'default')).toBe(5000);
  });

  it('is private to the root namespace for clients there', () => {
    expect(timeoutFor(all, 'istio-system')).toBe(2000);
    const own = rule('own', 'istio-system', `{ host: ${host}, exportTo: ['.'], ${timeout(6)} }`);
    expect(timeoutFor([...all, own], 'istio-system')).toBe(6000);
  });

  it('is merged of several for one host: subsets united, the first policy wins', () => {
    const first = rule('a', 'default', `{ host: reviews, subsets: [{ name: v1, labels: { version: v1 } }] }`);
    const second = rule(
      'b',
      'default',
      `{ host: reviews, ${timeout(7)}, subsets: [{ name: v1, labels: { version: v2 } }, { name: v2, labels: { version: v2 } }] }`,
    );
    const mesh = new Mesh(bookinfo + first + second);
    expect(mesh.cluster()).toMatchObject({ connectTimeoutMs: 7000, origin: { name: 'a' } });
    expect(mesh.cluster('v2')).toMatchObject({ origin: { name: 'b' } });
    expect(mesh.endpoints('v1')?.localities.flatMap((l) => l.endpoints.map((e) => e.workload.name))).toEqual([
      'reviews-v1',
    ]);
  });
});

describe('services', () => {
  it('are hidden from namespaces they are not exported to', () => {
    const hidden = service('hidden').replace(
      'namespace: default',
      "namespace: default, annotations: { networking.istio.io/exportTo: '.,friend' }",
    );
    const mesh = new Mesh(bookinfo + hidden);
    const sees = (namespace: string) => mesh.outbound({ namespace }).services.some((s) => s.host.startsWith('hidden.'));
    expect(['default', 'friend', 'other'].map(sees)).toEqual([true, true, false]);
  });

  it.each([
    ['name: http', 'http'],
    ['name: http-web', 'http'],
    ['name: grpc', 'grpc'],
    ['name: grpc-web-x', 'http'],
    ['name: http2-x', 'http2'],
    ['name: tcp-db', 'tcp'],
    ['name: https', 'tcp'],
    ['name: web', 'tcp'],
    ['name: tcp, appProtocol: http', 'http'],
    ['appProtocol: kubernetes.io/h2c', 'http2'],
  ])('speak what port { %s } says', (port, protocol) => {
    const mesh = new Mesh(`
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec: { ports: [{ ${port}, port: 9080 }] }`);
    expect(mesh.cluster()?.protocol).toBe(protocol);
  });
});

describe('credentials', () => {
  const secret = (name: string, data: string, namespace = 'default') => `
---
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: ${namespace} }
stringData: ${data}`;
  const mutual = reviewsRule('trafficPolicy: { tls: { mode: MUTUAL, credentialName: c } }');

  it('come from the namespace of the client and hide their key', () => {
    const mesh = new Mesh(
      bookinfo +
        mutual +
        secret('c', '{ tls.crt: chain, tls.key: key, ca.crt: ca }') +
        secret('c', '{ tls.crt: other }', 'other'),
    );
    const { secrets } = mesh.outbound();
    expect(secrets.map((s) => s.name)).toEqual(['kubernetes://c', 'kubernetes://c-cacert']);
    expect(JSON.stringify(secrets)).not.toContain('"key"');
    expect(secrets[0]?.kind === 'certificate' && secrets[0].keyPem.reveal()).toBe('key');
    expect(mesh.outbound({ namespace: 'other' }).secrets).toEqual([]);
  });

  it('are not for rules of a foreign namespace, but for those of the root namespace', () => {
    const own = secret('c', '{ tls.crt: chain, tls.key: key }', 'shop');
    const seen = (rules: string) => {
      const mesh = new Mesh(bookinfo + rules + own);
      return {
        secrets: mesh.outbound({ namespace: 'shop' }).secrets.length,
        codes: mesh.diagnostics({ namespace: 'shop' }).map((d) => d.code),
      };
    };
    expect(seen(mutual)).toEqual({ secrets: 0, codes: ['foreign_credential'] });
    const root = mutual
      .replace('namespace: default', 'namespace: istio-system')
      .replace('host: reviews', 'host: reviews.default.svc.cluster.local');
    expect(seen(root)).toEqual({ secrets: 1, codes: [] });
  });

  it('are decoded, with the CA in a Secret of its own', () => {
    const mesh = new Mesh(
      bookinfo +
        mutual +
        secret('c-cacert', '{ cacert: x }').replace('stringData: { cacert: x }', 'data: { cacert: Y2E= }'),
    );
    expect(mesh.outbound().secrets).toEqual([{ kind: 'ca', name: 'kubernetes://c-cacert', pem: 'ca' }]);
  });

  it('that are missing are told', () => {
    expect(new Mesh(bookinfo + mutual).diagnostics()).toMatchObject([{ code: 'dangling_credential' }]);
  });
});
