import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookupIn } from '@malla/authz';
import { xxHash64 } from '@malla/balancing';
import { noHeaderEdits, type ForwardIr, type RouteMatchIr } from '@malla/ir';
import type { ForwardExtras, PerFilterConfig, RouteConfig, RouteTableConfig } from '@malla/proxy-config';
import type { CompiledRoute } from './compiled-route.ts';
import { RouteConditions } from './route-match.ts';
import type { RouteRequest } from './route-request.ts';
import { compileRouteTable } from './route-table.ts';

const request = (path: string, headers: Record<string, string> = {}): RouteRequest => ({
  method: 'GET',
  path,
  authority: 'shop',
  headers: lookupIn(headers),
  sourceIp: '10.0.0.7',
});
const forward: ForwardIr = {
  kind: 'forward',
  destinations: [{ cluster: 'a', weight: 1, headers: noHeaderEdits }],
  timeoutMs: 0,
  mirrors: [],
  hash: [],
};
const extras: ForwardExtras = {
  autoHostRewrite: false,
  upgrades: new Map(),
  clusterNotFoundStatus: 503,
  rateLimits: [],
  includeVirtualHostRateLimits: false,
  destinations: [],
  hostSelectionRetryMaxAttempts: 1,
  retriableHeaders: [],
  retriableRequestHeaders: [],
};
const route = (match: Partial<RouteMatchIr>, change: Partial<RouteConfig> = {}): RouteConfig => ({
  name: JSON.stringify(match),
  match: { path: { kind: 'prefix', value: '/', ignoreCase: false }, headers: [], queryParameters: [], ...match },
  action: forward,
  headers: noHeaderEdits,
  filters: new Map(),
  metadata: {},
  ...change,
});
function table(routes: readonly RouteConfig[], filters: ReadonlyMap<string, PerFilterConfig> = new Map()) {
  const config: RouteTableConfig = {
    name: 'routes',
    validateClusters: false,
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes,
        filters,
        includeRequestAttemptCount: false,
        includeAttemptCountInResponse: false,
        rateLimits: [],
      },
    ],
  };
  return compileRouteTable(config);
}
const only = (change: Partial<RouteConfig>, filters?: ReadonlyMap<string, PerFilterConfig>): CompiledRoute =>
  table([route({}, change)], filters)
    .findVirtualHost('shop')
    ?.findRoute(request('/')) as CompiledRoute;

describe('RouteTable', () => {
  it('finds the route that a look at each in turn finds', () => {
    const segment = fc.constantFrom('a', 'b', 'ab');
    const path = fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
    const match = fc.record({
      path: fc.record({
        kind: fc.constantFrom('exact' as const, 'prefix' as const, 'regex' as const),
        value: path,
        ignoreCase: fc.boolean(),
      }),
      headers: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        fc.constant([{ name: 'x-a', match: { kind: 'exact' as const, value: '1' }, inverted: false }]),
      ),
    });
    fc.assert(
      fc.property(fc.array(match, { maxLength: 40 }), path, fc.boolean(), (matches, target, header) => {
        const routes = matches.map((each) => route(each));
        const sent = request(`${target}?q=1`, header ? { 'x-a': '1' } : {});
        const expected = routes.find(({ match: each }) => new RouteConditions(each).failure(sent) === undefined);
        expect(table(routes).findVirtualHost('shop')?.findRoute(sent)?.config).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('is compiled once per configuration', () => {
    const { config } = table([route({})]);
    expect(compileRouteTable(config)).toBe(compileRouteTable(config));
  });
});

describe('CompiledRoute', () => {
  it('chooses destinations by weight', () => {
    const destinations = [1, 3].map((weight, i) => ({ cluster: `c${i}`, weight, headers: noHeaderEdits }));
    const chosen = only({ action: { ...forward, destinations } });
    expect([0, 0.24, 0.25, 0.99].map((at) => chosen.chooseDestination(at).cluster)).toEqual(['c0', 'c0', 'c1', 'c1']);
  });

  it('applies the edits of the rule, then of the destination', () => {
    const edits = (value: string) => ({
      ...noHeaderEdits,
      request: { set: [['x-a', value] as const], add: [['x-b', value] as const], remove: ['x-c'] },
    });
    const destinations = [{ cluster: 'c', weight: 1, headers: edits('destination') }];
    const chosen = only({ headers: edits('rule'), action: { ...forward, destinations } }).chooseDestination(0);
    const done: string[] = [];
    chosen.requestEdits.apply({
      remove: (name) => done.push(`-${name}`),
      set: (name, value) => done.push(`${name}=${value}`),
      append: (name, value) => done.push(`${name}+${value}`),
    });
    expect(done).toEqual(['-x-c', '-x-c', 'x-a=rule', 'x-a=destination', 'x-b+rule', 'x-b+destination']);
  });

  it('hashes the values of all policies in turn, and makes a cookie where one is wanted', () => {
    const hash = [
      { kind: 'header' as const, name: 'x-user' },
      { kind: 'source-ip' as const },
      { kind: 'cookie' as const, name: 'session', ttlMs: 5_000, path: '/' },
    ];
    const compiled = only({ action: { ...forward, hash } });
    const rotate = (value: bigint) => BigInt.asUintN(64, (value << 1n) | (value >> 63n));
    const expected = rotate(rotate(xxHash64('ann')) ^ xxHash64('10.0.0.7')) ^ xxHash64('fresh');
    expect(compiled.hash(request('/', { 'x-user': 'ann' }), () => 'fresh')).toEqual({
      hash: expected,
      setCookie: 'session="fresh"; Max-Age=5; Path=/; HttpOnly',
    });
    expect(only({}).hash(request('/'), () => '')).toEqual({});
  });

  it('mirrors by percentage', () => {
    const mirrors = [
      { cluster: 'm1', percent: 50 },
      { cluster: 'm2', percent: 100 },
    ];
    const compiled = only({ action: { ...forward, mirrors } });
    expect(compiled.mirrors(() => 0.4)).toEqual(['m1', 'm2']);
    expect(compiled.mirrors(() => 0.6)).toEqual(['m2']);
  });

  it('takes the most specific configuration of a filter', () => {
    const fault = (ms: number): PerFilterConfig => ({
      kind: 'fault',
      config: { delay: { ms, percent: 100 }, headers: [] },
    });
    const at = (...levels: readonly PerFilterConfig[]) => {
      const of = (level: number) => new Map(levels[level] === undefined ? [] : [['f', levels[level]]]);
      const forwardExtras = { ...extras, destinations: [{ filters: of(2) }] };
      const compiled = only({ filters: of(1), forward: forwardExtras }, of(0));
      return compiled.filter('f', compiled.chooseDestination(0));
    };
    expect(at(fault(1), fault(2), fault(3))).toEqual(fault(3));
    expect(at(fault(1), fault(2))).toEqual(fault(2));
    expect(at(fault(1))).toEqual(fault(1));
    expect(at()).toBeUndefined();
  });

  it('knows its retries with Envoy’s defaults for what the IR leaves out', () => {
    const retry = {
      attempts: 2,
      retryOn: ['5xx'],
      retriableStatusCodes: [],
      backoffBaseMs: 25,
      ignorePreviousHosts: true,
    };
    expect(only({ action: { ...forward, retry } }).retries).toMatchObject({ attempts: 2, backoffMaxMs: 250 });
    expect(only({}).retries).toBeUndefined();
  });
});
