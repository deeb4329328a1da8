import type { ForwardIr } from '@malla/ir';
import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, reviewsRoutes, reviewsRule, service } from '../../test/mesh-fixture.ts';

const subsets = reviewsRule('subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]');
const meshWith = (http: string, more = '') => new Mesh(bookinfo + more + reviewsRoutes(http));
const forward = (http: string, more = '') => meshWith(http, more).routes()[0]?.action as ForwardIr;
const toReviews = '  route: [{ destination: { host: reviews } }]';
const toV1 = 'outbound|9080|v1|reviews.default.svc.cluster.local';
const toV2 = 'outbound|9080|v2|reviews.default.svc.cluster.local';
const toAll = 'outbound|9080||reviews.default.svc.cluster.local';

describe('destinations of a route', () => {
  it('have weights relative to their sum, and those of 0 are dropped', () => {
    const { destinations } = forward(
      `- route:
  - { destination: { host: reviews, subset: v1 }, weight: 9 }
  - { destination: { host: reviews, subset: v2 }, weight: 1 }
  - { destination: { host: ratings }, weight: 0 }`,
      subsets,
    );
    expect(destinations.map((d) => [d.cluster, d.weight])).toEqual([
      [toV1, 9],
      [toV2, 1],
    ]);
  });

  it('ignore the weight of a single one', () => {
    expect(forward('- route: [{ destination: { host: reviews }, weight: 0 }]').destinations).toMatchObject([
      { cluster: toAll, weight: 1 },
    ]);
  });

  it('answer 503 when every weight is 0', () => {
    const mesh = meshWith(
      '- route: [{ destination: { host: reviews }, weight: 0 }, { destination: { host: ratings } }]',
    );
    expect(mesh.routes()[0]?.action).toEqual({ kind: 'direct-response', status: 503, body: '' });
    expect(mesh.diagnostics().map((d) => d.code)).toEqual(['no_weight']);
  });

  it.each([
    ['an unknown host', '{ host: nobody }', 'outbound|9080||nobody.default.svc.cluster.local', 'dangling_host'],
    ['a dotted host', '{ host: reviews.default }', 'outbound|9080||reviews.default', 'dangling_host'],
    [
      'a missing subset',
      '{ host: reviews, subset: v9 }',
      'outbound|9080|v9|reviews.default.svc.cluster.local',
      'dangling_subset',
    ],
    [
      'a missing port',
      '{ host: reviews, port: { number: 1 } }',
      'outbound|1||reviews.default.svc.cluster.local',
      'dangling_port',
    ],
  ])('name the cluster of %s, which answers 503', (_, destination, cluster, code) => {
    const mesh = meshWith(`- route: [{ destination: ${destination} }]`);
    expect((mesh.routes()[0]?.action as ForwardIr).destinations[0]?.cluster).toBe(cluster);
    expect(mesh.diagnostics()).toMatchObject([
      { code, origin: { kind: 'VirtualService', namespace: 'default', name: 'reviews' } },
    ]);
  });

  it('take the only port of a service, else the port of the request', () => {
    const two = `
---
apiVersion: v1
kind: Service
metadata: { name: two, namespace: default }
spec: { ports: [{ name: http, port: 9080 }, { name: http-b, port: 81 }] }
---
apiVersion: v1
kind: Service
metadata: { name: one, namespace: default }
spec: { ports: [{ name: http, port: 81 }] }`;
    expect(forward('- route: [{ destination: { host: one } }]', two).destinations[0]?.cluster).toContain('|81||one');
    expect(forward('- route: [{ destination: { host: two } }]', two).destinations[0]?.cluster).toContain('|9080||two');
  });

  it('mean services of the namespace of the VirtualService, whoever the client is', () => {
    const mesh = meshWith('- route: [{ destination: { host: ratings } }]', service('ratings', 'other'));
    expect((mesh.routes({ namespace: 'other' })[0]?.action as ForwardIr).destinations[0]?.cluster).toBe(
      'outbound|9080||ratings.default.svc.cluster.local',
    );
  });
});

describe('time', () => {
  it('has no limit by default', () => expect(forward(`-${toReviews.slice(1)}`).timeoutMs).toBe(0));
  it('limits the whole request', () => expect(forward(`- timeout: 1.5s\n${toReviews}`).timeoutMs).toBe(1500));
});

describe('retries', () => {
  it('are the mesh default when a route says nothing', () => {
    expect(forward(`-${toReviews.slice(1)}`).retry).toEqual({
      attempts: 2,
      retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'],
      retriableStatusCodes: [],
      backoffBaseMs: 25,
      ignorePreviousHosts: true,
    });
  });

  it('take codes from numbers', () => {
    const retry = forward(
      `- retries: { attempts: 3, perTryTimeout: 250ms, retryOn: "5xx,  503,409", backoff: 10ms, retryIgnorePreviousHosts: false }\n${toReviews}`,
    ).retry;
    expect(retry).toEqual({
      attempts: 3,
      perTryTimeoutMs: 250,
      retryOn: ['5xx', 'retriable-status-codes'],
      retriableStatusCodes: [503, 409],
      backoffBaseMs: 10,
      ignorePreviousHosts: false,
    });
  });

  it('are off with 0 attempts', () =>
    expect(forward(`- retries: { attempts: 0 }\n${toReviews}`).retry).toBeUndefined());

  it('stay on the hashed host', () => {
    const sticky = reviewsRule('trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: X-User } } }');
    const action = forward(`- retries: { attempts: 1 }\n${toReviews}`, sticky);
    expect(action.retry?.ignorePreviousHosts).toBe(false);
    expect(action.hash).toEqual([{ kind: 'header', name: 'x-user' }]);
  });
});

describe('rewrite', () => {
  it.each([
    ['prefix', '[{ uri: { prefix: /a } }]', '{ uri: /b }', { kind: 'prefix', value: '/b' }],
    ['prefix to the root, slash kept', '[{ uri: { prefix: /a } }]', '{ uri: / }', { kind: 'prefix', value: '/' }],
    ['exact', '[{ uri: { exact: /a } }]', '{ uri: /b }', { kind: 'full', value: '/b' }],
    ['regex', '[{ uri: { regex: /a.* } }]', '{ uri: /b }', { kind: 'full', value: '/b' }],
    [
      'by regex',
      '[{ uri: { prefix: /a } }]',
      '{ uriRegexRewrite: { match: "^/a/(.*)$", rewrite: \'/\\1\' } }',
      { kind: 'regex', match: '^/a/(.*)$', substitution: '/\\1' },
    ],
  ])('of a %s', (_, match, rewrite, expected) => {
    expect(forward(`- match: ${match}\n  rewrite: ${rewrite}\n${toReviews}`).rewrite).toEqual(expected);
  });

  it('of the authority wins over a host header', () => {
    const action = forward(
      `- rewrite: { authority: a.example }\n  headers: { request: { set: { Host: b.example } } }\n${toReviews}`,
    );
    expect(action).toMatchObject({ hostRewrite: 'a.example' });
    expect(action).not.toHaveProperty('rewrite');
  });
});

describe('header edits', () => {
  const edits =
    '{ request: { set: { B: "2", A: "1", ":path": x }, add: { C: "3" }, remove: [D, host] }, response: { add: { E: "5" } } }';

  it('are sorted, in lower case and without pseudo-headers', () => {
    const route = meshWith(`- headers: ${edits}\n${toReviews}`).routes()[0];
    expect(route?.headers).toEqual({
      request: {
        set: [
          ['a', '1'],
          ['b', '2'],
        ],
        add: [['c', '3']],
        remove: ['d'],
      },
      response: { set: [], add: [['e', '5']], remove: [] },
    });
  });

  it('stay with their destination', () => {
    const action = forward(`- route:
  - { destination: { host: reviews }, weight: 1, headers: { request: { set: { host: one.example } }, response: { set: { v: "1" } } } }
  - { destination: { host: ratings }, weight: 1 }`);
    expect(action.destinations).toMatchObject([
      { hostRewrite: 'one.example', headers: { response: { set: [['v', '1']] } } },
      { headers: { response: { set: [] } } },
    ]);
  });

  it('of a single destination give way to the Host of the route', () => {
    const action = forward(`- headers: { request: { set: { host: route.example } } }
  route: [{ destination: { host: reviews }, headers: { request: { set: { host: destination.example } } } }]`);
    expect(action.hostRewrite).toBe('route.example');
    expect(action.destinations[0]).not.toHaveProperty('hostRewrite');
  });
});

describe('redirect', () => {
  it.each([
    ['{ uri: /new }', { kind: 'redirect', path: '/new', code: 301 }],
    ['{ authority: a.example, redirectCode: 308 }', { kind: 'redirect', authority: 'a.example', code: 308 }],
    ['{ port: 8443, scheme: https }', { kind: 'redirect', port: 8443, scheme: 'https', code: 301 }],
    ['{ port: 443, scheme: https }', { kind: 'redirect', port: 'protocol-default', scheme: 'https', code: 301 }],
    ['{ derivePort: FROM_PROTOCOL_DEFAULT }', { kind: 'redirect', port: 'protocol-default', code: 301 }],
    ['{ derivePort: FROM_REQUEST_PORT }', { kind: 'redirect', port: 9080, code: 301 }],
  ])('%s', (redirect, action) => expect(meshWith(`- redirect: ${redirect}`).routes()[0]?.action).toEqual(action));
});

describe('faults and mirrors', () => {
  it('are injected for a share of requests', () => {
    const fault =
      '{ delay: { percentage: { value: 10 }, fixedDelay: 5s }, abort: { percentage: { value: 0.5 }, httpStatus: 418 } }';
    expect(meshWith(`- fault: ${fault}\n${toReviews}`).routes()[0]?.fault).toEqual({
      delay: { ms: 5000, percent: 10 },
      abort: { httpStatus: 418, percent: 0.5 },
    });
  });

  it('are not injected without a percentage', () => {
    expect(meshWith(`- fault: { abort: { httpStatus: 500 } }\n${toReviews}`).routes()[0]).not.toHaveProperty('fault');
  });

  it.each([
    ['', [{ cluster: 'outbound|9080||ratings.default.svc.cluster.local', percent: 100 }]],
    [
      '  mirrorPercentage: { value: 25 }\n',
      [{ cluster: 'outbound|9080||ratings.default.svc.cluster.local', percent: 25 }],
    ],
    ['  mirrorPercentage: { value: 0 }\n', []],
  ])('mirror %j', (percentage, mirrors) => {
    expect(forward(`- mirror: { host: ratings }\n${percentage}${toReviews}`).mirrors).toEqual(mirrors);
  });
});
