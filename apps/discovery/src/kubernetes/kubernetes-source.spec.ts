import { KubeClient } from '@malla/kube';
import { KubeRegistry } from '@malla/kube-registry';
import type { Resource } from '@malla/model';
import { Health } from '@malla/observability';
import { emptySnapshot, type MeshWorkload } from '@malla/snapshot';
import { waitFor } from '@malla/testkit';
import { FakeKubeApi } from '@malla/testkit/kube';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeshState } from '../mesh/mesh-state.ts';
import { endpointSlice, node, pod, service } from '../../test/cluster-objects.ts';
import { KubernetesSource } from './kubernetes-source.ts';
import { RegistryMetrics } from './registry-metrics.ts';

const host = 'web.shop.svc.cluster.local';

let api: FakeKubeApi;
let source: KubernetesSource;
let mesh: MeshState;
let health: Health;
let metrics: Registry;
let warnings: string[];

beforeEach(async () => {
  api = await FakeKubeApi.start();
  health = new Health();
  metrics = new Registry();
  warnings = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  mesh = new MeshState({ snapshot: emptySnapshot(), logger, debounceMs: 1, debounceMaxMs: 5 });
  const registry = new KubeRegistry({ domainSuffix: 'cluster.local', cluster: 'Kubernetes' });
  source = new KubernetesSource({
    client: new KubeClient({
      server: api.url,
      namespace: 'default',
      credentials: () => Promise.resolve({ tls: { verify: true }, authorization: `Bearer ${api.callerToken}` }),
      refused: () => undefined,
    }),
    registry,
    onChange: (changes) => mesh.applyKubernetes(changes),
    health: health.check('kubernetes'),
    metrics: new RegistryMetrics(metrics, () => registry.figures),
    logger,
  });
});

afterEach(async () => {
  await source.stop();
  mesh.stop();
  await api.stop();
});

const putAll = (...objects: readonly Resource[]) => objects.forEach((object) => void api.put(object));
const members = () => mesh.current.snapshot.workloadSets.get(host)?.workloads ?? [];
const shown = () => members().map(({ name, healthy }) => `${name}${healthy ? '' : ' (out)'}`);
const stateOf = () => health.report().checks.find(({ name }) => name === 'kubernetes')?.state;
const until = (what: string, look: () => boolean) => waitFor(look, { what });

describe('a cluster', () => {
  it('is not ready before everything was listed once, then its Services and Pods are in the snapshot', async () => {
    putAll(node(), service(), pod('web-1', '10.1.0.1'), endpointSlice(['web-1', '10.1.0.1']));
    api.refuse(/endpointslices/, 503, 1);
    expect(source.notReady).toContain('EndpointSlice');
    expect(stateOf()).toBe('down');
    source.start();
    await until('readiness', () => source.notReady === undefined && stateOf() === 'ok');
    expect(shown()).toEqual(['web-1']);
    expect(members()[0]).toMatchObject({
      locality: 'eu/eu-1',
      ports: { http: 8080 },
      mutualTls: true,
    } satisfies Partial<MeshWorkload>);
    expect(mesh.current.snapshot.services.get(host)?.virtualAddress).toBe('10.96.0.10');
  });

  it('is followed; what it is asked for is read only', async () => {
    putAll(node(), service(), pod('web-1', '10.1.0.1'), endpointSlice(['web-1', '10.1.0.1']));
    source.start();
    await until('readiness', () => source.notReady === undefined && api.watches === 4);
    putAll(pod('web-2', '10.1.0.2'), endpointSlice(['web-1', '10.1.0.1'], ['web-2', '10.1.0.2']));
    await until('the second Pod', () => members().length === 2);
    api.store.update({ group: '', plural: 'pods' }, pod('web-1', '10.1.0.1', false), 'status');
    await until('the first out of rotation', () => shown().includes('web-1 (out)'));
    api.remove(pod('web-2', '10.1.0.2'));
    await until('the second gone', () => members().length === 1);
    expect(new Set(api.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    const text = await metrics.metrics();
    expect(text).toContain('pilot_k8s_reg_events{type="Pods",event="delete"} 1');
    expect(text).toMatch(/pilot_endpoint_not_ready 1\n/);
    expect(text).toMatch(/endpoint_no_pod 1\n/);
  });

  it('that is away keeps its last state, degraded; back, everything converges', async () => {
    putAll(node(), service(), pod('web-1', '10.1.0.1'), endpointSlice(['web-1', '10.1.0.1']));
    source.start();
    await until('readiness', () => source.notReady === undefined && api.watches === 4);
    await api.away();
    await until('the loss', () => stateOf() === 'degraded');
    expect([shown(), source.notReady]).toEqual([['web-1'], undefined]);
    api.remove(pod('web-1', '10.1.0.1'));
    putAll(pod('web-3', '10.1.0.3'), endpointSlice(['web-3', '10.1.0.3']));
    await api.back();
    await until('the present state', () => shown().join() === 'web-3');
    await until('health', () => stateOf() === 'ok');
    expect(mesh.current.snapshot.pods.get('shop/web-1')).toBeUndefined();
  });

  it('tells what its objects hide', async () => {
    const workload = { namespace: 'shop', name: 'web-1', serviceAccount: 'vm', labels: {}, addresses: ['10.9.0.1'] };
    const record = { ...workload, ports: {}, network: '', locality: '', cluster: '', weight: 1, mutualTls: true };
    mesh.applyWorkloads(new Map([['shop/web-1', { workload: record as never, healthy: true }]]));
    mesh.applyConfig({ revision: 1n, replace: true, upserts: [service() as never], deletes: [], changeIds: [] });
    putAll(node(), service(), pod('web-1', '10.1.0.1'));
    source.start();
    // Connections that are lost and found are told of by the kind alone.
    const hidden = () =>
      warnings
        .map((line) => JSON.parse(line) as { kind: string; name?: string })
        .filter(({ name }) => name !== undefined);
    await until('readiness', () => source.notReady === undefined && hidden().length >= 2);
    expect(
      hidden()
        .map(({ kind, name }) => `${kind} ${name}`)
        .sort(),
    ).toEqual(['Pod web-1', 'Service web']);
    expect(mesh.current.snapshot.workloads.get('shop/web-1')?.serviceAccount).toBe('web');
    // A complete listing of the configuration leaves the cluster alone.
    mesh.applyConfig({ revision: 2n, replace: true, upserts: [], deletes: [], changeIds: [] });
    expect(mesh.current.snapshot.services.get(host)?.virtualAddress).toBe('10.96.0.10');
  });
});
