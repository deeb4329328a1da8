import { expect, it } from 'vitest';
import { clusterConfig, endpointConfig } from '../../test/sockets/configs.ts';
import type { WorkerUpdate } from '../runtime/update.ts';
import type { FromWorker, HostStatus } from './protocol.ts';
import { WorkerRuntime } from './worker-runtime.ts';

function worker() {
  const told: FromWorker[] = [];
  const waiting = new Map<FromWorker['kind'], (message: FromWorker) => void>();
  const runtime = new WorkerRuntime(
    {
      index: 0,
      concurrency: 1,
      logLevel: 'off',
      statsPrefixes: [],
      shared: new SharedArrayBuffer(64),
      heartbeats: new SharedArrayBuffer(4),
      maxConnections: 0,
      drainMs: 0,
      nodeCluster: '',
      nodeId: '',
      nodeZone: '',
      ticketSeed: new Uint8Array(32),
    },
    (message) => {
      told.push(message);
      waiting.get(message.kind)?.(message);
    },
  );
  const next = <K extends FromWorker['kind']>(kind: K) =>
    new Promise<Extract<FromWorker, { kind: K }>>((resolve) => waiting.set(kind, resolve as never));
  return { runtime, next };
}

const nothing: WorkerUpdate = {
  sequence: 1,
  secrets: [],
  clusters: [],
  endpoints: [],
  routes: [],
  listeners: [],
  removed: { secrets: [], clusters: [], endpoints: [], routes: [], listeners: [] },
};

it('has looked up the names of its clusters when an update is applied', async () => {
  const { runtime, next } = worker();
  const endpoint = endpointConfig({ kind: 'tcp', address: 'localhost', port: 80 });
  const locality = { locality: { region: '', zone: '', subZone: '' }, priority: 0, weight: 0, endpoints: [endpoint] };
  const endpoints = { clusterName: 'up', overprovisioningFactor: 140, localities: [locality] };
  const discovery = {
    kind: 'dns',
    strict: true,
    refreshMs: 60_000,
    respectTtl: false,
    lookupFamily: 'v4-only',
    endpoints,
  } as const;
  const applied = next('applied');
  runtime.receive({ kind: 'update', update: { ...nothing, clusters: [clusterConfig([], { discovery })] } });
  await applied;
  const hosts = next('hosts');
  runtime.receive({ kind: 'hosts', id: 1 });
  const [cluster] = (await hosts).clusters;
  expect((cluster?.hosts as readonly HostStatus[]).map(({ key }) => key)).toEqual(['127.0.0.1:80']);
  const removed = next('applied');
  runtime.receive({ kind: 'update', update: { ...nothing, removed: { ...nothing.removed, clusters: ['up'] } } });
  await removed;
});
