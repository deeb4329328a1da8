import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, service } from '../../test/mesh-fixture.ts';

const object = (kind: string, metadata: string, spec: string) => `
---
apiVersion: ${kind === 'AuthorizationPolicy' ? 'security.istio.io/v1' : 'policy.malla.io/v1alpha1'}
kind: ${kind}
metadata: ${metadata}
spec: ${spec}
`;
const providers = (list: string) => `
---
apiVersion: mesh.istio.io/v1alpha1
kind: MeshConfig
metadata: { name: mesh }
spec: { extensionProviders: ${list} }
`;
const custom = (provider: string, name = 'ask') =>
  object(
    'AuthorizationPolicy',
    `{ name: ${name}, namespace: default }`,
    `{ action: CUSTOM, provider: { name: ${provider} }, rules: [{ to: [{ operation: { paths: [/a] } }] }] }`,
  );
const mine = 'selector: { matchLabels: { app: reviews } }';
const rules = 'rules: [{ name: all, limit: { requests: 1, unit: DAY } }]';
const portOf = (mesh: Mesh) => mesh.inbound().ports[0];
const codes = (mesh: Mesh) => mesh.inboundDiagnostics().map(({ code }) => code);

describe('rate limits of a port', () => {
  it('are those of the root namespace and of its own that select the workload', () => {
    const limit = (name: string, namespace: string, spec: string) =>
      object('RateLimit', `{ name: ${name}, namespace: ${namespace} }`, `{ ${spec}, ${rules} }`);
    const mesh = new Mesh(
      bookinfo +
        limit('mesh', 'istio-system', 'failureMode: CLOSED') +
        limit('mine', 'default', mine) +
        limit('theirs', 'default', 'selector: { matchLabels: { app: x } }') +
        limit('elsewhere', 'other', mine),
    );
    expect(portOf(mesh)?.rateLimits?.map(({ origin, failClosed }) => [origin.name, failClosed])).toEqual([
      ['mesh', true],
      ['mine', false],
    ]);
    expect(portOf(new Mesh())?.rateLimits).toBeUndefined();
  });

  it('are rules with matches and values', () => {
    const spec = `{ rules: [{ name: some, limit: { requests: 1, unit: DAY },
      match: [{ paths: [{ exact: /a }, { prefix: /b }], methods: [GET], headers: { X-A: {}, X-B: { exact: b } } }],
      perValueOf: [{ header: X-User }, { path: {} }, { sourcePrincipal: {} }, { remoteAddress: {} }] }] }`;
    const mesh = new Mesh(bookinfo + object('RateLimit', '{ name: a, namespace: default }', spec));
    expect(portOf(mesh)?.rateLimits?.[0]?.rules).toEqual([
      {
        name: 'some',
        matches: [
          {
            paths: [
              { kind: 'exact', value: '/a' },
              { kind: 'prefix', value: '/b' },
            ],
            methods: ['GET'],
            headers: [
              { name: 'x-a', match: { kind: 'present' } },
              { name: 'x-b', match: { kind: 'exact', value: 'b' } },
            ],
          },
        ],
        values: [
          { kind: 'header', name: 'x-user' },
          { kind: 'path' },
          { kind: 'source-principal' },
          { kind: 'remote-address' },
        ],
      },
    ]);
  });

  it('are not on TCP ports, and come and go with the policy alone', () => {
    const limit = object('RateLimit', '{ name: a, namespace: default }', `{ ${rules} }`);
    expect(portOf(new Mesh(bookinfo.replaceAll('name: http', 'name: tcp') + limit))?.rateLimits).toBeUndefined();
    const mesh = new Mesh();
    const before = mesh.inbound();
    mesh.apply(
      object('RateLimit', '{ name: b, namespace: default }', `{ selector: { matchLabels: { app: x } }, ${rules} }`),
    );
    expect(mesh.inbound()).toBe(before);
    expect(portOf(mesh.apply(limit))?.rateLimits).toHaveLength(1);
  });
});

describe('CUSTOM policies of a port', () => {
  const keys = (name: string, spec: string) =>
    object('ApiKeyPolicy', `{ name: ${name}, namespace: default }`, `{ ${spec} secretRef: { name: a } }`);

  it('ask the built-in authorizer, which is told of the API keys of the workload', () => {
    const mesh = new Mesh(
      bookinfo +
        custom('malla') +
        custom('malla', 'too') +
        keys('mine', `${mine},`) +
        keys('all', '') +
        keys('no', 'selector: { matchLabels: { app: x } },'),
    );
    const { authorization } = portOf(mesh) ?? {};
    expect(authorization).toMatchObject({
      custom: {
        authorizer: 'malla',
        policies: [{ origin: { name: 'ask' } }, { origin: { name: 'too' } }],
        context: { 'malla.policy': 'default/ask,default/too', 'malla.api-key-policies': 'default/all,default/mine' },
      },
      deny: [],
    });
    expect(codes(mesh)).toEqual([]);
  });

  it.each([
    ['that is not there', custom('nobody'), ''],
    ['of a service that is not there', custom('x'), '[{ name: x, envoyExtAuthzGrpc: { service: no.where, port: 1 } }]'],
    [
      'of another port',
      custom('x'),
      '[{ name: x, envoyExtAuthzGrpc: { service: ratings.default.svc.cluster.local, port: 1 } }]',
    ],
    [
      'of another namespace than named',
      custom('x'),
      '[{ name: x, envoyExtAuthzGrpc: { service: other/ratings.default.svc.cluster.local, port: 9080 } }]',
    ],
    [
      'with a status that is none',
      custom('x'),
      '[{ name: x, envoyExtAuthzGrpc: { service: ratings.default.svc.cluster.local, port: 9080, statusOnError: "200" } }]',
    ],
    ['of several', custom('malla') + custom('nobody', 'too'), ''],
  ])('deny what they match with an authorizer %s', (_, policies, list) => {
    const mesh = new Mesh(bookinfo + policies + (list === '' ? '' : providers(list)));
    const { custom: asked, deny = [] } = portOf(mesh)?.authorization ?? {};
    expect(asked).toBeUndefined();
    expect(deny[0]).toMatchObject({ origin: { name: 'ask' }, rules: [{ to: [[{ attribute: { kind: 'path' } }]] }] });
    expect(codes(mesh)).toContain('unusable_authorizer');
  });

  it('deny connections to TCP ports', () => {
    const mesh = new Mesh(bookinfo.replaceAll('name: http', 'name: tcp') + custom('malla'));
    const { custom: asked, deny = [] } = portOf(mesh)?.authorization ?? {};
    expect(asked).toBeUndefined();
    expect(deny).toHaveLength(1);
  });
});

describe('authorizers', () => {
  const of = (yaml: string) => new Mesh(yaml).inbound().authorizers?.map(({ name }) => name);
  const provider = '{ service: decider.other.svc.cluster.local, port: 9080 }';

  it('are the built-in one and the extension providers that work, whether a policy names one or not', () => {
    const list = `[{ name: grpc, envoyExtAuthzGrpc: ${provider} }, { name: http, envoyExtAuthzHttp: ${provider} }, { name: logs, prometheus: {} }]`;
    expect(of(bookinfo)).toEqual(['malla']);
    expect(of(bookinfo + providers(list))).toEqual(['malla']);
    expect(of(bookinfo + service('decider', 'other') + providers(list))).toEqual(['malla', 'grpc', 'http']);
  });

  it('of the name of the built-in one take its place, or nobody does', () => {
    const list = `[{ name: malla, envoyExtAuthzGrpc: ${provider} }]`;
    expect(of(bookinfo + providers(list))).toEqual([]);
    expect(of(bookinfo + service('decider', 'other') + providers(list))).toEqual(['malla']);
  });

  it('change when their service does', () => {
    const mesh = new Mesh(bookinfo + providers(`[{ name: grpc, envoyExtAuthzGrpc: ${provider} }]`));
    expect(mesh.inbound().authorizers).toHaveLength(1);
    expect(mesh.apply(service('decider', 'other')).inbound().authorizers).toHaveLength(2);
  });
});
