import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EndpointConfig, EndpointsConfig } from '@malla/proxy-config';
import { findEnvoy, seededRandom } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countPicks } from '../../test/sample-hosts.ts';
import { HASHED_HEADER, StaticEnvoy, type TwinCluster } from '../../test/static-envoy.ts';
import { xxHash64 } from '../hash/xx-hash.ts';
import { HostSet } from '../hosts/host-set.ts';
import { createBalancerStats, type Balancer } from './balancer.ts';
import { createClusterBalancer } from './create-cluster-balancer.ts';

const envoyBinary = findEnvoy();

/** How many hosts answer, each on its own loopback address and with its own address as body. */
const HOSTS = 9;
const KEYS = 200;

const ring = {
  kind: 'ring-hash',
  minimumRingSize: 1024,
  maximumRingSize: 8 * 1024 * 1024,
  hashFunction: 'xx-hash',
} as const;
const maglev = { kind: 'maglev', tableSize: 65_537 } as const;
const unequal = [1, 2, 3, 1, 7, 1, 20, 5, 1];

interface Place {
  readonly hosts: readonly number[];
  readonly weights?: readonly number[];
  readonly zone?: string;
  readonly weight?: number;
  readonly priority?: number;
  readonly unhealthy?: number;
  readonly metadata?: (n: number) => Readonly<Record<string, unknown>>;
}

/** Of host number n. */
const labelsOf = (n: number): Record<string, unknown> => ({
  version: `v${n % 2}`,
  ...(n % 3 !== 0 && { stage: n % 3, deep: { a: [n % 2, true], b: null } }),
});
const selectors = [{ keys: ['version'] }, { keys: ['stage', 'version'] }, { keys: ['deep'] }];

/** Subsets to ask for: what there is, what there is not, and what no selector has. */
const wanted: readonly (Record<string, unknown> | undefined)[] = [
  { version: 'v1' },
  { version: 'v0', stage: 2 },
  { version: 'v0', stage: '2' },
  { deep: { b: null, a: [1, true] } },
  { version: 'v7' },
  { stage: 1 },
  { version: 'v1', more: 1 },
  undefined,
];
const fallbacks = ['none', 'any-endpoint', 'default-subset'] as const;

class World implements AsyncDisposable {
  readonly #servers: Server[] = [];
  readonly envoy = new StaticEnvoy();
  clusters: readonly TwinCluster[] = [];

  async start(): Promise<void> {
    for (let n = 0; n < HOSTS; n++) this.#servers.push(await listen(`127.0.0.${n + 1}`));
    this.clusters = this.#clusters();
    await this.envoy.start(envoyBinary as string, this.clusters);
  }

  cluster(name: string): TwinCluster {
    return this.clusters.find((cluster) => cluster.name === name) as TwinCluster;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.envoy[Symbol.asyncDispose]();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  #clusters(): readonly TwinCluster[] {
    const hosts = Array.from({ length: HOSTS }, (_, n) => n);
    const all = this.#endpoints({ hosts });
    const weighted = this.#endpoints({ hosts, weights: unequal });
    const zones = this.#endpoints(
      { zone: 'b', weight: 3, hosts: [0, 1, 2], weights: [1, 2, 3] },
      { zone: 'a', weight: 1, hosts: [3, 4, 5, 6] },
      { zone: 'c', hosts: [7, 8] },
    );
    const spilling = this.#endpoints(
      { hosts: [0, 1, 2, 3], unhealthy: 2 },
      { hosts: [4, 5, 6], priority: 1 },
      { hosts: [7, 8], priority: 2 },
    );
    const panicking = this.#endpoints(
      { hosts: [0, 1, 2, 3], unhealthy: 3 },
      { hosts: [4, 5], unhealthy: 2, priority: 1 },
    );
    const labelled = this.#endpoints(
      { hosts: [0, 1, 2, 3, 4, 5], unhealthy: 2, metadata: labelsOf },
      { hosts: [6, 7, 8], priority: 1, metadata: labelsOf },
    );
    const named = this.#endpoints({ hosts, metadata: (n) => ({ hash_key: `host ${n} ü` }) });
    return [
      { name: 'ring', loadBalancer: ring, endpoints: all },
      { name: 'ring-murmur', loadBalancer: { ...ring, hashFunction: 'murmur-hash-2' }, endpoints: all },
      { name: 'ring-weighted', loadBalancer: ring, endpoints: weighted },
      { name: 'ring-small', loadBalancer: { ...ring, minimumRingSize: 10, maximumRingSize: 64 }, endpoints: weighted },
      { name: 'ring-zones', loadBalancer: ring, endpoints: zones, localityWeighted: true },
      { name: 'ring-spilling', loadBalancer: ring, endpoints: spilling },
      { name: 'ring-panicking', loadBalancer: ring, endpoints: panicking },
      { name: 'ring-named', loadBalancer: ring, endpoints: named },
      { name: 'maglev', loadBalancer: maglev, endpoints: all },
      { name: 'maglev-weighted', loadBalancer: maglev, endpoints: weighted },
      { name: 'maglev-small', loadBalancer: { ...maglev, tableSize: 101 }, endpoints: weighted },
      { name: 'maglev-zones', loadBalancer: maglev, endpoints: zones, localityWeighted: true },
      { name: 'maglev-spilling', loadBalancer: maglev, endpoints: spilling },
      { name: 'round-robin', loadBalancer: { kind: 'round-robin' }, endpoints: weighted },
      { name: 'round-robin-zones', loadBalancer: { kind: 'round-robin' }, endpoints: zones, localityWeighted: true },
      { name: 'round-robin-spilling', loadBalancer: { kind: 'round-robin' }, endpoints: spilling },
      { name: 'random-panicking', loadBalancer: { kind: 'random' }, endpoints: panicking },
      ...fallbacks.flatMap((fallback) =>
        wanted.map((labels, index): TwinCluster => {
          const subsets = { fallback, defaultSubset: { version: 'v0' }, selectors };
          const name = `subset-${fallback}-${index}`;
          return { name, loadBalancer: maglev, endpoints: labelled, subsets, ...(labels && { labels }) };
        }),
      ),
    ];
  }

  #endpoints(...places: Place[]): EndpointsConfig {
    return {
      clusterName: '',
      overprovisioningFactor: 140,
      localities: places.map(({ hosts, weights, zone = '', weight = 0, priority = 0, unhealthy = 0, metadata }) => ({
        locality: { region: zone === '' ? '' : 'r', zone, subZone: '' },
        priority,
        weight,
        endpoints: hosts.map((n, index): EndpointConfig => {
          const { address, port } = (this.#servers[n] as Server).address() as AddressInfo;
          return {
            address: { kind: 'tcp', address, port },
            hostname: '',
            health: index < unhealthy ? 'unhealthy' : 'healthy',
            weight: weights?.[index] ?? 1,
            metadata: metadata ? { 'envoy.lb': metadata(n) } : {},
          };
        }),
      })),
    };
  }
}

async function listen(host: string): Promise<Server> {
  const server = createServer((_, response) => {
    const { address, port } = server.address() as AddressInfo;
    response.end(`${address}:${port}`);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}

function twinOf(cluster: TwinCluster): Balancer {
  const { healthyPanicThreshold = 50, localityWeighted = false } = cluster;
  const hosts = new HostSet({ healthyPanicThreshold, localityWeighted, now: () => 0 });
  hosts.update(cluster.endpoints);
  return createClusterBalancer({ cluster, hosts, random: seededRandom(), stats: createBalancerStats() });
}

describe.skipIf(envoyBinary === undefined)('a real Envoy', () => {
  const world = new World();
  beforeAll(() => world.start());
  afterAll(() => world[Symbol.asyncDispose]());

  it.each([
    'ring',
    'ring-murmur',
    'ring-weighted',
    'ring-small',
    'ring-zones',
    'ring-spilling',
    'ring-panicking',
    'ring-named',
    'maglev',
    'maglev-weighted',
    'maglev-small',
    'maglev-zones',
    'maglev-spilling',
  ])('chooses the same hosts: %s', async (name) => {
    const balancer = twinOf(world.cluster(name));
    const ours: Record<string, string | undefined> = {};
    const theirs: Record<string, string> = {};
    for (let i = 0; i < KEYS; i++) {
      const key = `key ${i} of ${name}`;
      ours[key] = balancer.pick({ hash: xxHash64(key) })?.key;
      theirs[key] = await world.envoy.send(name, { [HASHED_HEADER]: key });
    }
    expect(ours).toEqual(theirs);
    expect(new Set(Object.values(ours)).size).toBeGreaterThan(3);
  });

  it.each(fallbacks)('chooses the same subsets with fallback %s', async (fallback) => {
    for (const [index, subset] of wanted.entries()) {
      const name = `subset-${fallback}-${index}`;
      const balancer = twinOf(world.cluster(name));
      for (let i = 0; i < 20; i++) {
        const key = `key ${i}`;
        const answer = await world.envoy.send(name, { [HASHED_HEADER]: key });
        const host = balancer.pick({ hash: xxHash64(key), subset });
        expect(host?.key ?? 'no healthy upstream', `${JSON.stringify(subset)}`).toBe(answer);
      }
    }
  });

  it.each([
    ['round-robin', 410, 12],
    ['round-robin-zones', 400, 12],
    ['round-robin-spilling', 1000, 60],
    ['random-panicking', 1000, 60],
  ])('gives hosts about the same shares: %s', async (name, picks, tolerance) => {
    const balancer = twinOf(world.cluster(name));
    const ours = countPicks(picks, () => balancer.pick({}));
    const answers: string[] = [];
    for (let i = 0; i < picks; i++) answers.push(await world.envoy.send(name));
    const theirs = countPicks(picks, () => ({ key: answers.pop() as string }));
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    for (const [host, count] of Object.entries(theirs)) {
      expect(Math.abs((ours[host] ?? 0) - count), host).toBeLessThanOrEqual(tolerance);
    }
  });
});
