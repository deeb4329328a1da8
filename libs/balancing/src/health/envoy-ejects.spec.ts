import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EndpointsConfig, OutlierConfig } from '@malla/proxy-config';
import { findEnvoy, freePort, seededRandom, waitFor } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HASHED_HEADER, StaticEnvoy, type TwinCluster } from '../../test/static-envoy.ts';
import { createBalancer } from '../balancers/create-balancer.ts';
import { xxHash64 } from '../hash/xx-hash.ts';
import { HostSet } from '../hosts/host-set.ts';
import { OutlierDetector } from './outlier-detector.ts';
import type { OutlierStats } from './outlier-stats.ts';

const envoyBinary = findEnvoy();
const maglev = { kind: 'maglev', tableSize: 65_537 } as const;

const base: OutlierConfig = {
  consecutive5xx: 2,
  enforcingConsecutive5xx: 100,
  consecutiveGatewayFailure: 3,
  enforcingConsecutiveGatewayFailure: 0,
  splitExternalLocalOriginErrors: false,
  consecutiveLocalOriginFailure: 2,
  enforcingConsecutiveLocalOriginFailure: 100,
  intervalMs: 60_000,
  baseEjectionTimeMs: 60_000,
  maxEjectionTimeMs: 300_000,
  maxEjectionPercent: 60,
  maxEjectionTimeJitterMs: 0,
};

interface Case {
  readonly name: string;
  readonly hosts: number;
  /** Hosts after those, at which nobody listens. */
  readonly dead?: number;
  readonly config?: Partial<OutlierConfig>;
  /** Key and status, in this order. */
  readonly requests: readonly (readonly [key: string, status: number])[];
}

const some = (count: number, ...statuses: number[]): Case['requests'] =>
  Array.from({ length: count }, (_, i) => [`k${i % 5}`, statuses[i % statuses.length] as number] as const);

const cases: readonly Case[] = [
  { name: 'rows-of-5xx', hosts: 5, requests: some(40, 500, 501, 200, 503, 500, 500) },
  { name: 'one-host', hosts: 1, config: { maxEjectionPercent: 99 }, requests: some(5, 500) },
  { name: 'two-hosts-ten-percent', hosts: 2, config: { maxEjectionPercent: 10 }, requests: some(12, 500) },
  { name: 'nothing-enforced', hosts: 3, config: { enforcingConsecutive5xx: 0 }, requests: some(12, 500) },
  {
    name: 'gateway',
    hosts: 4,
    config: { consecutive5xx: 50, enforcingConsecutiveGatewayFailure: 100 },
    requests: some(40, 503, 502, 500, 504, 503, 503, 200),
  },
  { name: 'refused', hosts: 3, dead: 2, requests: some(30, 200) },
  {
    name: 'refused-split',
    hosts: 3,
    dead: 2,
    config: { splitExternalLocalOriginErrors: true },
    requests: some(30, 200, 500),
  },
];

describe.skipIf(envoyBinary === undefined)('a real Envoy', () => {
  const servers: Server[] = [];
  const endpoints = new Map<string, EndpointsConfig>();
  const envoy = new StaticEnvoy();

  beforeAll(async () => {
    const deadPort = await freePort();
    for (let n = 0; n < 5; n++) servers.push(await listen(`127.0.0.${n + 1}`));
    for (const { name, hosts, dead = 0 } of cases) {
      const addresses = servers.slice(0, hosts).map((server) => server.address() as AddressInfo);
      for (let n = 0; n < dead; n++) addresses.push({ address: `127.0.0.${n + 1}`, port: deadPort, family: 'IPv4' });
      endpoints.set(name, endpointsOf(addresses));
    }
    await envoy.start(envoyBinary as string, cases.map(twin));
  });

  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  function twin({ name, config }: Case): TwinCluster {
    const outlier = { ...base, ...config };
    return {
      name,
      loadBalancer: maglev,
      endpoints: endpoints.get(name) as EndpointsConfig,
      healthyPanicThreshold: 0,
      more: { outlier_detection: envoyOutlier(outlier) },
    };
  }

  it.each(cases)('ejects the same hosts and counts the same: $name', async ({ name, config, requests }) => {
    const hosts = new HostSet({ healthyPanicThreshold: 0, localityWeighted: false, now: () => 0 });
    hosts.update(endpoints.get(name) as EndpointsConfig);
    const balancer = createBalancer(maglev, hosts, seededRandom());
    const detector = new OutlierDetector({ config: { ...base, ...config }, hosts, random: seededRandom() });
    const alive = new Set(servers.map((server) => serverKey(server)));
    for (const [key, status] of requests) {
      const answer = await envoy.send(name, { [HASHED_HEADER]: key, 'x-status': String(status) });
      const host = balancer.pick({ hash: xxHash64(key) });
      if (host === undefined) expect(answer).toBe('no healthy upstream');
      else if (!alive.has(host.key)) expect(answer).toMatch(/^upstream connect error/);
      else expect(answer).toBe(host.key);
      if (host === undefined) continue;
      const refused = !alive.has(host.key);
      if (!refused) detector.report(host, { kind: 'connect-success' });
      detector.report(host, refused ? { kind: 'connect-failed' } : { kind: 'status', status });
      if (refused || status >= 500) await caughtUp(name, detector.stats);
    }
    expect(await ejectedInEnvoy(name)).toEqual(
      hosts.hosts
        .filter((host) => host.ejected)
        .map((host) => host.key)
        .sort(),
    );
    expect(await statsOfEnvoy(name)).toMatchObject(detector.stats);
  });

  /** Envoy counts and ejects in another thread than the one that answers, and tells that one afterwards. */
  async function caughtUp(name: string, ours: OutlierStats): Promise<void> {
    const same = async (): Promise<boolean> => {
      const theirs = await statsOfEnvoy(name);
      return Object.entries(ours).every(([stat, value]) => theirs[stat] === value);
    };
    await waitFor(same, { what: 'Envoy to count as we do', timeoutMs: 5_000, intervalMs: 5 }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async function ejectedInEnvoy(name: string): Promise<string[]> {
    const lines = (await envoy.admin('/clusters')).split('\n');
    return lines
      .filter((line) => line.startsWith(`${name}::`) && line.includes('/failed_outlier_check'))
      .map((line) => line.split('::')[1] as string)
      .sort();
  }

  async function statsOfEnvoy(name: string): Promise<Record<string, number>> {
    const prefix = `cluster.${name}.outlier_detection.`;
    const lines = (await envoy.admin(`/stats?filter=${prefix}`)).split('\n').filter((line) => line.startsWith(prefix));
    return Object.fromEntries(
      lines.map((line) => {
        const [stat, value] = line.slice(prefix.length).split(': ') as [string, string];
        return [stat, Number(value)];
      }),
    );
  }
});

function envoyOutlier(config: OutlierConfig): unknown {
  return {
    consecutive_5xx: config.consecutive5xx,
    enforcing_consecutive_5xx: config.enforcingConsecutive5xx,
    consecutive_gateway_failure: config.consecutiveGatewayFailure,
    enforcing_consecutive_gateway_failure: config.enforcingConsecutiveGatewayFailure,
    split_external_local_origin_errors: config.splitExternalLocalOriginErrors,
    consecutive_local_origin_failure: config.consecutiveLocalOriginFailure,
    enforcing_consecutive_local_origin_failure: config.enforcingConsecutiveLocalOriginFailure,
    enforcing_success_rate: 0,
    enforcing_local_origin_success_rate: 0,
    interval: `${config.intervalMs / 1000}s`,
    base_ejection_time: `${config.baseEjectionTimeMs / 1000}s`,
    max_ejection_percent: config.maxEjectionPercent,
  };
}

function endpointsOf(addresses: readonly AddressInfo[]): EndpointsConfig {
  const locality = { region: '', zone: '', subZone: '' };
  return {
    clusterName: '',
    overprovisioningFactor: 140,
    localities: [
      {
        locality,
        priority: 0,
        weight: 0,
        endpoints: addresses.map(({ address, port }) => ({
          address: { kind: 'tcp', address, port },
          hostname: '',
          health: 'healthy',
          weight: 1,
          metadata: {},
        })),
      },
    ],
  };
}

/** Answers with the status that the request asks for, and its own address. */
async function listen(host: string): Promise<Server> {
  const server = createServer((incoming, response) => {
    response.statusCode = Number(incoming.headers['x-status']);
    response.end(serverKey(server));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}

function serverKey(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `${address}:${port}`;
}
