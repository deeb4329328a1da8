import type { ForwardIr } from '@malla/ir';
import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, reviewsHost, reviewsRoutes, service } from '../../test/mesh-fixture.ts';

const virtualService = (name: string, spec: string, more = '') => `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: default${more} }
spec: ${spec}`;
const named = (name: string, host: string, more = '') =>
  virtualService(
    name,
    `{ hosts: ['${host}'], http: [{ name: ${name}, route: [{ destination: { host: ratings } }] }]${more} }`,
  );
const born = (minute: number) => `, creationTimestamp: '2026-01-01T00:0${minute}:00Z'`;
const routeNames = (mesh: Mesh, namespace = 'default', host = reviewsHost) =>
  mesh.routes({ namespace }, host).map((route) => route.name);

describe('which VirtualService routes a host', () => {
  it('is the oldest, then the first by name; the others are told', () => {
    const young = named('a', 'reviews').replace('default }', `default${born(2)} }`);
    const old = named('z', 'reviews').replace('default }', `default${born(1)} }`);
    const mesh = new Mesh(bookinfo + young + old);
    expect(routeNames(mesh)).toEqual(['z']);
    expect(mesh.diagnostics()).toMatchObject([{ code: 'duplicate_host', origin: { name: 'a' } }]);
    expect(routeNames(new Mesh(bookinfo + named('b', 'reviews') + named('a', 'reviews')))).toEqual(['a']);
  });

  it('is the most specific', () => {
    const mesh = new Mesh(
      bookinfo + named('all', '*') + named('cluster', '*.cluster.local') + named('exact', 'reviews'),
    );
    expect([routeNames(mesh), routeNames(mesh, 'default', 'ratings.default.svc.cluster.local')]).toEqual([
      ['exact'],
      ['cluster'],
    ]);
  });

  it('is one that the client sees', () => {
    const mesh = new Mesh(
      bookinfo + named('own', 'reviews', ", exportTo: ['.']") + named('other', 'reviews', ', exportTo: [other]'),
    );
    expect(['default', 'other', 'third'].map((namespace) => routeNames(mesh, namespace))).toEqual([
      ['own'],
      ['other'],
      ['default'],
    ]);
  });

  it('is one for sidecars', () => {
    expect(routeNames(new Mesh(bookinfo + named('edge', 'reviews', ', gateways: [edge]')))).toEqual(['default']);
    expect(routeNames(new Mesh(bookinfo + named('both', 'reviews', ', gateways: [edge, mesh]')))).toEqual(['both']);
  });

  it('leaves a request that it does not match without a route', () => {
    const mesh = new Mesh(
      bookinfo + reviewsRoutes('- match: [{ uri: { exact: /only } }]\n  route: [{ destination: { host: reviews } }]'),
    );
    expect(mesh.routes()).toHaveLength(1);
  });
});

describe('domains of a virtual host', () => {
  it('are the names that mean the service to the client, and its address', () => {
    const mesh = new Mesh(
      service('reviews').replace('spec:', 'spec:\n  clusterIP: 10.0.0.7') +
        service('six').replace('spec:', 'spec:\n  clusterIP: fd00::7'),
    );
    expect(mesh.virtualHost()?.domains).toEqual([
      reviewsHost,
      'reviews',
      'reviews.default',
      'reviews.default.svc',
      '10.0.0.7',
    ]);
    expect(mesh.virtualHost(reviewsHost, { namespace: 'other' })?.domains).toEqual([
      reviewsHost,
      'reviews.default',
      'reviews.default.svc',
      '10.0.0.7',
    ]);
    expect(mesh.virtualHost('six.default.svc.cluster.local')?.domains).toContain('[fd00::7]');
  });

  it('occur once in a route configuration', () => {
    const twin = (name: string) => service(name).replace('spec:', 'spec:\n  clusterIP: 10.0.0.7');
    const mesh = new Mesh(twin('a') + twin('b'));
    expect(mesh.virtualHost('b.default.svc.cluster.local')?.domains).not.toContain('10.0.0.7');
    const told = () =>
      mesh.diagnostics({ layout: { perService: false, perPort: true, httpProxy: false } }).map((d) => d.code);
    expect(told()).toEqual(['duplicate_domain']);
    mesh.apply(service('c'));
    expect(told()).toEqual(['duplicate_domain']);
  });

  it('of a service alone are every domain', () => {
    const own = new Mesh().outbound().routeConfigs.find((c) => c.name === `${reviewsHost}:9080`);
    expect(own?.virtualHosts).toMatchObject([{ name: `${reviewsHost}:9080`, domains: ['*'] }]);
  });

  it('of a host that is no service are served on port 80', () => {
    const mesh = new Mesh(bookinfo + named('api', 'api.example.com') + named('web', '*.example.org'));
    const config = mesh.outbound().routeConfigs.find((c) => c.name === '80');
    expect(config?.virtualHosts.map((v) => v.domains)).toEqual([['*.example.org'], ['api.example.com'], ['*']]);
    expect((config?.virtualHosts[1]?.routes[0]?.action as ForwardIr).destinations[0]?.cluster).toBe(
      'outbound|9080||ratings.default.svc.cluster.local',
    );
  });
});

describe('layouts', () => {
  const names = (mesh: Mesh, layout: { perService: boolean; perPort: boolean; httpProxy: boolean }) =>
    mesh.outbound({ layout }).routeConfigs.map((c) => c.name);

  it('make only the route configurations that are asked for', () => {
    const mesh = new Mesh(service('a') + service('b'));
    expect(names(mesh, { perService: true, perPort: false, httpProxy: false })).toEqual([
      'a.default.svc.cluster.local:9080',
      'b.default.svc.cluster.local:9080',
    ]);
    expect(names(mesh, { perService: false, perPort: true, httpProxy: false })).toEqual(['9080']);
    expect(names(mesh, { perService: false, perPort: false, httpProxy: true })).toEqual(['http_proxy']);
  });

  it('tell ports apart by the Host header in the HTTP proxy', () => {
    const two = service('two').replace('ports: [', 'ports: [{ name: http-b, port: 80 }, ');
    const config = new Mesh(service('one') + two).outbound().routeConfigs.find((c) => c.name === 'http_proxy');
    expect(config?.matchPorts).toBe(true);
    expect(config?.virtualHosts.map((v) => v.domains.filter((d) => /^(one|two)(:|$)/.test(d)))).toEqual([
      ['one', 'one:9080'],
      ['two', 'two:80'],
      ['two:9080'],
      [],
    ]);
    expect(config?.virtualHosts.at(-1)?.name).toBe('block_all');
  });

  it('end with the mesh policy for unknown hosts', () => {
    const last = (mesh: Mesh) =>
      mesh
        .outbound()
        .routeConfigs.find((c) => c.name === '9080')
        ?.virtualHosts.at(-1)?.name;
    expect(last(new Mesh())).toBe('allow_any');
    expect(last(new Mesh(bookinfo, [], { outboundTrafficPolicy: 'REGISTRY_ONLY' }))).toBe('block_all');
  });
});
