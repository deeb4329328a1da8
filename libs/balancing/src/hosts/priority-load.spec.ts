import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleEndpoints, sampleHosts, type SampleEndpoint } from '../../test/sample-hosts.ts';
import type { PriorityLoad } from './priority-load.ts';

type Mix = readonly [healthy: number, degraded: number, unhealthy: number, draining?: number];

function loadOf(mixes: readonly Mix[], healthyPanicThreshold = 50): PriorityLoad {
  let n = 0;
  const some = (count: number, health: SampleEndpoint['health']): SampleEndpoint[] =>
    Array.from({ length: count }, () => ({ n: n++, ...(health && { health }) }));
  const localities = mixes.map(([healthy, degraded, unhealthy, draining = 0], priority) => ({
    priority,
    endpoints: [
      ...some(healthy, 'healthy'),
      ...some(degraded, 'degraded'),
      ...some(unhealthy, 'unhealthy'),
      ...some(draining, 'draining'),
    ],
  }));
  return sampleHosts(sampleEndpoints(localities), { healthyPanicThreshold }).load;
}

describe('priorityLoad', () => {
  // The tables of Envoy's documentation, and its worked examples.
  it.each([
    [
      [
        [100, 0, 0],
        [10, 0, 0],
      ],
      [100, 0],
      [0, 0],
      [false, false],
    ],
    [
      [
        [72, 0, 28],
        [72, 0, 28],
      ],
      [100, 0],
      [0, 0],
      [false, false],
    ],
    [
      [
        [71, 0, 29],
        [1, 0, 0],
      ],
      [99, 1],
      [0, 0],
      [false, false],
    ],
    [
      [
        [50, 0, 50],
        [1, 0, 0],
      ],
      [70, 30],
      [0, 0],
      [false, false],
    ],
    [
      [
        [25, 0, 75],
        [100, 0, 0],
      ],
      [35, 65],
      [0, 0],
      [false, false],
    ],
    [
      [
        [0, 0, 100],
        [100, 0, 0],
      ],
      [0, 100],
      [0, 0],
      [false, false],
    ],
    [
      [
        [25, 0, 75],
        [25, 0, 75],
        [1, 0, 0],
      ],
      [35, 35, 30],
      [0, 0, 0],
      [false, false, false],
    ],
    [
      [
        [0, 25, 75],
        [60, 0, 40],
      ],
      [0, 84],
      [16, 0],
      [false, false],
    ],
    [
      [
        [0, 25, 75],
        [25, 0, 75],
      ],
      [50, 50],
      [0, 0],
      [true, true],
    ],
    [
      [
        [5, 0, 95],
        [60, 0, 40],
      ],
      [8, 92],
      [0, 0],
      [true, false],
    ],
    [
      [
        [0, 0, 4],
        [0, 0, 6],
      ],
      [40, 60],
      [0, 0],
      [true, true],
    ],
    [
      [
        [0, 0, 0],
        [1, 0, 2],
      ],
      [0, 100],
      [0, 0],
      [true, true],
    ],
    [
      [
        [1, 0, 0, 9],
        [1, 0, 0],
      ],
      [100, 0],
      [0, 0],
      [false, false],
    ],
  ] as const)('%j', (mixes, healthy, degraded, panic) => {
    expect(loadOf(mixes)).toEqual({ healthy, degraded, panic });
  });

  it('never panics with a threshold of 0', () => {
    expect(loadOf([[0, 0, 4]], 0)).toEqual({ healthy: [100], degraded: [0], panic: [false] });
  });

  it('sums to 100 whatever the hosts', () => {
    const mix = fc.tuple(fc.nat(6), fc.nat(3), fc.nat(6), fc.nat(2));
    fc.assert(
      fc.property(fc.array(mix, { minLength: 1, maxLength: 4 }), fc.nat(100), (mixes, threshold) => {
        const { healthy, degraded } = loadOf(mixes, threshold);
        const loads = [...healthy, ...degraded];
        expect(loads.reduce((sum, load) => sum + load, 0)).toBe(100);
        expect(loads.every((load) => load >= 0)).toBe(true);
      }),
    );
  });
});
