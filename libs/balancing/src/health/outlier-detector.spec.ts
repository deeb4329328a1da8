import type { OutlierConfig } from '@malla/proxy-config';
import { seededRandom } from '@malla/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, plainEndpoints, sampleHosts } from '../../test/sample-hosts.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../hosts/host-set.ts';
import { OutlierDetector, type OutlierResult } from './outlier-detector.ts';

const defaults: OutlierConfig = {
  consecutive5xx: 3,
  enforcingConsecutive5xx: 100,
  consecutiveGatewayFailure: 5,
  enforcingConsecutiveGatewayFailure: 0,
  splitExternalLocalOriginErrors: false,
  consecutiveLocalOriginFailure: 2,
  enforcingConsecutiveLocalOriginFailure: 100,
  intervalMs: 10_000,
  baseEjectionTimeMs: 30_000,
  maxEjectionTimeMs: 70_000,
  maxEjectionPercent: 50,
  maxEjectionTimeJitterMs: 0,
};

class World {
  now = 0;
  readonly hosts: HostSet;
  readonly detector: OutlierDetector;

  constructor(config: Partial<OutlierConfig> = {}, count = 4) {
    this.hosts = sampleHosts(plainEndpoints(count), { now: () => this.now });
    const all = { ...defaults, ...config };
    this.detector = new OutlierDetector({ config: all, hosts: this.hosts, random: seededRandom() });
  }

  host(n: number): Host {
    return this.hosts.find(keyOf(n)) as Host;
  }

  /** Reports statuses and other results of one host. */
  report(n: number, ...results: (number | Exclude<OutlierResult['kind'], 'status'>)[]): void {
    for (const result of results) {
      const told = typeof result === 'number' ? ({ kind: 'status', status: result } as const) : { kind: result };
      this.detector.report(this.host(n), told);
    }
  }

  /** Lets time pass with its ticks. */
  advance(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += defaults.intervalMs;
      this.detector.tick();
    }
  }
}

describe('OutlierDetector', () => {
  it('ejects after so many 5xx in a row, and not before', () => {
    const world = new World();
    world.report(0, 500, 503, 200, 500, 500);
    expect(world.host(0).ejected).toBe(false);
    world.report(0, 501);
    expect(world.host(0)).toMatchObject({ ejected: true, healthy: false });
    expect(world.detector.stats).toMatchObject({
      ejections_active: 1,
      ejections_enforced_total: 1,
      ejections_enforced_consecutive_5xx: 1,
      ejections_detected_consecutive_5xx: 1,
      ejections_total: 1,
      ejections_consecutive_5xx: 1,
    });
  });

  it('tells gateway failures from other 5xx', () => {
    const config = { consecutive5xx: 0, consecutiveGatewayFailure: 2, enforcingConsecutiveGatewayFailure: 100 };
    const world = new World(config);
    world.report(0, 502, 500, 503);
    expect(world.host(0).ejected).toBe(false);
    world.report(0, 504);
    expect(world.host(0).ejected).toBe(true);
    expect(world.detector.stats.ejections_enforced_consecutive_gateway_failure).toBe(1);
  });

  it('takes local failures for 503 and 504 unless they are split off', () => {
    const world = new World();
    world.report(0, 'connect-failed', 'connect-success', 'reset', 'request-timeout');
    expect(world.host(0).ejected).toBe(true);
    world.report(1, 'connect-timeout', 'connect-failed', 'connect-final', 'connect-failed');
    expect(world.host(1).ejected).toBe(false);

    const split = new World({ splitExternalLocalOriginErrors: true });
    split.report(0, 'connect-failed', 'connect-success', 500, 500, 'connect-timeout');
    expect(split.host(0).ejected).toBe(false);
    split.report(0, 'reset');
    expect(split.host(0).ejected).toBe(true);
    expect(split.detector.stats.ejections_enforced_consecutive_local_origin_failure).toBe(1);
  });

  it('detects without enforcing', () => {
    const world = new World({ enforcingConsecutive5xx: 0 });
    world.report(0, ...Array.from({ length: 7 }, () => 500));
    expect(world.host(0).ejected).toBe(false);
    expect(world.detector.stats).toMatchObject({
      ejections_detected_consecutive_5xx: 2,
      ejections_enforced_total: 0,
      ejections_total: 2,
    });
  });

  it('ejects longer each time, up to the maximum, and forgives with time', () => {
    const world = new World();
    const lengthOfEjection = (): number => {
      world.report(0, 500, 500, 500);
      expect(world.host(0).ejected).toBe(true);
      const start = world.now;
      while (world.host(0).ejected) world.advance(defaults.intervalMs);
      return world.now - start;
    };
    expect([lengthOfEjection(), lengthOfEjection(), lengthOfEjection(), lengthOfEjection()]).toEqual([
      30_000, 60_000, 70_000, 70_000,
    ]);
    world.advance(40_000);
    expect(lengthOfEjection()).toBe(30_000);
  });

  it('waits a random time on top', () => {
    const world = new World({ maxEjectionTimeJitterMs: 1_000_000 });
    world.report(0, 500, 500, 500);
    world.advance(30_000);
    expect(world.host(0).ejected).toBe(true);
    world.advance(1_000_000);
    expect(world.host(0).ejected).toBe(false);
  });

  it('counts anew after a host has come back', () => {
    const world = new World();
    world.report(0, 500, 500, 500, 500, 500);
    world.advance(30_000);
    world.report(0, 500, 500);
    expect(world.host(0).ejected).toBe(false);
  });

  it('brings a host back when its health check passes', () => {
    const world = new World();
    world.report(0, 500, 500, 500);
    world.detector.onHealthCheckPassed(world.host(0));
    expect(world.host(0).ejected).toBe(false);
    expect(world.detector.stats.ejections_active).toBe(0);
  });

  it('forgets hosts that have gone', () => {
    const world = new World({}, 2);
    world.report(0, 500, 500, 500);
    world.report(1, 500, 500, 500);
    expect(world.detector.stats).toMatchObject({ ejections_active: 1, ejections_overflow: 1 });
    const gone = world.host(0);
    world.hosts.update({ ...plainEndpoints(2), localities: [] });
    world.hosts.update(plainEndpoints(2));
    world.detector.report(gone, { kind: 'status', status: 500 });
    world.advance(10_000);
    expect(world.detector.stats.ejections_active).toBe(0);
    world.report(1, 500, 500, 500);
    expect(world.host(1).ejected).toBe(true);
  });

  it('never ejects more than the maximum percentage', () => {
    const report = fc.record({ n: fc.nat(9), status: fc.constantFrom(200, 500, 503) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(100), fc.array(report), (count, percent, reports) => {
        const world = new World({ maxEjectionPercent: percent, consecutive5xx: 1 }, count);
        for (const { n, status } of reports) {
          if (n < count) world.report(n, status);
          const ejected = world.hosts.hosts.filter((host) => host.ejected).length;
          expect(ejected).toBe(world.detector.stats.ejections_active);
          expect((100 * ejected) / count).toBeLessThanOrEqual(percent);
        }
      }),
    );
  });
});
