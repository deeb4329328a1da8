import { describe, expect, it } from 'vitest';
import { Cluster, hostOf, service } from '../test/cluster-fixture.ts';

const read = (spec: object, metadata: object = {}) => {
  const cluster = new Cluster();
  cluster.take({ kind: 'Service', upserts: [service('web', { ...spec }, { ...metadata })] });
  return cluster.service('web');
};

describe('a Service of the cluster', () => {
  it('becomes a service of the mesh', () => {
    expect(read({})).toEqual({
      host: hostOf('web'),
      name: 'web',
      namespace: 'shop',
      ports: [{ name: 'http', port: 80, targetPort: 'web' }],
      virtualAddress: '10.96.0.10',
      selector: { app: 'web' },
      exportTo: [],
      listed: true,
    });
  });

  it('has the addresses of both families', () => {
    const both = read({ clusterIPs: ['10.96.0.10', 'fd00::a'], ipFamilies: ['IPv4', 'IPv6'] });
    expect(both).toMatchObject({ virtualAddress: '10.96.0.10', secondaryAddress: 'fd00::a' });
    const six = read({ clusterIP: 'fd00::a', clusterIPs: ['fd00::a', '10.96.0.10'], ipFamilies: ['IPv6', 'IPv4'] });
    expect(six).toMatchObject({ virtualAddress: 'fd00::a', secondaryAddress: '10.96.0.10' });
  });

  it('that is headless has no address', () => {
    const headless = read({ clusterIP: 'None', clusterIPs: ['None'] });
    expect(headless).toMatchObject({ headless: true });
    expect(headless).not.toHaveProperty('virtualAddress');
  });

  it('tells its protocol by appProtocol before the name of the port, and has TCP ports only', () => {
    const ports = [
      { name: 'grpc-api', port: 90, appProtocol: 'http2' },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'metrics', port: 91, targetPort: 9100 },
    ];
    expect(read({ ports })?.ports).toEqual([
      { name: 'grpc-api', port: 90, targetPort: 90, appProtocol: 'http2' },
      { name: 'metrics', port: 91, targetPort: 9100 },
    ]);
    expect(read({ ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] })).toBeUndefined();
  });

  it('keeps who sees it, who comes first and who counts', () => {
    const annotations = { 'networking.istio.io/exportTo': '., bank' };
    expect(read({ trafficDistribution: 'PreferClose', publishNotReadyAddresses: true }, { annotations })).toMatchObject(
      {
        exportTo: ['.', 'bank'],
        trafficDistribution: 'PreferClose',
        publishNotReady: true,
      },
    );
    expect(read({ trafficDistribution: 'PreferSameNode' })?.trafficDistribution).toBe('PreferSameZone');
  });

  it.each(['NodePort', 'LoadBalancer'])('of type %s is inside the mesh what a ClusterIP is', (type) => {
    expect(read({ type })).toEqual(read({}));
  });
});

describe('an ExternalName Service', () => {
  const alias = (name: string, externalName: string) =>
    service(name, {
      type: 'ExternalName',
      externalName,
      clusterIP: undefined,
      clusterIPs: undefined,
      ports: undefined,
    });

  it('gives the Service that it names a further host, whatever comes first', () => {
    const [first, second] = [new Cluster(), new Cluster()];
    const upserts = [alias('front', `${hostOf('web')}.`), alias('old', hostOf('front')), service('web')];
    first.take({ kind: 'Service', upserts });
    for (const one of [...upserts].reverse()) second.take({ kind: 'Service', upserts: [one] });
    for (const cluster of [first, second]) {
      expect(cluster.service('web')?.aliases).toEqual([hostOf('front'), hostOf('old')]);
      expect(cluster.service('front')).toBeUndefined();
    }
  });

  it('takes it away again, and a change of it changes that Service only', () => {
    const cluster = new Cluster();
    cluster.take({ kind: 'Service', upserts: [alias('front', hostOf('web')), service('web'), service('api')] });
    const { web, api } = { web: cluster.service('web'), api: cluster.service('api') };
    expect(cluster.take({ kind: 'Service', upserts: [alias('front', hostOf('api'))] })).toMatchObject({ services: 2 });
    expect(cluster.service('web')).not.toHaveProperty('aliases');
    expect(cluster.service('api')?.aliases).toEqual([hostOf('front')]);
    cluster.take({ kind: 'Service', deletes: [{ namespace: 'shop', name: 'front' }] });
    expect(cluster.service('api')).toEqual(api);
    expect(web?.aliases).toEqual([hostOf('front')]);
  });

  it('of a host outside, or of itself in a circle, is nothing to the mesh', () => {
    const cluster = new Cluster();
    const upserts = [alias('db', 'db.example.com'), alias('a', hostOf('b')), alias('b', hostOf('a')), service('web')];
    expect(cluster.take({ kind: 'Service', upserts })).toMatchObject({ services: 1 });
    expect(cluster.service('web')).not.toHaveProperty('aliases');
  });
});
