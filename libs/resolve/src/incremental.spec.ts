import type { OutboundIr } from '@malla/ir';
import type { KnownResource } from '@malla/model';
import {
  applyChanges,
  emptySnapshot,
  keyText,
  resourceKeyOf,
  scopeOf,
  viewOf,
  type MeshSnapshot,
  type MeshWorkload,
} from '@malla/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyOf, resourcesOf, workload } from '../test/mesh-fixture.ts';
import { Resolver } from './index.ts';

const layout = { perService: true, perPort: true, httpProxy: true };
const name = fc.constantFrom('a', 'b', 'c');
const namespace = fc.constantFrom('x', 'y', 'istio-system');
const host = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(name, namespace).map(([n, ns]) => `${n}.${ns}.svc.cluster.local`) },
  { weight: 1, arbitrary: fc.constantFrom('*', '*.x.svc.cluster.local', 'api.example.com', '*.example.com', 'a') },
);
const exportTo = fc.constantFrom('', ", exportTo: ['.']", ', exportTo: [x]', ", exportTo: ['*']");
const version = fc.constantFrom('v1', 'v2');

/** One object of any kind, as YAML; few names, so that changes meet. */
const manifest = fc.tuple(name, namespace).chain(([n, ns]) => {
  const head = (apiVersion: string, kind: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${n}, namespace: ${ns} }\n`;
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('http', 'tcp'), fc.constantFrom('', '\n  clusterIP: 10.0.0.1'))
      .map(
        ([app, protocol, address]) =>
          `${head('v1', 'Service')}spec:\n  selector: { app: ${app} }\n  ports: [{ name: ${protocol}, port: 80 }, { name: http-b, port: 9080, targetPort: 8080 }]${address}`,
      ),
    fc
      .tuple(
        host,
        exportTo,
        host.filter((h) => !h.startsWith('*')),
        version,
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom('', 'match: [{ sourceLabels: { tier: one } }], ', 'match: [{ sourceNamespace: x }], '),
      )
      .map(
        ([h, visible, to, v, weight, match]) =>
          `${head('networking.istio.io/v1', 'VirtualService')}spec: { hosts: ['${h}']${visible}, http: [{ ${match}route: [{ destination: { host: ${to}, subset: ${v} }, weight: ${weight} }, { destination: { host: a }, weight: 1 }] }] }`,
      ),
    fc
      .tuple(
        host,
        exportTo,
        version,
        fc.constantFrom('consistentHash: { httpHeaderName: u }', 'simple: RANDOM'),
        fc.constantFrom('', ', tls: { mode: MUTUAL, credentialName: a }'),
      )
      .map(
        ([h, visible, v, balancer, tls]) =>
          `${head('networking.istio.io/v1', 'DestinationRule')}spec: { host: '${h}'${visible}, trafficPolicy: { loadBalancer: { ${balancer} }${tls} }, subsets: [{ name: ${v}, labels: { version: ${v} } }] }`,
      ),
    fc
      .constantFrom('STRICT', 'DISABLE')
      .map((mode) => `${head('security.istio.io/v1', 'PeerAuthentication')}spec: { mtls: { mode: ${mode} } }`),
    fc
      .constantFrom('one', 'two')
      .map((text) => `${head('v1', 'Secret')}stringData: { tls.crt: ${text}, tls.key: k, ca.crt: c }`),
    fc
      .constantFrom(
        'connectTimeout: 3s',
        'defaultHttpRetryPolicy: { attempts: 1 }',
        'outboundTrafficPolicy: { mode: REGISTRY_ONLY }',
        'trustDomainAliases: [old.example]',
      )
      .map(
        (option) =>
          `apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: { name: ${n} }\nspec: { ${option} }`,
      ),
    version.map(
      (v) =>
        `${head('networking.istio.io/v1', 'WorkloadEntry')}spec: { address: 10.0.0.2, labels: { app: a, version: ${v} } }`,
    ),
  );
});

type Step =
  | { readonly upsert: string }
  | { readonly remove: number }
  | { readonly live: MeshWorkload }
  | { readonly gone: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: manifest.map((upsert) => ({ upsert })) },
  { weight: 2, arbitrary: fc.nat().map((remove) => ({ remove })) },
  {
    weight: 2,
    arbitrary: fc
      .record({
        n: name,
        ns: namespace,
        app: fc.constantFrom('a', 'b'),
        version,
        healthy: fc.boolean(),
        account: fc.constantFrom('s', 't'),
      })
      .map(({ n, ns, app, version: v, healthy, account }) => ({
        live: workload(n, { app, version: v }, { namespace: ns, healthy, serviceAccount: account }),
      })),
  },
  { weight: 1, arbitrary: fc.nat().map((gone) => ({ gone })) },
);

/** What a mesh holds, kept as plain maps: the model that snapshots are compared with. */
class Contents {
  readonly resources = new Map<string, KnownResource>();
  readonly workloads = new Map<string, MeshWorkload>();

  /** Does a step on the contents and on a snapshot. */
  take(snapshot: MeshSnapshot, taken: Step): MeshSnapshot {
    if ('upsert' in taken) {
      const resource = resourcesOf(taken.upsert)[0]!;
      this.resources.set(keyText(resourceKeyOf(resource)), resource);
      return applyChanges(snapshot, { upserts: [resource] });
    }
    if ('live' in taken) {
      this.workloads.set(`${taken.live.namespace}/${taken.live.name}`, taken.live);
      return applyChanges(snapshot, { workloads: { upserts: [taken.live] } });
    }
    if ('gone' in taken) {
      const [key, found] = [...this.workloads][taken.gone % Math.max(1, this.workloads.size)] ?? [];
      if (found === undefined || key === undefined) return snapshot;
      this.workloads.delete(key);
      return applyChanges(snapshot, { workloads: { deletes: [found] } });
    }
    const [key, found] = [...this.resources][taken.remove % Math.max(1, this.resources.size)] ?? [];
    if (found === undefined || key === undefined) return snapshot;
    this.resources.delete(key);
    return applyChanges(snapshot, { deletes: [resourceKeyOf(found)] });
  }

  /** All of it at once, in another order. */
  fresh(): MeshSnapshot {
    const upserts = [...this.resources.values()].reverse();
    return applyChanges(emptySnapshot(), { upserts, workloads: { upserts: [...this.workloads.values()].reverse() } });
  }
}

const clients = [
  { namespace: 'x', labels: { tier: 'one' } },
  { namespace: 'y', labels: {} },
  { namespace: 'istio-system', labels: { tier: 'two' } },
].map((client) => proxyOf(client));

const resolveFor = (resolver: Resolver, snapshot: MeshSnapshot, client: (typeof clients)[number]) =>
  resolver.outbound(viewOf(snapshot, scopeOf(snapshot, client)), layout);

/** Concerns no outbound traffic. */
const somethingElse =
  'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: p, namespace: x }\nspec: {}';

/** What every proxy asks of its configuration, whatever users wrote: it would refuse all of it otherwise. */
function expectDeliverable(ir: OutboundIr): void {
  const unique = (names: readonly string[]) => expect(names).toEqual([...new Set(names)]);
  unique(ir.destinations.map((d) => d.name));
  unique(ir.routeConfigs.map((c) => c.name));
  unique(ir.secrets.map((secret) => secret.name));
  expect(ir.endpoints.map((set) => set.cluster)).toEqual(ir.destinations.map((d) => d.name));
  for (const config of ir.routeConfigs) {
    unique(config.virtualHosts.map((host) => host.name));
    unique(config.virtualHosts.flatMap((host) => host.domains));
    for (const { domains, routes } of config.virtualHosts) {
      expect(domains.length * routes.length).toBeGreaterThan(0);
      for (const { action } of routes) {
        if (action.kind !== 'forward') continue;
        expect(action.destinations.length).toBeGreaterThan(0);
        expect(action.destinations.every((d) => d.weight > 0)).toBe(true);
      }
    }
  }
}

describe('incremental resolution', () => {
  it('equals resolution from nothing, after any changes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const contents = new Contents();
        const resolver = new Resolver();
        let snapshot = emptySnapshot();
        for (const taken of steps) {
          snapshot = contents.take(snapshot, taken);
          const unrelated = applyChanges(snapshot, { upserts: resourcesOf(somethingElse) });
          for (const client of clients) {
            const outbound = resolveFor(resolver, snapshot, client);
            expect(outbound).toEqual(resolveFor(new Resolver(), contents.fresh(), client));
            expectDeliverable(outbound);
            expect(resolveFor(resolver, unrelated, client)).toBe(outbound);
            expect(resolver.inbound(snapshot, client)).toEqual(new Resolver().inbound(contents.fresh(), client));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does nothing for a change that says the same', () => {
    const yaml =
      'apiVersion: v1\nkind: Service\nmetadata: { name: a, namespace: x, resourceVersion: "7" }\nspec: { selector: { app: a }, ports: [{ name: http, port: 80 }] }';
    const one = workload('a', { app: 'a' }, { namespace: 'x' });
    const snapshot = applyChanges(emptySnapshot(), { upserts: resourcesOf(yaml), workloads: { upserts: [one] } });
    expect(
      applyChanges(snapshot, {
        upserts: resourcesOf(yaml),
        workloads: { upserts: [{ ...one, labels: { ...one.labels } }] },
      }),
    ).toBe(snapshot);
  });
});

/** A mesh of n services, each with two subsets, a VirtualService, and two workloads. */
function largeMesh(count: number): MeshSnapshot {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const upserts = numbers.flatMap((i): KnownResource[] => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `s${i}`, namespace: 'x' },
      spec: { selector: { app: `s${i}` }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    splitOf(i, 90),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: `s${i}`, namespace: 'x' },
      spec: { host: `s${i}`, subsets: ['v1', 'v2'].map((v) => ({ name: v, labels: { version: v } })) },
    },
  ]);
  const workloads = numbers.flatMap((i) =>
    ['v1', 'v2'].map((v) => workload(`s${i}-${v}`, { app: `s${i}`, version: v }, { namespace: 'x' })),
  );
  return applyChanges(emptySnapshot(), { upserts, workloads: { upserts: workloads } });
}

function splitOf(i: number, weight: number): KnownResource {
  const route = [weight, 100 - weight].map((w, j) => ({
    destination: { host: `s${i}`, subset: `v${j + 1}` },
    weight: w,
  }));
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: `s${i}`, namespace: 'x' },
    spec: { hosts: [`s${i}`], http: [{ route }] },
  };
}

const none = { destination: 0, endpoints: 0, virtualHost: 0, secret: 0, inbound: 0, telemetry: 0 };

describe('a change in a mesh of 500 services', () => {
  const base = largeMesh(500);
  const start = () => {
    const resolver = new Resolver();
    const ask = (snapshot: MeshSnapshot) => clients.map((client) => resolveFor(resolver, snapshot, client));
    const before = ask(base);
    const counted = { ...resolver.stats };
    const since = () =>
      Object.fromEntries(
        Object.entries(resolver.stats)
          .filter(([kind]) => kind !== 'service')
          .map(([kind, n]) => [kind, n - counted[kind as keyof typeof counted]]),
      );
    return { ask, before, since };
  };

  it('of a weight resolves one virtual host, and nothing else', () => {
    const { ask, before, since } = start();
    const after = ask(applyChanges(base, { upserts: [splitOf(250, 50)] }));
    expect(since()).toEqual({ ...none, virtualHost: 1 });
    for (const [i, outbound] of after.entries()) {
      expect(outbound.destinations).toBe(before[i]?.destinations);
      expect(outbound.endpoints).toBe(before[i]?.endpoints);
      expect(outbound.services).toBe(before[i]?.services);
      const own = (ir?: OutboundIr) => ir?.routeConfigs.filter((c) => c.name.includes('.svc.')) ?? [];
      // One route configuration for clients of all namespaces: its bytes are made once.
      expect(own(outbound)).toEqual(own(after[0]));
      expect(own(outbound).every((c, j) => c === own(after[0])[j])).toBe(true);
      expect(
        own(outbound)
          .filter((c, j) => c !== own(before[i])[j])
          .map((c) => c.name),
      ).toEqual(['s250.x.svc.cluster.local:80']);
    }
  });

  it('of an endpoint resolves the three sets that have it', () => {
    const { ask, before, since } = start();
    const after = ask(
      applyChanges(base, {
        workloads: { upserts: [workload('s7-v3', { app: 's7', version: 'v2' }, { namespace: 'x' })] },
      }),
    );
    expect(since()).toEqual({ ...none, endpoints: 3 });
    expect(after[0]?.destinations).toBe(before[0]?.destinations);
    expect(after[0]?.routeConfigs).toBe(before[0]?.routeConfigs);
    expect(after[0]?.endpoints.filter((e, i) => e !== before[0]?.endpoints[i])).toHaveLength(3);
  });

  it('of a rule resolves its clusters', () => {
    const { ask, since } = start();
    const rule = resourcesOf(
      'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: s7, namespace: x }\nspec: { host: s7, trafficPolicy: { loadBalancer: { simple: RANDOM } }, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }] }',
    );
    ask(applyChanges(base, { upserts: rule }));
    expect(since()).toEqual({ ...none, destination: 3 });
  });

  it('of a service added resolves that service', () => {
    const { ask, before, since } = start();
    const [added] = resourcesOf(
      'apiVersion: v1\nkind: Service\nmetadata: { name: new, namespace: x }\nspec: { selector: { app: new }, ports: [{ name: http, port: 80 }] }',
    );
    const after = ask(applyChanges(base, { upserts: [added as KnownResource] }));
    expect(since()).toEqual({ ...none, destination: 1, endpoints: 1, virtualHost: 1 });
    expect(after[0]?.services).toHaveLength(501);
    expect(before[0]?.services.every((s) => after[0]?.services.includes(s))).toBe(true);
  });

  it('back to what was before takes everything from memory', () => {
    const { ask, before, since } = start();
    ask(applyChanges(base, { upserts: [splitOf(250, 50)] }));
    const after = ask(base);
    expect(since()['destination']).toBe(0);
    expect(after).toEqual(before);
  });
});
