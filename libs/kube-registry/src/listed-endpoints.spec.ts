import { applyChanges } from '@malla/snapshot';
import { describe, expect, it } from 'vitest';
import { Cluster, hostOf, node, pod, service, slice, type EndpointFixture } from '../test/cluster-fixture.ts';

const web1: EndpointFixture = { addresses: ['10.1.0.1'], pod: 'web-1' };
const web2: EndpointFixture = { addresses: ['10.1.0.2'], pod: 'web-2' };
const slices = (...upserts: ReturnType<typeof slice>[]) => ({ kind: 'EndpointSlice' as const, upserts });

function start(...endpoints: readonly EndpointFixture[]): Cluster {
  const cluster = new Cluster();
  cluster.take(
    { kind: 'Service', upserts: [service('web')] },
    { kind: 'Pod', upserts: [pod('web-1', '10.1.0.1'), pod('web-2', '10.1.0.2')] },
    slices(slice('web', 'a', endpoints)),
  );
  return cluster;
}

const shown = (cluster: Cluster, name = 'web') =>
  cluster.members(name).map(({ name: member, addresses, ports, healthy }) => ({ member, addresses, ports, healthy }));

describe('endpoints of a Service', () => {
  it('are those of its slices, with identity and labels of their Pods', () => {
    const cluster = start(web1);
    expect(shown(cluster)).toEqual([
      { member: 'web-1', addresses: ['10.1.0.1'], ports: { http: 8080 }, healthy: true },
    ]);
    expect(cluster.members('web')[0]).toMatchObject({ labels: { app: 'web' }, serviceAccount: 'web', mutualTls: true });
    expect(cluster.snapshot.workloadSets.get(hostOf('web'))?.serviceAccounts).toEqual(['web']);
  });

  it('of several slices are put together; a place in two is one, ready if one says so', () => {
    const cluster = start(web1);
    const stale = { ...web1, conditions: { ready: false } };
    cluster.take(slices(slice('web', 'b', [stale, web2])));
    expect(shown(cluster).map(({ member, healthy }) => [member, healthy])).toEqual([
      ['web-1', true],
      ['web-2', true],
    ]);
    cluster.take({ kind: 'EndpointSlice', deletes: [{ namespace: 'shop', name: 'web-a' }] });
    expect(shown(cluster).map(({ member, healthy }) => [member, healthy])).toEqual([
      ['web-1', false],
      ['web-2', true],
    ]);
  });

  it('have one place for both families, the first of the Service first', () => {
    const six = slice('web', 'six', [{ ...web1, addresses: ['fd00::1'] }], { addressType: 'IPv6' });
    const cluster = start(web1);
    cluster.take(slices(six));
    expect(shown(cluster)[0]?.addresses).toEqual(['10.1.0.1', 'fd00::1']);
    cluster.take({ kind: 'Service', upserts: [service('web', { ipFamilies: ['IPv6', 'IPv4'] })] });
    expect(shown(cluster)[0]?.addresses).toEqual(['fd00::1', '10.1.0.1']);
  });

  it('have the port that each slice says: one name may lead to another number in each Pod', () => {
    const cluster = start(web1);
    cluster.take(slices(slice('web', 'b', [web2], { ports: [{ name: 'http', port: 9090 }] })));
    expect(shown(cluster).map(({ ports }) => ports)).toEqual([{ http: 8080 }, { http: 9090 }]);
  });

  it('wait for their Pod, and go with it', () => {
    const cluster = new Cluster();
    cluster.take({ kind: 'Service', upserts: [service('web')] }, slices(slice('web', 'a', [web1])));
    expect(shown(cluster)).toEqual([]);
    expect(cluster.registry.figures.endpointsWithoutPod).toBe(1);
    expect(cluster.take({ kind: 'Pod', upserts: [pod('web-1', '10.1.0.1')] })).toEqual({
      pods: 1,
      services: 0,
      endpoints: 1,
    });
    expect(shown(cluster)).toHaveLength(1);
    cluster.take({ kind: 'Pod', deletes: [{ namespace: 'shop', name: 'web-1' }] });
    expect(shown(cluster)).toEqual([]);
    expect(cluster.workload('web-1')).toBeUndefined();
  });

  it('without a Pod are addresses: a Service without selector leads outside', () => {
    const cluster = new Cluster();
    cluster.take(
      { kind: 'Service', upserts: [service('db', { selector: undefined })] },
      { kind: 'Node', upserts: [node] },
      slices(
        slice('db', 'x', [{ addresses: ['192.0.2.7'], nodeName: 'node-1' }], { ports: [{ name: 'http', port: 5432 }] }),
      ),
    );
    expect(cluster.members('db')).toEqual([
      expect.objectContaining({
        addresses: ['192.0.2.7'],
        ports: { http: 5432 },
        mutualTls: false,
        locality: 'eu/eu-1/rack-7',
      }),
    ]);
    expect(cluster.snapshot.workloadSets.get(hostOf('db'))?.serviceAccounts).toEqual([]);
  });

  it('that name no Pod are the Pod of their address', () => {
    const cluster = start();
    cluster.take({ kind: 'Service', upserts: [service('own', { selector: undefined })] });
    cluster.take(slices(slice('own', 'x', [{ addresses: ['10.1.0.1'] }])));
    expect(cluster.members('own')).toEqual([expect.objectContaining({ name: 'web-1', mutualTls: true })]);
    cluster.take({ kind: 'Pod', upserts: [pod('web-1', '10.1.0.1', { spec: { hostNetwork: true } })] });
    expect(cluster.members('own')).toEqual([expect.objectContaining({ name: 'address/10.1.0.1', mutualTls: false })]);
  });

  it('of other workloads that the selector asks for are there as well: virtual machines', () => {
    const cluster = start(web1);
    const vm = {
      ...{ name: 'vm-1', namespace: 'shop', serviceAccount: 'web', labels: { app: 'web' }, addresses: ['10.9.0.1'] },
      ...{ ports: { http: 80 }, network: '', locality: '', cluster: '', weight: 1, mutualTls: true, healthy: true },
    };
    cluster.snapshot = applyChanges(cluster.snapshot, { workloads: { upserts: [vm, { ...vm, name: 'web-1' }] } });
    expect(cluster.members('web').map(({ name, pod: isPod }) => [name, isPod])).toEqual([
      ['vm-1', undefined],
      ['web-1', true],
    ]);
    // The Pod hid a registration of its name; without the Pod that counts.
    cluster.take({ kind: 'Pod', deletes: [{ namespace: 'shop', name: 'web-1' }] }, slices(slice('web', 'a', [])));
    expect(cluster.members('web').map(({ name, pod: isPod }) => [name, isPod])).toEqual([
      ['vm-1', undefined],
      ['web-1', undefined],
    ]);
  });
});

describe('rotation', () => {
  const conditions = (ready: boolean, terminating = false) => ({ ready, serving: ready || terminating, terminating });

  it('is left by what is not ready, and for good by what is ending', () => {
    const cluster = start(web1, web2);
    cluster.take(
      slices(
        slice('web', 'a', [
          { ...web1, conditions: conditions(false) },
          { ...web2, conditions: conditions(false, true) },
        ]),
      ),
    );
    expect(shown(cluster).map(({ member, healthy }) => [member, healthy])).toEqual([['web-1', false]]);
    expect(cluster.registry.figures.endpointsNotReady).toBe(1);
    expect(cluster.workload('web-2')).toBeDefined();
  });

  it('is left at once, before the slice says so', () => {
    const cluster = start(web1, web2);
    const unready = pod('web-1', '10.1.0.1', { status: { conditions: [{ type: 'Ready', status: 'False' }] } });
    const ending = pod('web-2', '10.1.0.2', {
      metadata: { labels: { app: 'web' }, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    cluster.take({ kind: 'Pod', upserts: [unready, ending] });
    expect(shown(cluster).map(({ member, healthy }) => [member, healthy])).toEqual([['web-1', false]]);
  });

  it('has also what is not ready where the Service says so', () => {
    const cluster = start(web1);
    cluster.take(
      { kind: 'Service', upserts: [service('web', { publishNotReadyAddresses: true })] },
      { kind: 'Pod', upserts: [pod('web-1', '10.1.0.1', { status: { conditions: [] } })] },
    );
    expect(shown(cluster)).toMatchObject([{ member: 'web-1', healthy: true }]);
  });

  it('is what the slice says where somebody else keeps it', () => {
    const cluster = new Cluster();
    const kept = slice('web', 'a', [web1]);
    const labels = { 'kubernetes.io/service-name': 'web' };
    cluster.take(
      { kind: 'Service', upserts: [service('web', { selector: undefined })] },
      { kind: 'Pod', upserts: [pod('web-1', '10.1.0.1', { status: { conditions: [] } })] },
      slices({ ...kept, metadata: { ...kept.metadata, labels } }),
    );
    expect(shown(cluster)).toMatchObject([{ member: 'web-1', healthy: true }]);
  });
});
