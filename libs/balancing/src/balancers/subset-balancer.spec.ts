import type { SubsetConfig } from '@malla/proxy-config';
import { seededRandom } from '@malla/testkit';
import { describe, expect, it } from 'vitest';
import { countPicks, keyOf, sampleEndpoints, sampleHosts, type SampleEndpoint } from '../../test/sample-hosts.ts';
import type { Host } from '../host.ts';
import { createBalancerStats, type Balancer, type BalancerStats } from './balancer.ts';
import { createClusterBalancer } from './create-cluster-balancer.ts';
import type { HostSet } from '../hosts/host-set.ts';

const endpoints: readonly SampleEndpoint[] = [
  { n: 0, labels: { version: 'v1', stage: 'prod' } },
  { n: 1, labels: { version: 'v1', stage: 'test' } },
  { n: 2, labels: { version: 'v2', stage: 'prod' } },
  { n: 3 },
];

const selectors = [{ keys: ['version'] }, { keys: ['version', 'stage'] }];

function world(config: Partial<SubsetConfig> = {}): { hosts: HostSet; stats: BalancerStats; balancer: Balancer } {
  const hosts = sampleHosts(sampleEndpoints([{ endpoints }]));
  const stats = createBalancerStats();
  const cluster = {
    loadBalancer: { kind: 'round-robin' },
    subsets: { fallback: 'none', defaultSubset: {}, selectors, ...config },
  } as const;
  return { hosts, stats, balancer: createClusterBalancer({ cluster, hosts, random: seededRandom(), stats }) };
}

function picked(balancer: Balancer, subset?: Record<string, unknown>): string[] {
  return Object.keys(countPicks(20, () => balancer.pick({ subset }))).sort();
}

describe('SubsetBalancer', () => {
  it('picks hosts that have the labels of a selector', () => {
    const { balancer, stats } = world();
    expect(picked(balancer, { version: 'v1' })).toEqual([keyOf(0), keyOf(1)]);
    expect(picked(balancer, { stage: 'prod', version: 'v1' })).toEqual([keyOf(0)]);
    expect(picked(balancer, { version: 'v2' })).toEqual([keyOf(2)]);
    expect(stats).toMatchObject({ subsetsActive: 5, subsetsCreated: 5, subsetsSelected: 60, subsetsFallback: 0 });
  });

  it.each([
    [{ version: 'v3' }],
    [{ stage: 'prod' }],
    [{ version: 'v1', stage: 'prod', more: 1 }],
    [{ version: 1 }],
    [{}],
    [undefined],
  ])('knows no subset %j', (labels) => {
    expect(picked(world().balancer, labels)).toEqual(['none']);
    const any = world({ fallback: 'any-endpoint' });
    expect(picked(any.balancer, labels)).toEqual([keyOf(0), keyOf(1), keyOf(2), keyOf(3)]);
    expect(any.stats).toMatchObject({ subsetsFallback: 20, subsetsSelected: 0 });
    const some = world({ fallback: 'default-subset', defaultSubset: { stage: 'prod' } });
    expect(picked(some.balancer, labels)).toEqual([keyOf(0), keyOf(2)]);
  });

  it('stays with a subset whose hosts are all unhealthy: it panics', () => {
    const { hosts, balancer } = world({ fallback: 'any-endpoint' });
    hosts.setEjected(hosts.find(keyOf(2)) as Host, true);
    expect(picked(balancer, { version: 'v2' })).toEqual([keyOf(2)]);
  });

  it('follows hosts and labels', () => {
    const { hosts, balancer, stats } = world();
    const subset = { version: 'v2' };
    expect(picked(balancer, subset)).toEqual([keyOf(2)]);
    hosts.update(sampleEndpoints([{ endpoints: [{ n: 2 }, { n: 5, labels: { version: 'v2' } }] }]));
    expect(picked(balancer, subset)).toEqual([keyOf(5)]);
    hosts.update(sampleEndpoints([{ endpoints: [{ n: 2 }] }]));
    expect(picked(balancer, subset)).toEqual(['none']);
    expect(stats).toMatchObject({ subsetsActive: 0, subsetsRemoved: 5 });
  });
});
