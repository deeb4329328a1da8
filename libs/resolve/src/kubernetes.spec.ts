import { applyChanges, type KubernetesChanges, type MeshService, type MeshWorkload } from '@malla/snapshot';
import { describe, expect, it } from 'vitest';
import { Mesh, proxyOf, workload } from '../test/mesh-fixture.ts';
import { bind } from './index.ts';

const host = 'shop.default.svc.cluster.local';

function service(more: Partial<MeshService> = {}): MeshService {
  return {
    ...{ host, name: 'shop', namespace: 'default', selector: { app: 'shop' }, exportTo: [], listed: true },
    ports: [{ name: 'http', port: 9080, targetPort: 'web' }],
    ...more,
  };
}

function meshOf(kubernetes: KubernetesChanges): Mesh {
  const mesh = new Mesh('', []);
  mesh.snapshot = applyChanges(mesh.snapshot, { kubernetes });
  return mesh;
}

const listed = (name: string, more: Partial<MeshWorkload> = {}) =>
  workload(name, { app: 'shop' }, { ports: { http: 8080 }, pod: true, listed: true, ...more });
const endpointsOf = (mesh: Mesh, locality = '') => {
  const scope = { namespace: 'default', layout: { perService: true, perPort: true, httpProxy: true } };
  return mesh
    .outbound({ ...scope, locality })
    .endpoints.find(({ cluster }) => cluster === `outbound|9080||${host}`)
    ?.localities.flatMap(({ locality: at, priority = 0, endpoints }) =>
      endpoints.map((e) => ({
        at,
        priority,
        address: `${e.address}:${e.port}`,
        healthy: e.healthy,
        workload: e.workload.name,
      })),
    );
};

describe('a Service of Kubernetes', () => {
  it('is called by its names, its addresses and the names of ExternalName Services, the short ones of their own namespace', () => {
    const aliases = ['front.web.svc.cluster.local'];
    const mesh = meshOf({
      services: { upserts: [service({ virtualAddress: '10.96.0.1', secondaryAddress: 'fd00::1', aliases })] },
    });
    const domains = (namespace: string) => mesh.virtualHost(host, { namespace })?.domains;
    const own = [host, 'shop', 'shop.default', 'shop.default.svc'];
    const front = ['front.web.svc.cluster.local', 'front.web', 'front.web.svc'];
    expect(domains('default')).toEqual([...own, ...front, '10.96.0.1', '[fd00::1]']);
    expect(domains('web')).toContain('front');
    expect(domains('web')).not.toContain('shop');
    expect(domains('elsewhere')).toEqual(expect.not.arrayContaining(['front', 'shop']));
  });

  it('has the endpoints that its slices list, at their ports, shown as what they are instances of', () => {
    const mesh = meshOf({
      services: { upserts: [service()] },
      pods: { upserts: [workload('shop-1-x', { app: 'shop' }, { pod: true, ports: { web: 1, http: 2 } })] },
      endpoints: new Map([[host, [listed('shop-1-x', { workloadName: 'shop-1' }), listed('y', { healthy: false })]]]),
    });
    expect(endpointsOf(mesh)).toEqual([
      { at: '', priority: 0, address: '10.1.0.1:8080', healthy: true, workload: 'shop-1' },
      { at: '', priority: 0, address: '10.1.0.1:8080', healthy: false, workload: 'y' },
    ]);
  });

  it('without the port in a slice has no endpoint there, even where another port has the name of the target', () => {
    const mesh = meshOf({
      services: { upserts: [service()] },
      endpoints: new Map([[host, [listed('x', { ports: { web: 9000 } })]]]),
    });
    expect(endpointsOf(mesh)).toEqual([]);
  });

  it('with trafficDistribution is used near the client first', () => {
    const at = (name: string, locality: string) => listed(name, { locality });
    const endpoints = new Map([[host, [at('a', 'eu/eu-1'), at('b', 'eu/eu-2'), at('c', 'us/us-1')]]]);
    const priorities = (more: Partial<MeshService>, locality: string) =>
      endpointsOf(meshOf({ services: { upserts: [service(more)] }, endpoints }), locality)?.map((e) => e.priority);
    expect(priorities({ trafficDistribution: 'PreferClose' }, 'eu/eu-1')).toEqual([0, 1, 2]);
    expect(priorities({ trafficDistribution: 'PreferSameZone' }, 'us/us-2/rack')).toEqual([1, 1, 0]);
    expect(priorities({ trafficDistribution: 'PreferClose' }, '')).toEqual([0, 0, 0]);
    expect(priorities({}, 'eu/eu-1')).toEqual([0, 0, 0]);
  });

  it('of TCP has a listener for each address', () => {
    const tcp = { ports: [{ name: 'tcp', port: 5432, targetPort: 5432 }] };
    const listeners = (more: Partial<MeshService>, ipv6: boolean) => {
      const mesh = meshOf({ services: { upserts: [service({ ...tcp, ...more })] } });
      const proxy = proxyOf({ interception: { mode: 'REDIRECT', ipv6 } });
      const inputs = { outbound: mesh.outbound(), inbound: mesh.inbound(), proxy };
      return bind(inputs).flatMap((listener) => (listener.kind === 'outbound-tcp' ? [listener.name] : []));
    };
    const addresses = { virtualAddress: '10.96.0.1', secondaryAddress: 'fd00::1' };
    expect(listeners(addresses, true)).toEqual(['10.96.0.1_5432', 'fd00::1_5432']);
    expect(listeners(addresses, false)).toEqual(['10.96.0.1_5432']);
    expect(listeners({}, false)).toEqual(['0.0.0.0_5432']);
  });

  it('that is headless sends TCP where it was going, to each workload with its own TLS', () => {
    const tcp = service({ headless: true, ports: [{ name: 'tcp', port: 5432, targetPort: 5432 }] });
    const at = (name: string, address: string, mutualTls: boolean) =>
      listed(name, { ports: { tcp: 5432 }, addresses: [address], mutualTls });
    const endpoints = new Map([[host, [at('db-0', '10.1.0.1', true), at('db-1', '10.1.0.2', false)]]]);
    const mesh = meshOf({ services: { upserts: [tcp] }, endpoints });
    const cluster = `outbound|5432||${host}`;
    const captured = { layout: { perService: false, perPort: true, httpProxy: false } };
    const bound = () =>
      bind({ outbound: mesh.outbound(captured), inbound: mesh.inbound(), proxy: proxyOf() }).flatMap((listener) =>
        listener.kind === 'outbound-tcp' ? [[listener.name, listener.cluster]] : [],
      );
    expect(bound()).toEqual([
      ['10.1.0.1_5432', cluster],
      ['10.1.0.2_5432', 'PassthroughCluster'],
    ]);
    const destination = (client: object) => mesh.outbound(client).destinations.find(({ name }) => name === cluster);
    expect(destination(captured)).toMatchObject({ originalDestination: true, tls: { kind: 'mesh' } });
    expect(destination({ layout: { perService: true, perPort: false, httpProxy: false } })).not.toHaveProperty(
      'originalDestination',
    );
    // One workload more is one listener more; nothing more costs nothing.
    const before = mesh.outbound(captured);
    mesh.snapshot = applyChanges(mesh.snapshot, { kubernetes: { endpoints: new Map([['other', []]]) } });
    expect(mesh.outbound(captured)).toBe(before);
    const more = [...(endpoints.get(host) ?? []), at('db-2', '10.1.0.3', true)];
    mesh.snapshot = applyChanges(mesh.snapshot, { kubernetes: { endpoints: new Map([[host, more]]) } });
    expect(bound().map(([name]) => name)).toEqual(['10.1.0.1_5432', '10.1.0.2_5432', '10.1.0.3_5432']);
    expect(destination(captured)).toBe(before.destinations.find(({ name }) => name === cluster));
  });
});
