import { describe, expect, it } from 'vitest';
import {
  noHeaderEdits,
  type AuthorizationIr,
  type DestinationIr,
  type EndpointIr,
  type ForwardIr,
  type InboundIr,
  type MutualTlsMode,
  type OutboundIr,
  type RouteIr,
} from '@malla/ir';
import type { Callee } from './callee.ts';
import { compile, type MatcherInput } from './compile.ts';
import type { Application } from './exchange.ts';
import type { CallerRequest } from './request.ts';

const host = 'reviews.default.svc.cluster.local';
const cluster = `outbound|9080||${host}`;
const caller = 'spiffe://cluster.local/ns/default/sa/web';
const reviews = 'spiffe://cluster.local/ns/default/sa/reviews';
const virtualService = { kind: 'VirtualService', namespace: 'default', name: 'reviews' };

const destination: DestinationIr = {
  name: cluster,
  service: { host, name: 'reviews', namespace: 'default' },
  port: 9080,
  subset: '',
  protocol: 'http',
  connectTimeoutMs: 10_000,
  loadBalancer: { kind: 'round-robin' },
  pool: {},
  tls: { kind: 'auto', sni: 'sni', subjectAltNames: [] },
};
const endpoint = (name: string, port: number): EndpointIr => ({
  address: '127.0.0.1',
  port,
  weight: 1,
  healthy: true,
  mutualTls: true,
  workload: { name, namespace: 'default', canonicalService: 'reviews', revision: name, cluster: 'local' },
});
const forwardTo = (parts: Partial<ForwardIr> = {}): ForwardIr => ({
  kind: 'forward',
  destinations: [{ cluster, weight: 1, headers: noHeaderEdits }],
  timeoutMs: 0,
  mirrors: [],
  hash: [],
  ...parts,
});
const route = (parts: Partial<RouteIr> = {}): RouteIr => ({
  name: 'r',
  match: { path: { kind: 'prefix', value: '/', ignoreCase: false }, headers: [], queryParameters: [] },
  action: forwardTo(),
  headers: noHeaderEdits,
  origin: virtualService,
  ...parts,
});

interface Setting {
  readonly routes?: readonly RouteIr[];
  readonly destination?: Partial<DestinationIr>;
  readonly endpoints?: readonly EndpointIr[];
  readonly mutualTls?: MutualTlsMode;
  readonly authorization?: AuthorizationIr;
  readonly callee?: Callee;
}

function outboundOf({
  routes = [route()],
  destination: changes = {},
  endpoints = [endpoint('v1', 1), endpoint('v2', 2)],
}: Setting): OutboundIr {
  return {
    services: [],
    destinations: [{ ...destination, ...changes }],
    endpoints: [{ cluster, localities: [{ locality: '', endpoints }] }],
    routeConfigs: [{ name: `${host}:9080`, virtualHosts: [{ name: `${host}:9080`, domains: ['*'], routes }] }],
    secrets: [],
  };
}

function matcher(setting: Setting = {}, random: MatcherInput['random'] = () => 0) {
  const { mutualTls = 'permissive', authorization = { deny: [] } } = setting;
  const service = { host, name: 'reviews', namespace: 'default' };
  const inbound: InboundIr = {
    ports: [{ targetPort: 9080, cluster: 'inbound|9080||', protocol: 'http', mutualTls, authorization, service }],
    passthrough: { mutualTls, authorization },
    trustDomains: ['cluster.local'],
  };
  const callee = setting.callee ?? { kind: 'proxied', inbound, targetPort: 9080, identity: reviews };
  return compile({ outbound: outboundOf(setting), caller, calleeOf: () => callee, random });
}

const get: CallerRequest = {
  entry: { kind: 'service', host, port: 9080 },
  method: 'GET',
  path: '/x',
  authority: host,
  headers: {},
};
const ok: Application = () => ({ kind: 'response', response: { status: 200, headers: { server: 'app' } }, afterMs: 5 });

describe('decide', () => {
  it('explains a forwarded request with the resource behind each step', () => {
    const decision = matcher().decide(get);
    expect(decision.first?.reception).toEqual({
      kind: 'received',
      request: { method: 'GET', path: '/x', authority: host, headers: {}, peer: caller },
    });
    expect(decision.steps.map((s) => s.phase)).toEqual([
      'route-configuration',
      'virtual-host',
      'route',
      'destination',
      'endpoint',
      'transport',
      'mutual-tls',
      'authorization',
    ]);
    expect(decision.steps[2]).toEqual({ phase: 'route', summary: 'route r matches', origin: virtualService });
  });

  it('says why earlier routes did not match', () => {
    const never = route({ name: 'never', match: { ...route().match, method: { kind: 'exact', value: 'POST' } } });
    expect(
      matcher({ routes: [never, route()] })
        .decide(get)
        .steps.map((s) => s.summary),
    ).toContain('route never does not match: method');
  });

  it('answers 404 without a route and 503 without a cluster or an endpoint', () => {
    const unknown = route({
      action: forwardTo({ destinations: [{ cluster: 'outbound|1||x', weight: 1, headers: noHeaderEdits }] }),
    });
    expect(matcher({ routes: [] }).decide(get).outcome).toMatchObject({
      reason: 'no-route',
      response: { status: 404 },
    });
    expect(matcher({ routes: [unknown] }).decide(get).outcome).toMatchObject({
      reason: 'unknown-cluster',
      response: { status: 503 },
    });
    expect(matcher({ endpoints: [{ ...endpoint('v1', 1), healthy: false }] }).decide(get).outcome).toMatchObject({
      reason: 'no-healthy-endpoint',
    });
  });

  it('lets a strict port refuse plain text', () => {
    const decision = matcher({ mutualTls: 'strict', destination: { tls: { kind: 'plain' } } }).decide(get);
    expect(decision.first?.reception).toMatchObject({ kind: 'closed' });
  });

  it('names the policy that denies', () => {
    const origin = { kind: 'AuthorizationPolicy', namespace: 'default', name: 'no' };
    const decision = matcher({ authorization: { deny: [{ origin, rules: [{ from: [], to: [], when: [] }] }] } }).decide(
      get,
    );
    expect(decision.first?.reception).toMatchObject({ kind: 'denied', decision: { policy: origin, rule: 0 } });
    expect(decision.steps.at(-1)?.origin).toEqual(origin);
  });

  it('splits by weight with the injected random', () => {
    const destinations = [9, 1].map((weight, i) => ({
      cluster: i === 0 ? cluster : 'outbound|1||other',
      weight,
      headers: noHeaderEdits,
    }));
    const routes = [route({ action: forwardTo({ destinations }) })];
    expect(matcher({ routes }, () => 0.89).decide(get).outcome.kind).toBe('forward');
    expect(matcher({ routes }, () => 0.91).decide(get).outcome).toMatchObject({ reason: 'unknown-cluster' });
  });
});

describe('entries', () => {
  const config = (name: string, domains: string[]) => ({
    name,
    virtualHosts: [{ name: `${host}:9080`, domains, routes: [route()] }],
  });
  const entered = (entry: CallerRequest['entry'], authority: string) => {
    const outbound = {
      ...outboundOf({}),
      services: [{ host, port: 9000, http: false, cluster }],
      routeConfigs: [
        config('9080', [host, 'reviews']),
        { ...config('http_proxy', ['reviews:9080']), matchPorts: true },
      ],
    };
    const simulated = compile({ outbound, caller, calleeOf: () => ({ kind: 'plain' }), random: () => 0 });
    return simulated.decide({ ...get, entry, authority }).outcome;
  };

  it('captured traffic is told apart by host, whatever the port in it', () => {
    expect(entered({ kind: 'port', port: 9080 }, 'reviews:9080').kind).toBe('forward');
    expect(entered({ kind: 'port', port: 9080 }, 'ratings')).toMatchObject({ reason: 'no-virtual-host' });
    expect(entered({ kind: 'port', port: 9999 }, 'reviews')).toMatchObject({ reason: 'no-route-configuration' });
  });

  it('the HTTP proxy port is told apart by host and port', () => {
    expect(entered({ kind: 'http-proxy', port: 9080 }, 'reviews:9080').kind).toBe('forward');
    expect(entered({ kind: 'http-proxy', port: 9080 }, 'reviews')).toMatchObject({ reason: 'no-virtual-host' });
  });

  it('TCP goes to its cluster without routes', () => {
    expect(entered({ kind: 'service', host, port: 9000 }, 'anything')).toMatchObject({ kind: 'forward', raw: true });
  });

  it('refuses malformed paths', () => {
    expect(matcher().decide({ ...get, path: '/a%00' }).outcome).toMatchObject({
      reason: 'malformed-path',
      response: { status: 400 },
    });
  });
});

describe('exchange', () => {
  const retry = {
    attempts: 2,
    retryOn: ['5xx'],
    retriableStatusCodes: [],
    backoffBaseMs: 25,
    ignorePreviousHosts: true,
  };

  it('retries on another endpoint and hides the failure', () => {
    const failing: Application = (e, r) =>
      e.port === 1 ? { kind: 'response', response: { status: 503, headers: {} }, afterMs: 1 } : ok(e, r);
    const played = matcher({ routes: [route({ action: forwardTo({ retry }) })] }).exchange(get, failing);
    expect(played.response.status).toBe(200);
    expect(played.tries.map((t) => t.endpoint.port)).toEqual([1, 2]);
  });

  it('ends at the timeout, retries included', () => {
    const slow: Application = () => ({ kind: 'response', response: { status: 503, headers: {} }, afterMs: 80 });
    const played = matcher({ routes: [route({ action: forwardTo({ retry, timeoutMs: 100 }) })] }).exchange(get, slow);
    expect(played).toMatchObject({ reason: 'timeout', elapsedMs: 100, response: { status: 504 } });
    expect(played.tries).toHaveLength(2);
  });

  it('applies response edits and fault delays', () => {
    const headers = {
      request: noHeaderEdits.request,
      response: { set: [['x-a', '1'] as const], add: [['server', 'b'] as const], remove: [] },
    };
    const routes = [route({ headers, fault: { delay: { ms: 30, percent: 100 } } })];
    expect(matcher({ routes }).exchange(get, ok)).toMatchObject({
      elapsedMs: 35,
      response: { headers: { 'x-a': '1', server: 'app,b' } },
    });
  });

  it('aborts without any upstream', () => {
    const played = matcher({ routes: [route({ fault: { abort: { httpStatus: 418, percent: 100 } } })] }).exchange(
      get,
      ok,
    );
    expect(played).toMatchObject({ reason: 'fault-abort', tries: [], response: { status: 418 } });
  });

  it('mirrors to what the mirror cluster reaches', () => {
    const seen: number[] = [];
    const watching: Application = (e, r) => (seen.push(e.port), ok(e, r));
    const played = matcher({
      routes: [route({ action: forwardTo({ mirrors: [{ cluster, percent: 100 }] }) })],
    }).exchange(get, watching);
    expect(played.mirrored).toHaveLength(1);
    expect(seen).toHaveLength(2);
  });

  it('keeps a consistent hash key on one endpoint and makes a cookie', () => {
    const hash = [{ kind: 'cookie' as const, name: 'session', path: '/', ttlMs: 60_000 }];
    const lb = {
      destination: { loadBalancer: { kind: 'ring-hash' as const, minimumRingSize: 1024, hash } },
      routes: [route({ action: forwardTo({ hash }) })],
    };
    const simulated = matcher(lb, Math.random);
    const first = simulated.exchange(get, ok);
    const cookie = /^session="([0-9a-f]{16})"; Max-Age=60; Path=\/; HttpOnly$/.exec(
      first.response.headers['set-cookie'] ?? '',
    )?.[1];
    expect(cookie).toBeDefined();
    const again = Array.from({ length: 20 }, () =>
      simulated.exchange({ ...get, headers: { cookie: `session="${cookie}"` } }, ok),
    );
    expect(new Set(again.map((e) => e.tries[0]?.endpoint.port)).size).toBe(1);
    expect(again[0]?.response.headers['set-cookie']).toBeUndefined();
  });

  it('overflows a full pool', () => {
    const simulated = matcher({
      destination: { pool: { maxConnections: 1, maxPendingRequests: 1 } },
      endpoints: [endpoint('v1', 1)],
    });
    const slow: Application = () => ({ kind: 'response', response: { status: 200, headers: {} }, afterMs: 100 });
    const played = [0, 10, 20].map((at) => simulated.exchange(get, slow, at));
    expect(played.map((e) => e.response.status)).toEqual([200, 200, 503]);
    expect(played.map((e) => e.elapsedMs)).toEqual([100, 190, 0]);
    expect(played[2]?.reason).toBe('overflow');
  });

  it('ejects an endpoint after failures in a row and takes it back later', () => {
    const outlier = {
      consecutive5xx: 2,
      consecutiveGatewayErrors: 0,
      splitLocalOriginErrors: false,
      consecutiveLocalOriginFailures: 0,
      intervalMs: 1000,
      baseEjectionMs: 1000,
      maxEjectionPercent: 50,
      minHealthPercent: 0,
    };
    const simulated = matcher({ destination: { outlier } });
    const failing: Application = (e) => ({
      kind: 'response',
      response: { status: e.port === 1 ? 500 : 200, headers: {} },
      afterMs: 0,
    });
    const statuses = [0, 1, 2, 3, 4, 5, 6].map((at) => simulated.exchange(get, failing, at).response.status);
    expect(statuses).toEqual([500, 200, 500, 200, 200, 200, 200]);
    expect([2000, 2001].map((at) => simulated.exchange(get, failing, at).response.status)).toContain(500);
  });
});
