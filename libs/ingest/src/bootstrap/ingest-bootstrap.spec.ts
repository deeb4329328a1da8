import { fromBinary } from '@bufbuild/protobuf';
import { bootstrapJson, createBootstrap, type BootstrapParams } from '@malla/envoy';
import { NodeSchema } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { describe, expect, it } from 'vitest';
import { ingestBootstrap } from './ingest-bootstrap.ts';

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
      MALLA_DATA_PLANE: 'builtin',
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

function ingest(overrides: Partial<BootstrapParams> = {}) {
  return ingestBootstrap(bootstrapJson(createBootstrap({ ...params, ...overrides })));
}

function accepted(overrides: Partial<BootstrapParams> = {}) {
  const result = ingest(overrides);
  expect(result.ok ? [] : result.problems).toEqual([]);
  if (!result.ok) throw new Error('refused');
  return result.config;
}

/** Problems of a bootstrap that a change was made to. */
function refused(change: (bootstrap: Record<string, never>) => void) {
  const bootstrap = JSON.parse(bootstrapJson(createBootstrap(params))) as Record<string, never>;
  change(bootstrap);
  const result = ingestBootstrap(JSON.stringify(bootstrap));
  return result.ok ? [] : result.problems.map(({ path }) => path);
}

describe('ingestBootstrap', () => {
  it('reads who the proxy is and where its configuration comes from', () => {
    expect(accepted()).toMatchObject({
      nodeCluster: 'reviews.default',
      admin: { kind: 'tcp', address: '127.0.0.1', port: 15000 },
      ads: { cluster: 'xds-grpc', variant: 'delta', backoffBaseMs: 200, backoffMaxMs: 3000, fetchTimeoutMs: 0 },
      maxConnections: 100_000,
      maxHeapBytes: 1 << 30,
      refuseRequestsAt: expect.closeTo(0.95) as number,
      statsPrefixes: [],
      defaultStatsTags: false,
    });
    expect(accepted({ xds: 'sotw' }).ads?.variant).toBe('sotw');
  });

  it('reads how long event loops may be busy, and refuses what it cannot do about that', () => {
    const times = { missMs: 200, megaMissMs: 1_000, killMs: 0 };
    expect(accepted().watchdogs).toEqual({ mainThread: times, workers: times });
    const set = (watchdogs: object) => refused((bootstrap) => void Object.assign(bootstrap, { watchdogs }));
    expect(set({ worker_watchdog: { miss_timeout: '0.5s', megamiss_timeout: '2s', kill_timeout: '9s' } })).toEqual([]);
    expect(set({ main_thread_watchdog: { kill_timeout: '9s' } })).toEqual([
      'watchdogs.main_thread_watchdog.kill_timeout',
    ]);
    expect(set({ worker_watchdog: { multikill_timeout: '9s', miss_timeout: '0s' } })).toEqual([
      'watchdogs.worker_watchdog.miss_timeout',
      'watchdogs.worker_watchdog.multikill_timeout',
    ]);
  });

  it('keeps the node as it is', () => {
    const node = fromBinary(NodeSchema, accepted().node);
    expect(node.metadata).toMatchObject({ SERVICE_ACCOUNT: 'reviews', MALLA_INTERCEPTION: { mode: 'NONE' } });
  });

  it('reads static clusters and listeners', () => {
    const { clusters, listeners } = accepted();
    expect(clusters.map(({ name }) => name)).toEqual([
      'xds-grpc',
      'sds-grpc',
      'malla-als',
      'malla-policy',
      'prometheus_stats',
      'agent',
    ]);
    expect(clusters[0]?.http).toMatchObject({
      protocol: 'http2',
      http2: { connectionKeepalive: { intervalMs: 30_000, timeoutMs: 10_000 } },
    });
    expect(listeners.map(({ name }) => name)).toEqual(['stats', 'agent']);
    expect(listeners[0]?.ignoreGlobalConnectionLimit).toBe(true);
    expect(listeners[0]?.filterChains[0]?.filters[0]).toMatchObject({
      kind: 'http',
      config: { routes: { kind: 'inline', table: { validateClusters: true } } },
    });
  });

  it('takes prefixes of statistics and their labels', () => {
    const { statsPrefixes, statsTags } = accepted({ statsPrefixes: ['cluster.outbound'] });
    expect(statsPrefixes).toContain('cluster.outbound');
    expect(statsTags.map(({ name }) => name)).toContain('cluster_name');
  });

  it('takes Unix sockets for the admin interface, and no address that others reach', () => {
    const admin = { kind: 'unix', path: '/run/malla/admin.sock' } as const;
    expect(accepted({ admin }).admin).toEqual({ kind: 'pipe', path: '/run/malla/admin.sock' });
    const open = { kind: 'tcp', socket: { address: '0.0.0.0', port: 15000 } } as const;
    expect(ingest({ admin: open })).toMatchObject({ ok: false, problems: [{ path: 'admin.address' }] });
  });

  it('refuses what it cannot do by its field', () => {
    const set = (name: string, value: unknown) => (bootstrap: Record<string, unknown>) => (bootstrap[name] = value);
    expect(refused(set('statsSinks', [{ name: 'x' }]))).toEqual(['stats_sinks']);
    expect(refused(set('hdsConfig', { apiType: 'GRPC' }))).toEqual(['hds_config']);
    expect(refused(set('statsConfig', { statsTags: [{ tagName: 'x', regex: 'y' }] }))).toEqual([
      'stats_config.stats_tags',
    ]);
    expect(refused(set('flagsPath', '/x'))).toEqual(['flags_path']);
    expect(refused(set('noSuchField', 1))).toEqual(['']);
    expect(
      refused(set('layeredRuntime', { layers: [{ name: 's', staticLayer: { 'envoy.reloadable_features.x': true } }] })),
    ).toEqual(['layered_runtime.layers[0].static_layer.envoy.reloadable_features.x']);
  });
});
