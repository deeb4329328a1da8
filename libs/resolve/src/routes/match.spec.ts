import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, reviewsRoutes, workload } from '../../test/mesh-fixture.ts';

const toV = (match: string) => `- match: ${match}\n  route: [{ destination: { host: reviews } }]`;
const matchOf = (match: string) => new Mesh(bookinfo + reviewsRoutes(toV(`[${match}]`))).routes()[0]?.match;

describe('matches of a VirtualService', () => {
  it.each([
    ['{ uri: { exact: /a } }', { kind: 'exact', value: '/a', ignoreCase: false }],
    ['{ uri: { prefix: /a } }', { kind: 'prefix', value: '/a', ignoreCase: false }],
    ['{ uri: { regex: "/a.*" }, ignoreUriCase: true }', { kind: 'regex', value: '/a.*', ignoreCase: false }],
    ['{ method: { exact: GET } }', { kind: 'prefix', value: '/', ignoreCase: false }],
  ])('%s', (match, path) => expect(matchOf(match)?.path).toEqual(path));

  it('asks for all conditions of one match', () => {
    const match =
      '{ method: { exact: GET }, authority: { prefix: rev }, headers: { X-User: { exact: jason }, any: {} }, withoutHeaders: { x-bad: { regex: "*" } }, queryParams: { q: { regex: "a+" } } }';
    expect(matchOf(match)).toEqual({
      path: { kind: 'prefix', value: '/', ignoreCase: false },
      method: { kind: 'exact', value: 'GET' },
      authority: { kind: 'prefix', value: 'rev' },
      headers: [
        { name: 'any', match: { kind: 'present' }, inverted: false },
        { name: 'x-bad', match: { kind: 'present' }, inverted: true },
        { name: 'x-user', match: { kind: 'exact', value: 'jason' }, inverted: false },
      ],
      queryParameters: [{ name: 'q', match: { kind: 'regex', value: 'a+' } }],
    });
  });

  it('makes one route of each match, in order, and ends at the first that takes everything', () => {
    const mesh = new Mesh(
      bookinfo +
        reviewsRoutes(`
- name: users
  match: [{ name: one, uri: { exact: /1 } }, { uri: { exact: /2 } }]
  route: [{ destination: { host: reviews } }]
- name: rest
  match: [{ uri: { prefix: / } }, { uri: { exact: /never } }]
  route: [{ destination: { host: reviews } }]
- name: never
  route: [{ destination: { host: ratings } }]`),
    );
    expect(mesh.routes().map((route) => route.name)).toEqual(['users.one', 'users', 'rest']);
  });

  it('does not end at a match with conditions', () => {
    const mesh = new Mesh(
      bookinfo +
        reviewsRoutes(`
- match: [{ uri: { prefix: / }, method: { exact: GET } }]
  route: [{ destination: { host: reviews } }]
- route: [{ destination: { host: ratings } }]`),
    );
    expect(mesh.routes()).toHaveLength(2);
  });
});

describe('conditions on the client', () => {
  const split =
    bookinfo +
    reviewsRoutes(`
- name: beta
  match: [{ sourceLabels: { tier: beta } }]
  route: [{ destination: { host: reviews } }]
- name: other-namespace
  match: [{ sourceNamespace: other }]
  route: [{ destination: { host: reviews } }]
- name: second-port
  match: [{ port: 9081 }]
  route: [{ destination: { host: reviews } }]
- name: rest
  route: [{ destination: { host: ratings } }]`);

  it.each([
    [{ labels: { tier: 'beta', app: 'x' } }, ['beta']],
    [{ labels: { tier: 'alpha' } }, ['rest']],
    [{ namespace: 'other' }, ['other-namespace']],
  ])('are decided here: %o', (client, names) => {
    expect(new Mesh(split).routes(client).map((route) => route.name)).toEqual(names);
  });

  it('leave the host to the service itself when no route is left', () => {
    const mesh = new Mesh(bookinfo + reviewsRoutes(toV('[{ sourceNamespace: nowhere }]')));
    expect(mesh.routes().map((route) => route.name)).toEqual(['default']);
  });

  it('do not tell apart clients that no match asks about', () => {
    const mesh = new Mesh(split, [workload('a', { app: 'reviews' })]);
    mesh.outbound({ labels: { tier: 'x' } });
    const resolved = mesh.resolver.stats.virtualHost;
    mesh.outbound({ labels: { tier: 'x', app: 'whatever' } });
    expect(mesh.resolver.stats.virtualHost).toBe(resolved);
    // Another value of the label concerns reviews alone.
    mesh.outbound({ labels: { tier: 'beta' } });
    expect(mesh.resolver.stats.virtualHost).toBe(resolved + 1);
  });
});
