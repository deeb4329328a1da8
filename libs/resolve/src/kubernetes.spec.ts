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

  it('of TCP has a listener for each address, and none when it is headless', () => {
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
    expect(listeners({ headless: true }, false)).toEqual([]);
    expect(listeners({}, false)).toEqual(['0.0.0.0_5432']);
  });
});
