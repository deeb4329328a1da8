import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary, processInput } from '@malla/settings';
import { describe, expect, it } from 'vitest';
import { bootstrapJson, createBootstrap, type BootstrapParams } from './bootstrap.ts';

const envoy = findBinary({ name: 'envoy', variable: 'MALLA_ENVOY', env: processInput().env, cwd: process.cwd() });

const params: BootstrapParams = {
  node: {
    id: 'sidecar~127.0.0.1~reviews-v1.default~default.svc.cluster.local',
    cluster: 'reviews.default',
    locality: 'eu/eu-1/a',
    metadata: {
      NAMESPACE: 'default',
      SERVICE_ACCOUNT: 'reviews',
      WORKLOAD_NAME: 'reviews-v1',
      LABELS: { app: 'reviews' },
      CLUSTER_ID: 'c1',
      NETWORK: '',
      INTERCEPTION_MODE: 'NONE',
      MALLA_DATA_PLANE: 'envoy',
      MALLA_VERSION: '0.1.0',
      MALLA_FEATURES: [],
      MALLA_INTERCEPTION: { mode: 'NONE', outbound: [], inbound: [] },
    },
  },
  agentSocket: '/run/malla/agent.sock',
  admin: { kind: 'tcp', socket: { address: '127.0.0.1', port: 15000 } },
  agentHttp: { address: '127.0.0.1', port: 15020 },
  prometheus: { address: '0.0.0.0', port: 15090 },
  readiness: { address: '::1', port: 15021 },
  xds: 'delta',
  domainSuffix: 'cluster.local',
  limits: { maxConnections: 100_000, maxHeapBytes: 1 << 30 },
  statsPrefixes: [],
};

function parsed(overrides: Partial<BootstrapParams> = {}) {
  return JSON.parse(bootstrapJson(createBootstrap({ ...params, ...overrides })));
}

describe('createBootstrap', () => {
  it('takes configuration, secrets, and where access logs and questions go, from the one Unix socket', () => {
    const { staticResources } = parsed();
    for (const name of ['xds-grpc', 'sds-grpc', 'malla-als', 'malla-policy']) {
      const cluster = staticResources.clusters.find((each: { name: string }) => each.name === name);
      expect(cluster.loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.pipe.path).toBe(
        '/run/malla/agent.sock',
      );
    }
  });

  it('tells who the proxy is', () => {
    expect(parsed().node).toMatchObject({
      id: params.node.id,
      cluster: 'reviews.default',
      locality: { region: 'eu', zone: 'eu-1', subZone: 'a' },
      metadata: { SERVICE_ACCOUNT: 'reviews', MALLA_INTERCEPTION: { mode: 'NONE' } },
    });
  });

  it('speaks the variant of ADS that is asked for', () => {
    expect(parsed().dynamicResources.adsConfig.apiType).toBe('DELTA_GRPC');
    expect(parsed({ xds: 'sotw' }).dynamicResources.adsConfig.apiType).toBe('GRPC');
  });

  it('opens only the listeners that have an address', () => {
    const { prometheus: _prometheus, readiness: _readiness, ...without } = params;
    const json = JSON.parse(
      bootstrapJson(createBootstrap({ ...without, admin: { kind: 'unix', path: '/run/malla/admin.sock' } })),
    );
    expect(json.staticResources.listeners).toBeUndefined();
    expect(json.admin.address.pipe.path).toBe('/run/malla/admin.sock');
    expect(parsed().staticResources.listeners.map((each: { name: string }) => each.name)).toEqual(['stats', 'agent']);
  });

  it('opens a listener for both families where it is told to', () => {
    const also = { address: '::', port: 15090 };
    const [stats, agent] = parsed({ prometheus: { address: '0.0.0.0', port: 15090, also } }).staticResources.listeners;
    expect(stats.additionalAddresses).toEqual([{ address: { socketAddress: { address: '::', portValue: 15090 } } }]);
    expect(agent.additionalAddresses).toBeUndefined();
  });

  it('labels statistics of mesh clusters by their whole name', () => {
    const tags: { tagName: string; regex: string }[] = parsed().statsConfig.statsTags;
    const pattern = new RegExp(tags.find(({ tagName }) => tagName === 'cluster_name')?.regex ?? '');
    const match = pattern.exec('cluster.outbound|9080|v1|reviews.default.svc.cluster.local.upstream_rq_total');
    expect(match?.[2]).toBe('outbound|9080|v1|reviews.default.svc.cluster.local');
    expect(pattern.exec('cluster.xds-grpc.upstream_cx_active')?.[2]).toBe('xds-grpc');
  });

  it.skipIf(!envoy.found).each(['delta', 'sotw'] as const)('is accepted by the real Envoy (%s)', (xds) => {
    const folder = mkdtempSync(join(tmpdir(), 'malla-bootstrap-'));
    try {
      const path = join(folder, 'bootstrap.json');
      writeFileSync(path, bootstrapJson(createBootstrap({ ...params, xds, statsPrefixes: ['cluster.outbound'] })));
      const binary = envoy.found ? envoy.path : '';
      const run = spawnSync(binary, ['--mode', 'validate', '-c', path, '--disable-hot-restart'], { encoding: 'utf8' });
      expect(run.stderr + run.stdout).toContain('OK');
      expect(run.stderr).not.toMatch(/deprecated/i);
      expect(run.status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
