import type { Interception, Proxy } from '@malla/ir';
import { describe, expect, it } from 'vitest';
import { Mesh, proxyOf, reviewsHost, service } from '../../test/mesh-fixture.ts';
import { layoutOf } from '../layout.ts';
import { bind, bindDiagnostics } from './bind.ts';

const tcp = (name: string, address = '') =>
  service(name)
    .replace('name: http', 'name: tcp')
    .replace('spec:', address === '' ? 'spec:' : `spec:\n  clusterIP: ${address}`);
const at = (port: number, address = '127.0.0.1') => ({ address, port });

function bound(yaml: string, more: Partial<Proxy>) {
  const mesh = new Mesh(yaml);
  const proxy = proxyOf(more);
  const inputs = { outbound: mesh.outbound({ layout: layoutOf(proxy) }), inbound: mesh.inbound(more), proxy };
  return { listeners: bind(inputs), codes: bindDiagnostics(inputs).map((d) => d.code) };
}

describe('interception NONE', () => {
  const interception: Interception = {
    mode: 'NONE',
    outbound: [
      { host: reviewsHost, port: 9080, bind: at(1001) },
      { host: 'db.default.svc.cluster.local', port: 9080, bind: at(1002, '::1') },
      { host: 'unknown.default.svc.cluster.local', port: 9080, bind: at(1003) },
      { host: reviewsHost, port: 9080, bind: at(1001) },
    ],
    inbound: [{ targetPort: 8080, bind: at(2001, '0.0.0.0'), forwardTo: at(3001) }],
    httpProxy: at(4001),
  };

  it('has one listener for each declared bind', () => {
    const { listeners } = bound(service('reviews') + tcp('db'), { interception });
    expect(listeners).toMatchObject([
      {
        kind: 'outbound-http',
        name: '127.0.0.1_1001',
        bind: at(1001),
        bindToPort: true,
        routeConfig: `${reviewsHost}:9080`,
      },
      {
        kind: 'outbound-tcp',
        name: '::1_1002',
        bindToPort: true,
        cluster: 'outbound|9080||db.default.svc.cluster.local',
      },
      { kind: 'outbound-http', name: '127.0.0.1_4001', routeConfig: 'http_proxy' },
      {
        kind: 'inbound',
        name: '0.0.0.0_2001',
        forwardTo: at(3001),
        port: { targetPort: 8080, protocol: 'http' },
        trustDomains: ['cluster.local'],
      },
    ]);
  });

  it('leaves out what is not in the mesh yet, and addresses that are taken', () => {
    expect(bound(service('reviews') + tcp('db'), { interception }).codes).toEqual([
      'unknown_bind',
      'conflicting_listener',
    ]);
  });

  it('refers only to route configurations that exist', () => {
    const mesh = new Mesh(service('reviews'));
    const proxy = proxyOf({ interception });
    const outbound = mesh.outbound({ layout: layoutOf(proxy) });
    const names = new Set(outbound.routeConfigs.map((c) => c.name));
    const referred = bind({ outbound, inbound: mesh.inbound({ interception }), proxy }).flatMap((l) =>
      'routeConfig' in l ? [l.routeConfig] : [],
    );
    expect(referred.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('interception REDIRECT', () => {
  it('has the virtual listeners, one of each HTTP port, and one of each TCP address', () => {
    const { listeners } = bound(service('a') + service('b') + tcp('db', '10.0.0.9'), {});
    expect(listeners.map((l) => [l.kind, l.name, 'bindToPort' in l ? l.bindToPort : undefined])).toEqual([
      ['virtual-outbound', 'virtualOutbound', undefined],
      ['virtual-inbound', 'virtualInbound', undefined],
      ['outbound-http', '0.0.0.0_9080', false],
      ['outbound-tcp', '10.0.0.9_9080', false],
    ]);
  });

  it('takes both families where the workload has both', () => {
    const yaml = service('a') + tcp('b', '10.0.0.9') + tcp('c', 'fd00::9');
    const places = (listeners: ReturnType<typeof bound>['listeners']) =>
      listeners.map((l) => [l.name, 'alsoBind' in l ? l.alsoBind : undefined]);
    expect(places(bound(yaml, { interception: { mode: 'REDIRECT', ipv6: true } }).listeners)).toEqual([
      ['virtualOutbound', at(15_001, '::')],
      ['virtualInbound', at(15_006, '::')],
      ['0.0.0.0_9080', at(9080, '::')],
      ['10.0.0.9_9080', undefined],
      ['fd00::9_9080', undefined],
    ]);
    expect(places(bound(yaml, { interception: { mode: 'REDIRECT' } }).listeners)).toEqual([
      ['virtualOutbound', undefined],
      ['virtualInbound', undefined],
      ['0.0.0.0_9080', undefined],
      ['10.0.0.9_9080', undefined],
    ]);
  });

  it('leaves out services on ports or addresses that Envoy has a listener on', () => {
    const onPort = (yaml: string, port: number) => yaml.replace('port: 9080', `port: ${port}`);
    const own = [15_001, 15_006, 15_021, 15_090].map((port) => onPort(service(`a${port}`), port)).join('');
    const same = tcp('b', '0.0.0.0') + tcp('c', "'::'") + tcp('d', 'fd00::9') + tcp('e', 'FD00:0::9');
    const { listeners, codes } = bound(own + service('h') + same, { interception: { mode: 'REDIRECT', ipv6: true } });
    expect(listeners.slice(2).map(({ name }) => name)).toEqual(['0.0.0.0_9080', 'fd00::9_9080']);
    expect(codes).toEqual(Array.from({ length: 7 }, () => 'conflicting_listener'));
    expect(bound(onPort(tcp('v', '10.0.0.9'), 15_001), {}).listeners.map(({ name }) => name)).toContain(
      '10.0.0.9_15001',
    );
  });

  it('refuses what is not in the mesh where only the registry counts', () => {
    const virtualOutbound = (policy: 'ALLOW_ANY' | 'REGISTRY_ONLY') => {
      const mesh = new Mesh(service('a'), [], { outboundTrafficPolicy: policy });
      const proxy = proxyOf();
      return bind({ outbound: mesh.outbound({ layout: layoutOf(proxy) }), inbound: mesh.inbound(), proxy })[0];
    };
    expect(virtualOutbound('REGISTRY_ONLY')).toMatchObject({ kind: 'virtual-outbound', refusesUnknown: true });
    expect(virtualOutbound('ALLOW_ANY')).not.toHaveProperty('refusesUnknown');
  });

  it('keeps the listeners of the families apart', () => {
    const mesh = new Mesh(service('a'));
    const make = (ipv6: boolean) => {
      const proxy = proxyOf({ interception: { mode: 'REDIRECT', ipv6 } });
      return bind({ outbound: mesh.outbound({ layout: layoutOf(proxy) }), inbound: mesh.inbound(), proxy })[2];
    };
    expect([make(true), make(false), make(true)].map((l) => l !== undefined && 'alsoBind' in l)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('tells of TCP services that nothing tells apart', () => {
    expect(bound(tcp('a') + tcp('b'), {})).toMatchObject({
      codes: ['conflicting_listener'],
      listeners: [{}, {}, { cluster: expect.stringContaining('a.default') }],
    });
    expect(bound(service('a') + tcp('b'), {}).codes).toEqual(['conflicting_listener']);
  });

  it('keeps listeners while services stay', () => {
    const mesh = new Mesh(service('a'));
    const make = () =>
      bind({ outbound: mesh.outbound({ layout: layoutOf(proxyOf()) }), inbound: mesh.inbound(), proxy: proxyOf() });
    expect(make()[2]).toBe(make()[2]);
  });
});

describe('a gRPC client', () => {
  it('has an API listener for each HTTP service', () => {
    const { listeners } = bound(service('reviews') + tcp('db'), { dataPlane: 'grpc' });
    expect(listeners).toEqual([{ kind: 'api', name: `${reviewsHost}:9080`, routeConfig: `${reviewsHost}:9080` }]);
  });
});
