import { describe, expect, it } from 'vitest';
import { Cluster, node, pod } from '../test/cluster-fixture.ts';

const read = (more: Parameters<typeof pod>[2] = {}, name = 'web-6d4cf56db6-x2x4z') => {
  const cluster = new Cluster();
  cluster.take({ kind: 'Pod', upserts: [pod(name, '10.1.0.1', more)] }, { kind: 'Node', upserts: [node] });
  return cluster.workload(name);
};

describe('a Pod', () => {
  it('becomes a workload of its own name', () => {
    const ownerReferences = [{ kind: 'ReplicaSet', name: 'web-6d4cf56db6', controller: true }];
    const labels = { app: 'web', 'pod-template-hash': '6d4cf56db6' };
    expect(read({ metadata: { labels, ownerReferences } })).toEqual({
      name: 'web-6d4cf56db6-x2x4z',
      namespace: 'shop',
      serviceAccount: 'web',
      labels,
      addresses: ['10.1.0.1'],
      ports: { web: 8080 },
      network: '',
      locality: 'eu/eu-1/rack-7',
      cluster: 'Kubernetes',
      weight: 1,
      mutualTls: true,
      healthy: true,
      pod: true,
      workloadName: 'web',
    });
  });

  it.each([
    ['a ReplicaSet of nobody', { kind: 'ReplicaSet', name: 'web' }, {}, 'web'],
    ['a StatefulSet', { kind: 'StatefulSet', name: 'db' }, {}, 'db'],
    ['a Job', { kind: 'Job', name: 'import' }, {}, 'import'],
    ['a CronJob', { kind: 'Job', name: 'nightly-28371120' }, {}, 'nightly'],
    ['a Rollout', { kind: 'ReplicaSet', name: 'web-abc' }, { 'rollouts-pod-template-hash': 'abc' }, 'web'],
    ['what its label says', { kind: 'StatefulSet', name: 'db' }, { 'service.istio.io/workload-name': 'x' }, 'x'],
  ])('of %s is shown by that name', (_, owner, labels, expected) => {
    expect(read({ metadata: { labels, ownerReferences: [{ ...owner, controller: true }] } })?.workloadName).toBe(
      expected,
    );
  });

  it('of nobody is shown by its own', () => {
    const owner = { kind: 'Node', name: 'node-1', controller: false };
    expect(read({ metadata: { ownerReferences: [owner] } })).not.toHaveProperty('workloadName');
  });

  it.each([
    ['a sidecar among the containers', {}, {}, true],
    ['no sidecar', { containers: [{ name: 'app' }] }, {}, false],
    [
      'a native sidecar',
      { containers: [{ name: 'app' }], initContainers: [{ name: 'istio-proxy', restartPolicy: 'Always' }] },
      {},
      true,
    ],
    [
      'an init container that ends',
      { containers: [{ name: 'app' }], initContainers: [{ name: 'istio-proxy' }] },
      {},
      false,
    ],
    ["its node's network", { hostNetwork: true }, {}, false],
    ['a gateway', { containers: [{ name: 'istio-proxy', args: ['proxy', 'router'] }] }, {}, false],
    [
      'a gateway of Malla',
      { containers: [{ name: 'istio-proxy', env: [{ name: 'MALLA_PROXY_TYPE', value: 'router' }] }] },
      {},
      false,
    ],
    ["the injector's label", { containers: [{ name: 'app' }] }, { 'security.istio.io/tlsMode': 'istio' }, true],
    ['a label against it', {}, { 'security.istio.io/tlsMode': 'disabled' }, false],
  ])('with %s: mutual TLS', (_, spec, labels, expected) => {
    expect(read({ spec, metadata: { labels } })?.mutualTls).toBe(expected);
  });

  it('is where its label says before where its node is', () => {
    expect(read({ metadata: { labels: { 'istio-locality': 'us.us-2' } } })?.locality).toBe('us/us-2');
    expect(read({ spec: { nodeName: 'elsewhere' } })?.locality).toBe('');
    expect(read({ metadata: { labels: { 'topology.istio.io/network': 'net-2' } } })?.network).toBe('net-2');
  });

  it('has the addresses of both families, and none before it is given one', () => {
    const podIPs = [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }];
    expect(read({ status: { podIPs } })?.addresses).toEqual(['10.1.0.1', 'fd00::1']);
    expect(read({ status: { phase: 'Pending', podIP: undefined, podIPs: undefined } })?.addresses).toEqual([]);
  });

  it('that is not ready or ending is known, and out of rotation; one that has ended is not known', () => {
    expect(read({ status: { conditions: [{ type: 'Ready', status: 'False' }] } })).toMatchObject({ healthy: false });
    expect(read({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })).toMatchObject({ healthy: false });
    for (const phase of ['Succeeded', 'Failed']) expect(read({ status: { phase } })).toBeUndefined();
  });

  it('moves with its node, and its updates that the mesh does not read change nothing', () => {
    const cluster = new Cluster();
    const upserts = [pod('web-1', '10.1.0.1'), pod('web-2', '10.1.0.2', { spec: { nodeName: 'node-2' } })];
    cluster.take({ kind: 'Pod', upserts }, { kind: 'Node', upserts: [node] });
    const moved = { ...node, metadata: { ...node.metadata, labels: { 'topology.kubernetes.io/region': 'asia' } } };
    expect(cluster.take({ kind: 'Node', upserts: [moved] })).toEqual({ pods: 1, services: 0, endpoints: 0 });
    expect(cluster.workload('web-1')?.locality).toBe('asia');
    const before = cluster.snapshot;
    const restarted = pod('web-1', '10.1.0.1', { status: { startTime: '2026-01-01T00:00:00Z' } });
    expect(cluster.take({ kind: 'Pod', upserts: [restarted] }, { kind: 'Node', upserts: [moved] }).pods).toBe(0);
    expect(cluster.snapshot).toBe(before);
  });
});
