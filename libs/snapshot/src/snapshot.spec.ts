import type { Proxy } from '@malla/ir';
import type { KnownResource, Service, VirtualService } from '@malla/model';
import { describe, expect, it } from 'vitest';
import {
  applyChanges,
  emptySnapshot,
  resourceKeyOf,
  scopeKey,
  scopeOf,
  servicesOfWorkload,
  viewOf,
  type MeshSnapshot,
  type MeshWorkload,
} from './index.ts';

const service = (name: string, selector: Record<string, string> = { app: name }): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'x' },
  spec: { selector, ports: [{ name: 'http', port: 80 }] },
});

const virtualService = (name: string, spec: Partial<VirtualService['spec']> = {}): VirtualService => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'x' },
  spec: { hosts: [name], http: [{ route: [{ destination: { host: name } }] }], ...spec },
});

const workload = (name: string, labels: Record<string, string>, more: Partial<MeshWorkload> = {}): MeshWorkload => ({
  ...{
    name,
    namespace: 'x',
    serviceAccount: 's',
    labels,
    addresses: ['10.0.0.1'],
    ports: {},
    network: '',
    locality: '',
    cluster: '',
  },
  ...{ weight: 1, mutualTls: true, healthy: true, ...more },
});

const upsert = (snapshot: MeshSnapshot, ...upserts: KnownResource[]) => applyChanges(snapshot, { upserts });
const members = (snapshot: MeshSnapshot, name: string) =>
  snapshot.workloadSets.get(`${name}.x.svc.cluster.local`)?.workloads.map((w) => w.name);
const start = () =>
  applyChanges(emptySnapshot(), {
    upserts: [service('a'), service('b'), virtualService('a')],
    workloads: { upserts: [workload('a1', { app: 'a' }), workload('b1', { app: 'b' })] },
  });

describe('a change', () => {
  it('leaves everything else the identical object', () => {
    const before = start();
    const after = upsert(before, virtualService('b'));
    const changed = (Object.keys(before) as (keyof MeshSnapshot)[]).filter((field) => before[field] !== after[field]);
    expect(changed).toEqual(['resources', 'virtualServices']);
    const hostOfA = '|a.x.svc.cluster.local';
    expect(after.virtualServices.exact.get(hostOfA)).toBe(before.virtualServices.exact.get(hostOfA));
  });

  it('of one workload touches the sets of its services only', () => {
    const before = start();
    const after = applyChanges(before, { workloads: { upserts: [workload('a0', { app: 'a' })] } });
    expect([members(after, 'a'), members(after, 'b')]).toEqual([['a0', 'a1'], ['b1']]);
    const host = (name: string) => `${name}.x.svc.cluster.local`;
    expect(after.workloadSets.get(host('b'))).toBe(before.workloadSets.get(host('b')));
    expect(after.workloadSets.get(host('a'))?.serviceAccounts).toBe(
      before.workloadSets.get(host('a'))?.serviceAccounts,
    );
    expect(after.services).toBe(before.services);
  });

  it('and back gives a snapshot that says the same', () => {
    const before = start();
    const added = virtualService('b', { http: [{ match: [{ sourceLabels: { tier: 'x' } }], route: [] }] });
    const back = applyChanges(upsert(before, added), { deletes: [resourceKeyOf(added)] });
    expect([...back.virtualServices.exact]).toEqual([...before.virtualServices.exact]);
    expect(back.sourceLabelKeys).toEqual([]);
    expect(back.resources.size).toBe(before.resources.size);
  });

  it('of something that is not there is none', () => {
    const snapshot = start();
    const deletes = [{ group: '', kind: 'Service', namespace: 'x', name: 'nobody' }];
    expect(applyChanges(snapshot, { deletes, workloads: { deletes: [{ namespace: 'x', name: 'nobody' }] } })).toBe(
      snapshot,
    );
  });
});

describe('workloads of a service', () => {
  it('follow labels of workloads and selectors of services', () => {
    let snapshot = applyChanges(start(), { workloads: { upserts: [workload('a1', { app: 'b' })] } });
    expect([members(snapshot, 'a'), members(snapshot, 'b')]).toEqual([[], ['a1', 'b1']]);
    snapshot = upsert(snapshot, service('a', { app: 'b' }));
    expect(members(snapshot, 'a')).toEqual(['a1', 'b1']);
    snapshot = upsert(snapshot, service('a', {}));
    expect(members(snapshot, 'a')).toBeUndefined();
  });

  it('are found whatever comes first, service or workload', () => {
    const upserts = Array.from({ length: 20 }, (_, i) => service(`s${i}`, { app: 'a', tier: String(i % 2) }));
    const workloads = { upserts: [workload('w', { app: 'a', tier: '1' })] };
    const together = applyChanges(emptySnapshot(), { upserts, workloads });
    const later = applyChanges(applyChanges(emptySnapshot(), { workloads }), { upserts });
    for (const snapshot of [together, later])
      expect([members(snapshot, 's0'), members(snapshot, 's1')]).toEqual([[], ['w']]);
    expect(servicesOfWorkload(together, workload('w', { app: 'a', tier: '1' }))).toHaveLength(10);
  });

  it('are those of WorkloadEntries where no live one has the name', () => {
    const entry: KnownResource = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'WorkloadEntry',
      metadata: { name: 'a1', namespace: 'x' },
      spec: { address: '10.9.9.9', labels: { app: 'a' } },
    };
    const address = (snapshot: MeshSnapshot) => snapshot.workloads.get('x/a1')?.addresses[0];
    const both = upsert(start(), entry);
    expect(address(both)).toBe('10.0.0.1');
    expect(address(applyChanges(both, { workloads: { deletes: [{ namespace: 'x', name: 'a1' }] } }))).toBe('10.9.9.9');
  });
});

describe('scopes', () => {
  const proxy = (labels: Record<string, string>, more: Partial<Proxy> = {}): Proxy => ({
    ...{
      id: 'p.x',
      role: 'sidecar',
      dataPlane: 'envoy',
      namespace: 'x',
      serviceAccount: 's',
      workload: 'p',
      labels,
      cluster: 'c',
    },
    ...{ network: '', locality: '', version: '1', features: [], interception: { mode: 'REDIRECT' }, ...more },
  });
  const asking = upsert(
    start(),
    virtualService('b', { http: [{ match: [{ sourceLabels: { tier: 'x' } }], route: [] }] }),
  );
  const keyOf = (p: Proxy) => scopeKey(scopeOf(asking, p));

  it('hold only labels that some VirtualService asks for', () => {
    expect(scopeOf(start(), proxy({ tier: 'x', app: 'p' })).labels).toEqual({});
    expect(scopeOf(asking, proxy({ tier: 'x', app: 'p' })).labels).toEqual({ tier: 'x' });
  });

  it('are equal for proxies that differ in nothing that counts', () => {
    expect(keyOf(proxy({ app: '1' }))).toBe(
      keyOf(proxy({ app: '2' }, { id: 'q.x', workload: 'q', serviceAccount: 't', version: '2' })),
    );
    expect(keyOf(proxy({}, { features: ['b', 'a'] }))).toBe(keyOf(proxy({}, { features: ['a', 'b', 'a'] })));
    const different = [
      proxy({}),
      proxy({ tier: 'x' }),
      proxy({}, { namespace: 'y' }),
      proxy({}, { dataPlane: 'grpc' }),
      proxy({}, { locality: 'r' }),
    ];
    expect(new Set(different.map(keyOf)).size).toBe(different.length);
  });
});

describe('views', () => {
  it('hide what is not exported', () => {
    const hidden = service('hidden');
    const annotated = {
      ...hidden,
      metadata: { ...hidden.metadata, annotations: { 'networking.istio.io/exportTo': '.' } },
    };
    const snapshot = upsert(start(), annotated);
    const view = (namespace: string) => viewOf(snapshot, { ...scope, namespace });
    expect(view('x').services).toBe(snapshot.serviceList);
    expect(view('y').services.map((s) => s.name)).toEqual(['a', 'b']);
    expect(view('y').services).toBe(view('y').services);
    expect(view('y').service('hidden.x.svc.cluster.local')).toBeUndefined();
  });

  const scope = {
    role: 'sidecar',
    dataPlane: 'envoy',
    features: [],
    cluster: '',
    network: '',
    locality: '',
    namespace: 'x',
    labels: {},
  } as const;
});

describe('a Service', () => {
  it('has each port number once', () => {
    const twice = service('a');
    const ports = [
      { name: 'http', port: 80 },
      { name: 'again', port: 80 },
    ];
    const snapshot = upsert(emptySnapshot(), { ...twice, spec: { ...twice.spec, ports } });
    expect(snapshot.serviceList[0]?.ports).toEqual([{ name: 'http', port: 80, targetPort: 80 }]);
  });
});
