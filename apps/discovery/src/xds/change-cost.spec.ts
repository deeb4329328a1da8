import { create, fromBinary } from '@bufbuild/protobuf';
import type { Interception, Proxy } from '@malla/ir';
import type { KnownResource } from '@malla/model';
import { typeUrls } from '@malla/protos';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  type DeltaDiscoveryResponse,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { applyChanges, emptySnapshot, type MeshSnapshot, type MeshWorkload } from '@malla/snapshot';
import { DeltaSession, referencesOf, type XdsResponse } from '@malla/xds';
import { describe, expect, it } from 'vitest';
import type { MeshVersion } from '../mesh/mesh-state.ts';
import { ProxyConfigurations } from './proxy-configurations.ts';

const services = 500;
const hostOf = (i: number): string => `svc-${i}.shop.svc.cluster.local`;

function service(i: number): KnownResource {
  const spec = {
    selector: { app: `svc-${i}` },
    ports: [{ name: 'http', port: 9080, targetPort: 9080 }],
    clusterIP: `10.0.${i >> 8}.${i & 255}`,
  };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: `svc-${i}`, namespace: 'shop' }, spec };
}

function subsets(i: number): KnownResource {
  const spec = { host: `svc-${i}`, subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: `svc-${i}`, namespace: 'shop' },
    spec,
  };
}

function split(i: number, weight: number): KnownResource {
  const destination = (subset: string, share: number) => ({ destination: { host: `svc-${i}`, subset }, weight: share });
  const spec = { hosts: [`svc-${i}`], http: [{ route: [destination('v1', weight), destination('v2', 100 - weight)] }] };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: `svc-${i}`, namespace: 'shop' },
    spec,
  };
}

function instance(i: number, version: string, healthy = true): MeshWorkload {
  return {
    name: `svc-${i}-${version}`,
    namespace: 'shop',
    serviceAccount: `svc-${i}`,
    labels: { app: `svc-${i}`, version },
    addresses: [`10.1.${i >> 8}.${i & 255}`],
    ports: {},
    network: '',
    locality: '',
    cluster: '',
    weight: 1,
    mutualTls: true,
    healthy,
  };
}

function mesh(): MeshSnapshot {
  const all = Array.from({ length: services }, (_, i) => i);
  const upserts = all.flatMap((i) => [service(i), subsets(i), split(i, 50)]);
  const workloads = { upserts: all.flatMap((i) => [instance(i, 'v1'), instance(i, 'v2')]) };
  return applyChanges(emptySnapshot(), { upserts, workloads });
}

/** A proxy that acknowledges all it is sent, and asks for what that refers to, as Envoy does. */
class AcknowledgingProxy {
  readonly #session = new DeltaSession({ nonce: () => String(++this.#nonces), now: () => 0 });
  readonly #known = new Set<string>();
  #nonces = 0;
  received: { response: DeltaDiscoveryResponse; bytes: number }[] = [];

  update(resources: Parameters<DeltaSession['update']>[0]): void {
    this.#take(this.#session.update(resources));
  }

  subscribe(typeUrl: string, resourceNamesSubscribe: string[]): void {
    this.#take(this.#session.receive(create(DeltaDiscoveryRequestSchema, { typeUrl, resourceNamesSubscribe })));
  }

  #take(responses: readonly XdsResponse[]): void {
    for (const { bytes, typeUrl, nonce } of responses) {
      const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
      this.received.push({ response, bytes: bytes.length });
      this.#take(this.#session.receive(create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce: nonce })));
      this.#follow(response);
    }
  }

  #follow(response: DeltaDiscoveryResponse): void {
    const wanted = new Map<string, string[]>();
    for (const { resource, name, version } of response.resources) {
      const encoded = { name, version, typeUrl: response.typeUrl, any: resource! };
      for (const reference of referencesOf(encoded)) {
        const key = `${reference.typeUrl} ${reference.name}`;
        if (this.#known.has(key)) continue;
        this.#known.add(key);
        wanted.set(reference.typeUrl, [...(wanted.get(reference.typeUrl) ?? []), reference.name]);
      }
    }
    for (const [typeUrl, names] of wanted) this.subscribe(typeUrl, names);
  }
}

function connect(interception: Interception) {
  const proxy: Proxy = {
    id: 'svc-0-v1.shop',
    role: 'sidecar',
    dataPlane: 'envoy',
    namespace: 'shop',
    serviceAccount: 'svc-0',
    workload: 'svc-0-v1',
    labels: { app: 'svc-0', version: 'v1' },
    cluster: '',
    network: '',
    locality: '',
    version: 'test',
    features: [],
    interception,
  };
  const configurations = new ProxyConfigurations();
  const client = new AcknowledgingProxy();
  let version: MeshVersion = { snapshot: mesh(), revision: 1n, generation: 1, changedAt: 0 };
  client.update(configurations.resources(proxy, version));
  client.subscribe(typeUrls.cluster, ['*']);
  client.subscribe(typeUrls.listener, ['*']);
  const change = (changes: Parameters<typeof applyChanges>[1]) => {
    const before = { ...configurations.stats };
    client.received = [];
    version = {
      snapshot: applyChanges(version.snapshot, changes),
      revision: version.revision + 1n,
      generation: version.generation + 1,
      changedAt: 0,
    };
    client.update(configurations.resources(proxy, version));
    const after: Record<string, number> = { ...configurations.stats };
    const resolved = Object.entries(after).map(
      ([slice, count]) => [slice, count - (before as Record<string, number>)[slice]!] as const,
    );
    return {
      resolved: Object.fromEntries(resolved.filter(([, count]) => count > 0)),
      sent: client.received.flatMap(({ response }) =>
        response.resources.map(({ name }) => `${response.typeUrl.split('.').at(-1)} ${name}`),
      ),
      bytes: client.received.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  };
  return { client, change };
}

const listenersForAll: Interception = {
  mode: 'NONE',
  inbound: [],
  outbound: Array.from({ length: services }, (_, i) => ({
    host: hostOf(i),
    port: 9080,
    bind: { address: '127.0.0.1', port: 20_000 + i },
  })),
};

describe(`one change in a mesh of ${services} services`, () => {
  it('gives the whole configuration first', () => {
    const { client } = connect(listenersForAll);
    const counts: Record<string, number> = {};
    for (const { response } of client.received) {
      counts[response.typeUrl] = (counts[response.typeUrl] ?? 0) + response.resources.length;
    }
    expect(counts[typeUrls.route]).toBe(services);
    expect(counts[typeUrls.cluster]).toBeGreaterThanOrEqual(3 * services);
    expect(counts[typeUrls.endpoint]).toBe(3 * services);
    expect(counts[typeUrls.listener]).toBe(services);
  });

  it('costs one route for one weight', () => {
    const cost = connect(listenersForAll).change({ upserts: [split(7, 90)] });
    // The service's list of slices is put together anew around its one new virtual host.
    expect(cost.resolved).toEqual({ virtualHost: 1, service: 1 });
    expect(cost.sent).toEqual([`RouteConfiguration ${hostOf(7)}:9080`]);
    expect(cost.bytes).toBeLessThan(2048);
  });

  it('costs one virtual host for one weight where traffic is intercepted', () => {
    const cost = connect({ mode: 'REDIRECT' }).change({ upserts: [split(7, 90)] });
    // The service's list of slices is put together anew around its one new virtual host.
    expect(cost.resolved).toEqual({ virtualHost: 1, service: 1 });
    expect(cost.sent).toEqual(['RouteConfiguration 9080']);
  });

  it('costs the endpoint sets of one service for one instance', () => {
    const cost = connect(listenersForAll).change({ workloads: { upserts: [instance(7, 'v2', false)] } });
    expect(new Set(cost.sent)).toEqual(
      new Set(['', 'v2'].map((subset) => `ClusterLoadAssignment outbound|9080|${subset}|${hostOf(7)}`)),
    );
    expect(cost.bytes).toBeLessThan(2048);
  });

  it('costs nothing when nothing differs', () => {
    const cost = connect(listenersForAll).change({ upserts: [split(7, 50)] });
    expect(cost.sent).toEqual([]);
  });
});
