import type { LoadBalancerConfig } from '@malla/proxy-config';
import { seededRandom } from '@malla/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countPicks,
  keyOf,
  plainEndpoints,
  sampleEndpoints,
  sampleHosts,
  type SampleEndpoint,
} from '../../test/sample-hosts.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../hosts/host-set.ts';
import { createBalancerStats } from './balancer.ts';
import { createBalancer } from './create-balancer.ts';

const roundRobin: LoadBalancerConfig = { kind: 'round-robin' };
const leastRequest: LoadBalancerConfig = { kind: 'least-request', choices: 2, activeRequestBias: 1 };
const all: readonly LoadBalancerConfig[] = [roundRobin, leastRequest, { kind: 'random' }];

function picker(config: LoadBalancerConfig, hosts: HostSet, seed = 1): () => Host | undefined {
  const balancer = createBalancer(config, hosts, seededRandom(seed));
  return () => balancer.pick({});
}

function weighted(...weights: number[]): SampleEndpoint[] {
  return weights.map((weight, n) => ({ n, weight }));
}

describe('round robin', () => {
  it('goes round, from a random host on, and goes on after a change', () => {
    const hosts = sampleHosts(plainEndpoints(4));
    const pick = picker(roundRobin, hosts);
    const first = [1, 2, 3, 4].map(pick);
    expect(new Set(first).size).toBe(4);
    expect([1, 2, 3, 4].map(pick)).toEqual(first);
    hosts.update(plainEndpoints(4));
    expect([1, 2, 3, 4].map(pick)).toEqual(first);
    const starts = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => picker(roundRobin, hosts, seed)()));
    expect(starts.size).toBeGreaterThan(1);
  });

  it('gives each host its weight in every period, spread evenly', () => {
    const hosts = sampleHosts(sampleEndpoints([{ endpoints: weighted(1, 2, 5) }]));
    const pick = picker(roundRobin, hosts);
    for (let period = 0; period < 20; period++) {
      const counts = countPicks(80, pick);
      expect(counts[keyOf(0)]).toBeGreaterThanOrEqual(9);
      expect(counts[keyOf(0)]).toBeLessThanOrEqual(11);
      expect(counts[keyOf(1)]).toBeGreaterThanOrEqual(19);
      expect(counts[keyOf(1)]).toBeLessThanOrEqual(21);
    }
  });

  it('keeps every share within one pick of its weight, for all weights', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.integer(), (of, seed) => {
        const total = of.reduce((sum, weight) => sum + weight, 0);
        const pick = picker(roundRobin, sampleHosts(sampleEndpoints([{ endpoints: weighted(...of) }])), seed);
        const counts = countPicks(total * 3, pick);
        of.forEach((weight, n) => expect(Math.abs((counts[keyOf(n)] ?? 0) - 3 * weight)).toBeLessThanOrEqual(2));
      }),
    );
  });

  it('follows new weights', () => {
    const hosts = sampleHosts(sampleEndpoints([{ endpoints: weighted(1, 3) }]));
    const pick = picker(roundRobin, hosts);
    countPicks(10, pick);
    hosts.update(sampleEndpoints([{ endpoints: weighted(3, 1) }]));
    const counts = countPicks(400, pick);
    expect(Math.abs((counts[keyOf(0)] ?? 0) - 300)).toBeLessThanOrEqual(2);
  });
});

describe('least request', () => {
  it('prefers hosts with fewer active requests', () => {
    const hosts = sampleHosts(plainEndpoints(3));
    (hosts.find(keyOf(0)) as Host).activeRequests = 10;
    const counts = countPicks(900, picker(leastRequest, hosts));
    // It is picked only when both choices fall on it.
    expect(counts[keyOf(0)]).toBeGreaterThan(60);
    expect(counts[keyOf(0)]).toBeLessThan(140);
  });

  it('spreads what stays active', () => {
    const hosts = sampleHosts(plainEndpoints(10));
    const pick = picker(leastRequest, hosts);
    for (let i = 0; i < 1000; i++) (pick() as Host).activeRequests++;
    const active = hosts.hosts.map((host) => host.activeRequests);
    expect(Math.max(...active) - Math.min(...active)).toBeLessThan(12);
  });

  it('looks at as many hosts as it is told', () => {
    const hosts = sampleHosts(plainEndpoints(3));
    (hosts.find(keyOf(0)) as Host).activeRequests = 1;
    (hosts.find(keyOf(1)) as Host).activeRequests = 1;
    const counts = countPicks(500, picker({ kind: 'least-request', choices: 20, activeRequestBias: 1 }, hosts));
    expect(counts[keyOf(2)]).toBeGreaterThan(490);
  });

  it('weighs, and lowers weights by active requests and bias', () => {
    const hosts = sampleHosts(sampleEndpoints([{ endpoints: weighted(1, 4) }]));
    (hosts.find(keyOf(1)) as Host).activeRequests = 3;
    const share = (activeRequestBias: number): number =>
      countPicks(1000, picker({ kind: 'least-request', choices: 2, activeRequestBias }, hosts))[keyOf(1)] ?? 0;
    expect(Math.abs(share(1) - 500)).toBeLessThan(5);
    expect(Math.abs(share(0) - 800)).toBeLessThan(5);
    expect(Math.abs(share(2) - 200)).toBeLessThan(5);
  });
});

describe('random', () => {
  it('picks every host about equally, whatever its weight', () => {
    const counts = countPicks(
      4000,
      picker({ kind: 'random' }, sampleHosts(sampleEndpoints([{ endpoints: weighted(1, 1, 9, 1) }]))),
    );
    for (let n = 0; n < 4; n++) expect(Math.abs((counts[keyOf(n)] ?? 0) - 1000)).toBeLessThan(150);
  });
});

describe.each(all)('$kind', (config) => {
  it('picks no unhealthy host', () => {
    const health = fc.constantFrom('healthy', 'degraded', 'unhealthy', 'draining' as const);
    const endpoint = fc.record({ weight: fc.integer({ min: 1, max: 3 }), health, priority: fc.nat(1) });
    fc.assert(
      fc.property(fc.array(endpoint, { maxLength: 8 }), fc.integer(), (endpoints, seed) => {
        const localities = endpoints.map(({ weight, health: status, priority }, n) => ({
          priority,
          endpoints: [{ n, weight, health: status as SampleEndpoint['health'] & string }],
        }));
        const pick = picker(config, sampleHosts(sampleEndpoints(localities), { healthyPanicThreshold: 0 }), seed);
        const usable = endpoints.some((e) => e.health === 'healthy' || e.health === 'degraded');
        for (let i = 0; i < 30; i++) {
          const host = pick();
          expect(host !== undefined).toBe(usable);
          if (host) expect(['healthy', 'degraded']).toContain(host.endpoint.health);
        }
      }),
    );
  });

  it('picks nothing where there is nothing', () => {
    expect(picker(config, sampleHosts(plainEndpoints(0)))()).toBeUndefined();
  });

  it('ignores health in panic, and counts that', () => {
    const endpoints = [{ n: 0 }, ...[1, 2, 3].map((n) => ({ n, health: 'unhealthy' as const }))];
    const stats = createBalancerStats();
    const balancer = createBalancer(config, sampleHosts(sampleEndpoints([{ endpoints }])), seededRandom(), stats);
    expect(Object.keys(countPicks(200, () => balancer.pick({})))).toHaveLength(4);
    expect(stats.healthyPanic).toBe(200);
  });

  it('spills over to the next priority by load', () => {
    const some = (from: number, healthy: number, total: number): SampleEndpoint[] =>
      Array.from({ length: total }, (_, i) => ({ n: from + i, health: i < healthy ? 'healthy' : 'unhealthy' }));
    const localities = [
      { priority: 0, endpoints: some(0, 5, 10) },
      { priority: 1, endpoints: some(10, 10, 10) },
    ];
    const hosts = sampleHosts(sampleEndpoints(localities));
    const pick = picker(config, hosts);
    const counts = countPicks(4000, () => pick() && { key: `priority ${pick()?.priority}` });
    expect(Math.abs((counts['priority 0'] ?? 0) - 2800)).toBeLessThan(200);
    expect(counts['none']).toBeUndefined();
  });

  it('avoids hosts for as many attempts as allowed, and then takes any', () => {
    const hosts = sampleHosts(plainEndpoints(2));
    const balancer = createBalancer(config, hosts, seededRandom());
    const [first, second] = hosts.hosts as [Host, Host];
    const avoid = { hosts: new Set([first]), attempts: 30 };
    for (let i = 0; i < 50; i++) expect(balancer.pick({ avoid })).toBe(second);
    expect(balancer.pick({ avoid: { hosts: new Set([first, second]), attempts: 3 } })).toBeDefined();
  });

  it('sees hosts that come and go', () => {
    const hosts = sampleHosts(plainEndpoints(2));
    const pick = picker(config, hosts);
    countPicks(10, pick);
    hosts.update(sampleEndpoints([{ endpoints: [{ n: 7 }, { n: 8 }] }]));
    expect(Object.keys(countPicks(50, pick)).sort()).toEqual([keyOf(7), keyOf(8)]);
    hosts.setEjected(hosts.find(keyOf(7)) as Host, true);
    expect(countPicks(50, pick)).toEqual({ [keyOf(8)]: 50 });
  });

  it('weighs localities, less when their hosts fail', () => {
    const localities = [
      { zone: 'a', weight: 3, endpoints: [0, 1, 2, 3].map((n) => ({ n })) },
      { zone: 'b', weight: 1, endpoints: [{ n: 10 }] },
      { zone: 'c', weight: 0, endpoints: [{ n: 20 }] },
    ];
    const hosts = sampleHosts(sampleEndpoints(localities), { localityWeighted: true });
    const pick = picker(config, hosts);
    const zones = (): Record<string, number> => countPicks(400, () => ({ key: pick()?.locality.zone ?? 'none' }));
    const before = zones();
    expect(Math.abs((before['a'] ?? 0) - 300)).toBeLessThanOrEqual(2);
    expect(before['c']).toBeUndefined();
    for (const n of [0, 1]) hosts.setEjected(hosts.find(keyOf(n)) as Host, true);
    // 3 * 1.4 / 2 = 2.1 against 1.
    expect(Math.abs((zones()['a'] ?? 0) - 271)).toBeLessThanOrEqual(2);
  });
});

describe.each([roundRobin, leastRequest])('slow start of $kind', (config) => {
  it('lets a new host grow into its share', () => {
    let now = 0;
    const slowStart = { windowMs: 10_000, aggression: 1, minWeightPercent: 10 };
    const hosts = sampleHosts(plainEndpoints(1), { now: () => now });
    const pick = picker({ ...config, slowStart } as LoadBalancerConfig, hosts);
    now = 20_000;
    hosts.update(plainEndpoints(2));
    const share = (): number => (countPicks(1000, pick)[keyOf(1)] ?? 0) / 1000;
    expect(share()).toBeCloseTo(0.1 / 1.1, 1);
    now = 25_000;
    expect(share()).toBeCloseTo(0.5 / 1.5, 1);
    now = 30_000;
    countPicks(10, pick);
    expect(share()).toBeCloseTo(0.5, 1);
  });
});
