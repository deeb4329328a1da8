import type { LoadBalancerConfig } from '@malla/proxy-config';
import { seededRandom } from '@malla/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPicks, keyOf, plainEndpoints, sampleEndpoints, sampleHosts } from '../../test/sample-hosts.ts';
import type { Host } from '../host.ts';
import { xxHash64 } from '../hash/xx-hash.ts';
import type { HostSet } from '../hosts/host-set.ts';
import { createBalancer } from './create-balancer.ts';

type Ring = Extract<LoadBalancerConfig, { kind: 'ring-hash' }>;
type Maglev = Extract<LoadBalancerConfig, { kind: 'maglev' }>;

const ring: Ring = {
  kind: 'ring-hash',
  minimumRingSize: 1024,
  maximumRingSize: 8_388_608,
  hashFunction: 'xx-hash',
};
const maglev: Maglev = { kind: 'maglev', tableSize: 65_537 };
const KEYS = 4000;

/** Which host each of many keys leads to. */
function assignment(config: Ring | Maglev, hosts: HostSet): (string | undefined)[] {
  const balancer = createBalancer(config, hosts, seededRandom());
  return Array.from({ length: KEYS }, (_, i) => balancer.pick({ hash: xxHash64(`key ${i}`) })?.key);
}

function shares(config: Ring | Maglev, weights: readonly number[]): number[] {
  const hosts = sampleHosts(sampleEndpoints([{ endpoints: weights.map((weight, n) => ({ n, weight })) }]));
  const keys = assignment(config, hosts);
  return weights.map((_, n) => keys.filter((key) => key === keyOf(n)).length / KEYS);
}

/** Removes one host; the share of other hosts' keys that moved all the same. */
function disruption(config: Ring | Maglev, count: number): number {
  const hosts = sampleHosts(plainEndpoints(count));
  const before = assignment(config, hosts);
  hosts.setEjected(hosts.find(keyOf(0)) as Host, true);
  const after = assignment(config, hosts);
  expect(after).not.toContain(keyOf(0));
  const moved = before.filter((key, i) => key !== keyOf(0) && key !== after[i]);
  return moved.length / KEYS;
}

describe('ring hash', () => {
  it('gives every host about its weight', () => {
    shares(ring, [1, 2, 5]).forEach((share, n) => {
      const due = [1, 2, 5][n] as number;
      expect(share).toBeGreaterThan((due / 8) * 0.75);
      expect(share).toBeLessThan((due / 8) * 1.25);
    });
  });

  it('moves only the keys of a host that goes, as long as the others keep their number of places', () => {
    expect(disruption({ ...ring, minimumRingSize: 1 }, 10)).toBe(0);
  });

  it('moves few other keys when the others get a few places more', () => {
    expect(disruption(ring, 10)).toBeLessThan(0.12);
  });

  it('takes the next place on the ring for another attempt', () => {
    const hosts = sampleHosts(plainEndpoints(5));
    const balancer = createBalancer(ring, hosts, seededRandom());
    for (let i = 0; i < 50; i++) {
      const hash = xxHash64(`key ${i}`);
      const first = balancer.pick({ hash }) as Host;
      const avoid = { hosts: new Set([first]), attempts: 20 };
      const second = balancer.pick({ hash, avoid });
      expect(second).not.toBe(first);
      expect(balancer.pick({ hash, avoid })).toBe(second);
    }
  });
});

describe('Maglev', () => {
  it('gives every host its weight, nearly exactly', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, (of) => {
        const total = of.reduce((sum, weight) => sum + weight, 0);
        shares(maglev, of).forEach((share, n) => {
          expect(Math.abs(share - (of[n] as number) / total)).toBeLessThan(0.03);
        });
      }),
      { numRuns: 10 },
    );
  });

  it('moves few keys besides those of a host that goes', () => {
    expect(disruption(maglev, 10)).toBeLessThan(0.02);
  });

  it('tries other places for another attempt', () => {
    const hosts = sampleHosts(plainEndpoints(5));
    const balancer = createBalancer(maglev, hosts, seededRandom());
    for (let i = 0; i < 50; i++) {
      const hash = xxHash64(`key ${i}`);
      const first = balancer.pick({ hash }) as Host;
      expect(balancer.pick({ hash, avoid: { hosts: new Set([first]), attempts: 20 } })).not.toBe(first);
    }
  });
});

describe.each([ring, maglev])('$kind', (config) => {
  it('leads the same key to the same host, in whatever order hosts are listed', () => {
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
    const listed = (order: readonly number[]): HostSet =>
      sampleHosts(sampleEndpoints([{ endpoints: order.map((n) => ({ n })) }]));
    expect(assignment(config, listed([...numbers].reverse()))).toEqual(assignment(config, listed(numbers)));
  });

  it('picks any host for requests without a hash, and none where there are none', () => {
    const balancer = createBalancer(config, sampleHosts(plainEndpoints(4)), seededRandom());
    const counts = countPicks(2000, () => balancer.pick({}));
    for (let n = 0; n < 4; n++) expect(counts[keyOf(n)]).toBeGreaterThan(350);
    expect(createBalancer(config, sampleHosts(plainEndpoints(0)), seededRandom()).pick({})).toBeUndefined();
  });

  it('picks nothing when no locality has a weight', () => {
    const hosts = sampleHosts(plainEndpoints(2), { localityWeighted: true });
    expect(createBalancer(config, hosts, seededRandom()).pick({ hash: 1n })).toBeUndefined();
  });
});
