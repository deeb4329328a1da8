import type { ListenerIr, Proxy } from '@malla/ir';
import { applyChanges, scopeOf, viewOf } from '@malla/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, proxyOf, service, workload } from '../../test/mesh-fixture.ts';
import { bind } from '../bind/bind.ts';
import { layoutOf } from '../layout.ts';
import { commonHosts, serverHostOf, serverNames } from './server-hosts.ts';

const labels = { istio: 'ingressgateway' };
const router = (more: Partial<Proxy> = {}) =>
  proxyOf({
    id: 'gateway.edge',
    role: 'router',
    namespace: 'edge',
    workload: 'gateway',
    serviceAccount: 'gateway',
    labels,
    interception: { mode: 'NONE', inbound: [], outbound: [] },
    ...more,
  });

const gatewayService = `
---
apiVersion: v1
kind: Service
metadata: { name: gateway, namespace: edge }
spec:
  selector: { istio: ingressgateway }
  ports: [{ name: http, port: 80, targetPort: web }, { name: https, port: 443, targetPort: 8443 }]
`;
const gateway = (name: string, servers: string, namespace = 'default') => `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { istio: ingressgateway }, servers: [${servers}] }
`;
const http = (hosts: string, number = 80) =>
  `{ port: { number: ${number}, name: http, protocol: HTTP }, hosts: [${hosts}] }`;
const https = (hosts: string, tls: string, name = 'https') =>
  `{ port: { number: 443, name: ${name}, protocol: HTTPS }, hosts: [${hosts}], tls: { ${tls} } }`;
const routes = (name: string, more: string, to = 'reviews') => `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: default }
spec: { ${more}, http: [{ route: [{ destination: { host: ${to} } }] }] }
`;

function meshWith(yaml: string): Mesh {
  const mesh = new Mesh(bookinfo + gatewayService + yaml);
  const own = workload('gateway', labels, { namespace: 'edge', ports: { web: 18_080 }, addresses: ['10.1.0.9'] });
  mesh.snapshot = applyChanges(mesh.snapshot, { workloads: { upserts: [own] } });
  return mesh;
}

function outboundOf(mesh: Mesh, proxy = router()) {
  const view = viewOf(mesh.snapshot, scopeOf(mesh.snapshot, proxy));
  const diagnostics = mesh.resolver.outboundDiagnostics(view, layoutOf(proxy)).map(({ code }) => code);
  return { outbound: mesh.resolver.outbound(view, layoutOf(proxy)), diagnostics };
}

const routesOf = (mesh: Mesh, name: string) =>
  outboundOf(mesh).outbound.routeConfigs.find((config) => config.name === name)?.virtualHosts ?? [];

describe('a router', () => {
  it('listens where its Service leads to, at every address, in families that it has', () => {
    const mesh = meshWith(gateway('web', `${http("'*'")}, ${http("'*'", 8888)}`));
    const inputs = { ...outboundOf(mesh), inbound: mesh.resolver.inbound(mesh.snapshot, router()) };
    const placesOf = (proxy: Proxy) => bind({ ...inputs, proxy }).map((listener) => [listener.name, alsoOf(listener)]);
    expect(placesOf(router())).toEqual([
      ['0.0.0.0_8888', undefined],
      ['0.0.0.0_18080', undefined],
    ]);
    expect(placesOf(router({ interception: { mode: 'NONE', inbound: [], outbound: [], ipv6: true } }))).toEqual([
      ['0.0.0.0_8888', '::'],
      ['0.0.0.0_18080', '::'],
    ]);
    expect(outboundOf(mesh).outbound.routeConfigs.map(({ name }) => name)).toEqual(['http.8888', 'http.18080']);
  });

  it('has nothing of Gateways for others, and no routes of sidecars', () => {
    const mesh = meshWith(gateway('web', http("'*'")));
    const { outbound } = outboundOf(mesh, router({ labels: { istio: 'egressgateway' } }));
    expect(outbound).toMatchObject({ gateway: { ports: [] }, routeConfigs: [], services: [] });
    expect(outbound.destinations).not.toEqual([]);
    expect(mesh.outbound()).not.toHaveProperty('gateway');
  });

  it('gives each HTTPS server routes of its own, by Istio’s names', () => {
    const tls = 'mode: SIMPLE, credentialName: a';
    const mesh = meshWith(
      gateway('web', `${https('a.example', tls)}, ${https('b.example', tls, 'other')}`) +
        routes('a', "hosts: [a.example, b.example], gateways: ['./web', 'web.default.svc.cluster.local']"),
    );
    const { outbound, diagnostics } = outboundOf(mesh);
    expect(
      outbound.routeConfigs.map(({ name, virtualHosts }) => [name, virtualHosts.map((host) => host.name)]),
    ).toEqual([
      ['https.443.https.web.default', ['a.example:443']],
      ['https.443.other.web.default', ['b.example:443']],
    ]);
    // The Secret would have to be in namespace edge.
    expect(diagnostics).toContain('dangling_credential');
  });

  it('tells of servers that an older Gateway leaves no room for', () => {
    const mesh = meshWith(
      gateway('a', http('a.example')) + gateway('b', https('x', 'mode: ISTIO_MUTUAL').replace('443', '80')),
    );
    const { outbound, diagnostics } = outboundOf(mesh);
    expect(outbound.gateway?.ports.map(({ chains }) => chains.map(({ name }) => name))).toEqual([['http.18080']]);
    expect(diagnostics).toEqual(['conflicting_server']);
  });

  it('asks for policies of its own workload', () => {
    const mesh = meshWith('').apply(`
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: edge, namespace: edge }
spec: { selector: { matchLabels: { istio: ingressgateway } }, action: DENY, rules: [{}] }
`);
    expect(mesh.resolver.inbound(mesh.snapshot, router()).gateway?.http.deny).toMatchObject([
      { origin: { name: 'edge' } },
    ]);
    expect(mesh.inbound()).not.toHaveProperty('gateway');
  });

  it('costs what changes: others keep their routes, and workloads concern no Gateway', () => {
    const mesh = meshWith(
      gateway('web', http("'*.example'")) +
        routes('a', 'hosts: [a.example], gateways: [web]') +
        routes('b', 'hosts: [b.example], gateways: [web]'),
    );
    const [a, b] = routesOf(mesh, 'http.18080');
    const before = outboundOf(mesh).outbound;
    mesh.snapshot = applyChanges(mesh.snapshot, {
      workloads: { upserts: [workload('ratings-v2', { app: 'ratings' }, { addresses: ['10.1.0.7'] })] },
    });
    const after = outboundOf(mesh).outbound;
    expect(after.endpoints).not.toBe(before.endpoints);
    expect([after.gateway, after.routeConfigs]).toEqual([before.gateway, before.routeConfigs]);
    expect(after.gateway).toBe(before.gateway);
    expect(after.routeConfigs).toBe(before.routeConfigs);
    mesh.apply(routes('b', 'hosts: [b.example], gateways: [web]', 'ratings'));
    const [sameA, otherB] = routesOf(mesh, 'http.18080');
    expect(sameA).toBe(a);
    expect(otherB).not.toEqual(b);
    mesh.apply(service('more'));
    expect(routesOf(mesh, 'http.18080')[0]).toBe(a);
  });
});

function alsoOf(listener: ListenerIr): string | undefined {
  return listener.kind === 'gateway' ? listener.alsoBind?.address : undefined;
}

describe('Gateways, whatever they are', () => {
  const host = fc.constantFrom(
    '*',
    '*.a.test',
    'a.test',
    'b.a.test',
    'x/b.a.test',
    './a.test',
    '*/*.a.test',
    'B.A.test',
  );
  const hosts = fc.uniqueArray(host, { minLength: 1, maxLength: 3 }).map((all) => all.map((one) => `'${one}'`).join());
  const server = fc
    .tuple(fc.constantFrom('HTTP', 'HTTPS', 'TLS', 'TCP'), fc.constantFrom(80, 443), fc.constantFrom('p', 'q'), hosts)
    .map(([protocol, number, name, list]) => {
      const tls = protocol === 'HTTPS' || protocol === 'TLS' ? ', tls: { mode: SIMPLE, credentialName: c }' : '';
      return `{ port: { number: ${number}, name: ${name}, protocol: ${protocol} }, hosts: [${list}]${tls} }`;
    });
  const gateways = fc.array(fc.array(server, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

  it('make listeners that proxies take: no server name, chain or route configuration twice, plain text apart from TLS', () => {
    fc.assert(
      fc.property(gateways, (all) => {
        const tcp =
          "\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: t }\nspec: { hosts: ['*'], gateways: [g0, g1, g2], tcp: [{ route: [{ destination: { host: reviews } }] }] }\n";
        const mesh = meshWith(all.map((servers, i) => gateway(`g${i}`, servers.join())).join('') + tcp);
        const { outbound } = outboundOf(mesh);
        expectUnique(outbound.routeConfigs.map(({ name }) => name));
        for (const { chains } of outbound.gateway?.ports ?? []) {
          expectUnique(chains.map(({ name }) => name));
          expectUnique(chains.flatMap((chain) => (chain.serverNames.length === 0 ? [''] : chain.serverNames)));
          expect(new Set(chains.map(({ transport }) => transport === 'none')).size).toBe(1);
        }
        for (const { virtualHosts } of outbound.routeConfigs) expectUnique(virtualHosts.flatMap((one) => one.domains));
      }),
      { numRuns: 60 },
    );
  });
});

function expectUnique(texts: readonly string[]): void {
  expect(new Set(texts).size).toBe(texts.length);
}

describe('commonHosts', () => {
  const name = fc.constantFrom('*', '*.a', 'a', 'b.a', '*.b.a', 'c');
  it('gives hosts that both sides cover, the same whichever side is which', () => {
    fc.assert(
      fc.property(fc.array(name), fc.array(name), (server, own) => {
        const found = commonHosts(
          server.map((host) => serverHostOf(host, 'n')),
          { namespace: 'n', hosts: own },
        );
        const turned = commonHosts(
          own.map((host) => serverHostOf(host, 'n')),
          { namespace: 'n', hosts: server },
        );
        expect([...found].sort()).toEqual([...turned].sort());
        const covered = (by: readonly string[], host: string) =>
          by.some((pattern) => pattern === host || (pattern.startsWith('*') && host.endsWith(pattern.slice(1))));
        for (const host of found) expect(covered(server, host) && covered(own, host)).toBe(true);
      }),
    );
  });

  it('keeps a namespace’s hosts for its own VirtualServices', () => {
    const hosts = ['a/x.test', './y.test', '*/z.test'].map((written) => serverHostOf(written, 'own'));
    const all = ['x.test', 'y.test', 'z.test'];
    expect(commonHosts(hosts, { namespace: 'a', hosts: all })).toEqual(['x.test', 'z.test']);
    expect(commonHosts(hosts, { namespace: 'own', hosts: all })).toEqual(['y.test', 'z.test']);
    expect(serverNames(hosts)).toEqual(['x.test', 'y.test', 'z.test']);
    expect(serverNames([...hosts, { host: '*' }])).toEqual([]);
  });
});
