import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, proxyOf, workload } from '../../test/mesh-fixture.ts';

const peer = (spec: string, namespace = 'default') => `
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: p${spec.length}, namespace: ${namespace} }
spec: ${spec}`;
const authorization = (spec: string, namespace = 'default', name = 'policy') => `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}`;
const mine = 'selector: { matchLabels: { app: reviews } }';

describe('ports of a workload', () => {
  it('are those that its services lead to', () => {
    expect(new Mesh().inbound().ports).toMatchObject([
      {
        targetPort: 8080,
        cluster: 'inbound|8080||',
        protocol: 'http',
        mutualTls: 'permissive',
        service: { name: 'reviews', namespace: 'default' },
      },
    ]);
    expect(new Mesh().inbound({ labels: { app: 'nobody' } }).ports).toEqual([]);
  });

  it('belong to the first service by name', () => {
    const again = bookinfo.replaceAll('app: ratings', 'app: reviews');
    expect(new Mesh(again).inbound().ports).toMatchObject([{ service: { name: 'ratings' } }]);
  });

  it('by name are found where the workload registered them, and behind explicit listeners', () => {
    const mesh = new Mesh(bookinfo.replaceAll('targetPort: 8080', 'targetPort: web'), [
      workload('reviews-v1', { app: 'reviews' }, { ports: { web: 20_001 } }),
    ]);
    expect(mesh.inbound().ports.map((p) => p.targetPort)).toEqual([20_001]);
    const at = (port: number) => ({ address: '127.0.0.1', port });
    const interception = {
      mode: 'NONE',
      outbound: [],
      inbound: [{ targetPort: 8080, bind: at(20_001), forwardTo: at(30_001) }],
    } as const;
    expect(mesh.inbound({ interception }).ports.map((p) => p.targetPort)).toEqual([8080]);
  });

  it('that no service names are served as TCP when the proxy declares them', () => {
    const at = (port: number) => ({ address: '127.0.0.1', port });
    const interception = {
      mode: 'NONE',
      outbound: [],
      inbound: [{ targetPort: 7000, bind: at(1), forwardTo: at(2) }],
    } as const;
    expect(new Mesh().inbound({ interception }).ports).toMatchObject([
      { targetPort: 7000, protocol: 'tcp', service: { host: 'unknown' } },
      { targetPort: 8080 },
    ]);
  });
});

describe('mutual TLS of a port', () => {
  const modes = (policies: string) => {
    const { ports, passthrough } = new Mesh(bookinfo + policies).inbound();
    return [...ports.map((p) => `${p.targetPort} ${p.mutualTls}`), passthrough.mutualTls];
  };

  it.each([
    ['nothing', '', ['8080 permissive', 'permissive']],
    ['the mesh', peer('{ mtls: { mode: STRICT } }', 'istio-system'), ['8080 strict', 'strict']],
    [
      'the namespace over the mesh',
      peer('{ mtls: { mode: STRICT } }', 'istio-system') + peer('{ mtls: { mode: DISABLE } }'),
      ['8080 disable', 'disable'],
    ],
    [
      'the workload over the namespace',
      peer('{ mtls: { mode: STRICT } }') + peer(`{ ${mine}, mtls: { mode: PERMISSIVE } }`),
      ['8080 permissive', 'permissive'],
    ],
    [
      'the port over the workload',
      peer(`{ ${mine}, mtls: { mode: STRICT }, portLevelMtls: { "8080": { mode: DISABLE } } }`),
      ['8080 disable', 'strict'],
    ],
    [
      'a port that is UNSET inherits',
      peer(`{ ${mine}, mtls: { mode: STRICT }, portLevelMtls: { "8080": { mode: UNSET } } }`),
      ['8080 strict', 'strict'],
    ],
    [
      'a port of no service',
      peer(`{ ${mine}, portLevelMtls: { "7": { mode: STRICT } } }`),
      ['7 strict', '8080 permissive', 'permissive'],
    ],
    [
      'another workload',
      peer('{ selector: { matchLabels: { app: x } }, mtls: { mode: STRICT } }'),
      ['8080 permissive', 'permissive'],
    ],
    ['another namespace', peer('{ mtls: { mode: STRICT } }', 'other'), ['8080 permissive', 'permissive']],
  ])('by %s', (_, policies, expected) => expect(modes(policies)).toEqual(expected));

  it('names the policy that decided', () => {
    expect(
      new Mesh(bookinfo + peer('{ mtls: { mode: STRICT } }', 'istio-system')).inbound().ports[0]?.mutualTlsOrigin,
    ).toMatchObject({ kind: 'PeerAuthentication', namespace: 'istio-system' });
  });
});

describe('authorization', () => {
  const of = (policies: string, protocol = 'http') =>
    new Mesh(bookinfo.replaceAll('name: http', `name: ${protocol}`) + policies).inbound().ports[0]?.authorization;

  it('is open without policies and closed by one that allows nothing', () => {
    expect(of('')).toEqual({ deny: [] });
    const closed = {
      deny: [],
      allow: [{ origin: { kind: 'AuthorizationPolicy', namespace: 'default', name: 'policy' }, rules: [] }],
    };
    expect(of(authorization('{}'))).toEqual(closed);
    expect(of(authorization('{}').replace('\nspec: {}', ''))).toEqual(closed);
  });

  it('of an empty rule holds for every request', () => {
    expect(of(authorization('{ action: DENY, rules: [{}] }'))?.deny[0]?.rules).toEqual([
      { from: [], to: [], when: [] },
    ]);
  });

  it('comes from the root namespace, the own one, and selected by labels', () => {
    const policies = [
      authorization('{ action: DENY, rules: [] }', 'istio-system', 'root'),
      authorization(`{ action: DENY, ${mine}, rules: [] }`, 'default', 'mine'),
      authorization('{ action: DENY, selector: { matchLabels: { app: x } }, rules: [] }', 'default', 'not-mine'),
      authorization('{ action: DENY, rules: [] }', 'other', 'elsewhere'),
    ];
    expect(of(policies.join(''))?.deny.map((p) => p.origin.name)).toEqual(['root', 'mine']);
  });

  it('turns sources, operations and conditions into predicates', () => {
    const rule = `{ from: [{ source: { principals: ['cluster.local/ns/a/sa/b', '*'], notNamespaces: ['dev-*'] } }],
      to: [{ operation: { methods: [GET], paths: ['/a*', '*.html', '/u/{*}/x', '/v/{**}'], notPorts: ['81'] } }],
      when: [{ key: 'request.headers[X-Token]', values: ['*'], notValues: [bad] }, { key: destination.port, values: ['8080'] }, { key: source.namespace, values: ['a*b'] }] }`;
    expect(of(authorization(`{ rules: [${rule}] }`))?.allow?.[0]?.rules).toEqual([
      {
        from: [
          [
            {
              attribute: { kind: 'principal' },
              anyOf: [{ kind: 'exact', value: 'cluster.local/ns/a/sa/b' }, { kind: 'present' }],
              negated: false,
            },
            { attribute: { kind: 'namespace' }, anyOf: [{ kind: 'prefix', value: 'dev-' }], negated: true },
          ],
        ],
        to: [
          [
            { attribute: { kind: 'method' }, anyOf: [{ kind: 'exact', value: 'GET' }], negated: false },
            {
              attribute: { kind: 'path' },
              anyOf: [
                { kind: 'prefix', value: '/a' },
                { kind: 'suffix', value: '.html' },
                { kind: 'regex', value: '/u/[^/]+/x' },
                { kind: 'regex', value: '/v/.*' },
              ],
              negated: false,
            },
            { attribute: { kind: 'port' }, anyOf: [{ kind: 'exact', value: '81' }], negated: true },
          ],
        ],
        when: [
          { attribute: { kind: 'header', name: 'x-token' }, anyOf: [{ kind: 'present' }], negated: false },
          { attribute: { kind: 'header', name: 'x-token' }, anyOf: [{ kind: 'exact', value: 'bad' }], negated: true },
          { attribute: { kind: 'port' }, anyOf: [{ kind: 'exact', value: '8080' }], negated: false },
          { attribute: { kind: 'namespace' }, anyOf: [{ kind: 'regex', value: 'a.*b' }], negated: false },
        ],
      },
    ]);
  });

  const http = "{ to: [{ operation: { methods: [GET], ports: ['8080'] } }] }";
  const connection = '{ from: [{ source: { namespaces: [a] } }] }';

  it('on a TCP port allows less: a rule about requests is dropped', () => {
    expect(of(authorization(`{ rules: [${http}, ${connection}] }`), 'tcp')?.allow?.[0]?.rules).toMatchObject([
      { from: [[{ attribute: { kind: 'namespace' } }]] },
    ]);
  });

  it('on a TCP port denies more: the part about requests is ignored', () => {
    const mesh = new Mesh(
      bookinfo.replaceAll('name: http', 'name: tcp') + authorization(`{ action: DENY, rules: [${http}] }`),
    );
    expect(mesh.inbound().ports[0]?.authorization.deny[0]?.rules).toMatchObject([
      { to: [[{ attribute: { kind: 'port' } }]] },
    ]);
    expect(mesh.resolver.inboundDiagnostics(mesh.snapshot, proxyOf())).toMatchObject([
      { code: 'http_only_rule', origin: { name: 'policy' } },
    ]);
  });

  it.each([
    ['ALLOW', []],
    ['DENY', [{ from: [], to: [], when: [] }]],
  ])('fails closed for a condition that is not known: %s', (action, rules) => {
    const found = of(authorization(`{ action: ${action}, rules: [{ when: [{ key: source.moon, values: [x] }] }] }`));
    expect((action === 'ALLOW' ? found?.allow : found?.deny)?.[0]?.rules).toEqual(rules);
  });

  it('treats the trust domains of the mesh as one', () => {
    const principals = (written: string) => {
      const mesh = new Mesh(
        bookinfo + authorization(`{ rules: [{ from: [{ source: { principals: ['${written}'] } }] }] }`),
        [],
        { trustDomain: 'new.td', trustDomainAliases: ['old.td'] },
      );
      return mesh
        .inbound()
        .ports[0]?.authorization.allow?.[0]?.rules[0]?.from[0]?.[0]?.anyOf.map((m) =>
          'value' in m ? m.value : m.kind,
        );
    };
    const both = ['new.td/ns/a/sa/b', 'old.td/ns/a/sa/b'];
    expect(principals('old.td/ns/a/sa/b')).toEqual(both);
    expect(principals('cluster.local/ns/a/sa/b')).toEqual(both);
    expect(principals('foreign/ns/a/sa/b')).toEqual(['foreign/ns/a/sa/b']);
    expect(principals('*/ns/a/sa/b')).toEqual(['/ns/a/sa/b']);
    expect(principals('*.td/ns/a/sa/b')).toEqual(['.td/ns/a/sa/b']);
    expect(principals('old.td/ns/a/*')).toEqual(['old.td/ns/a/']);
  });
});

describe('the inbound half', () => {
  it('is the identical object while nothing that concerns the workload changes', () => {
    const mesh = new Mesh(bookinfo + authorization('{}'));
    const before = mesh.inbound();
    mesh
      .apply(peer('{ selector: { matchLabels: { app: x } }, mtls: { mode: STRICT } }'))
      .apply(authorization('{}', 'other'));
    expect(mesh.inbound()).toBe(before);
    expect(mesh.inbound({ id: 'reviews-v1-b.default', workload: 'reviews-v1-b' })).toBe(before);
    expect(mesh.apply(authorization('{ action: DENY }', 'istio-system', 'more')).inbound()).not.toBe(before);
  });
});
