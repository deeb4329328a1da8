import { servicesOfWorkload, type MeshSnapshot } from '@malla/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cluster, hostOf, node, object, pod, service, slice } from '../test/cluster-fixture.ts';
import type { AnyObjectChanges } from './index.ts';

/** What a snapshot says, without the order in which its maps grew. */
function said({ services, workloads, workloadSets, pods, listedEndpoints }: MeshSnapshot) {
  const sorted = <T>(entries: Iterable<readonly [string, T]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return [services, workloads, workloadSets, pods, listedEndpoints].map((map) => sorted<unknown>(map));
}

const names = ['web', 'api', 'old'] as const;
const podNames = ['p-1', 'p-2', 'p-3'] as const;
const addressOf = (name: string) => `10.1.0.${name.slice(2)}`;

const arbitraryService = fc
  .tuple(
    fc.constantFrom(...names),
    fc.constantFrom('web', 'api', undefined),
    fc.boolean(),
    fc.constantFrom(...names, undefined),
  )
  .map(([name, app, publish, external]) =>
    service(name, {
      selector: app === undefined ? undefined : { app },
      publishNotReadyAddresses: publish,
      ...(external === undefined || external === name ? {} : { type: 'ExternalName', externalName: hostOf(external) }),
    }),
  );
const arbitraryPod = fc
  .tuple(
    fc.constantFrom(...podNames),
    fc.constantFrom('web', 'api'),
    fc.boolean(),
    fc.constantFrom('Running', 'Succeeded'),
    fc.boolean(),
  )
  .map(([name, app, ready, phase, ending]) =>
    pod(name, addressOf(name), {
      status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
      metadata: { labels: { app }, ...(ending ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    }),
  );
const arbitraryEndpoint = fc
  .tuple(fc.constantFrom(...podNames), fc.boolean(), fc.boolean(), fc.boolean())
  .map(([name, named, ready, terminating]) => ({
    addresses: [addressOf(name)],
    ...(named ? { pod: name } : { nodeName: 'node-1' }),
    conditions: { ready, terminating },
  }));
const arbitrarySlice = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom('a', 'b'), fc.array(arbitraryEndpoint, { maxLength: 3 }))
  .map(([name, suffix, endpoints]) => slice(name, suffix, endpoints));
const arbitraryNode = fc
  .constantFrom('eu', 'us')
  .map((region) => object('Node', 'node-1', {}, { labels: { 'topology.kubernetes.io/region': region } }));

/** One event: an object that came or changed, or the same object's end. */
const arbitraryEvent: fc.Arbitrary<AnyObjectChanges> = fc
  .tuple(
    fc.oneof(
      arbitraryService.map((o) => ({ kind: 'Service', upserts: [o] }) as AnyObjectChanges),
      arbitraryPod.map((o) => ({ kind: 'Pod', upserts: [o] }) as AnyObjectChanges),
      arbitrarySlice.map((o) => ({ kind: 'EndpointSlice', upserts: [o] }) as AnyObjectChanges),
      arbitraryNode.map((o) => ({ kind: 'Node', upserts: [o] }) as AnyObjectChanges),
    ),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([change, dice]) => {
    if (dice > 0) return change;
    const deletes = (change.upserts ?? []).map(({ metadata }) => ({
      namespace: metadata.namespace ?? '',
      name: metadata.name,
    }));
    return { kind: change.kind, deletes } as AnyObjectChanges;
  });

/** The objects that are there after all events, by kind. */
function remaining(events: readonly AnyObjectChanges[]): readonly AnyObjectChanges[] {
  const left = new Map<string, AnyObjectChanges>();
  for (const event of events) {
    const { name } = (event.upserts?.[0]?.metadata ?? event.deletes?.[0]) as { readonly name: string };
    const key = `${event.kind} ${name}`;
    if (event.upserts === undefined) left.delete(key);
    else left.set(key, event);
  }
  return [...left.values()];
}

describe('the registry', () => {
  it('says the same whatever the order of events was, one by one or at once', () => {
    fc.assert(
      fc.property(fc.array(arbitraryEvent, { minLength: 1, maxLength: 25 }), fc.nat(), (events, seed) => {
        const oneByOne = new Cluster();
        for (const event of events) oneByOne.take(event);
        const objects = remaining(events);
        const shuffled = [...objects].sort((a, b) => order(a, seed) - order(b, seed));
        const anew = new Cluster();
        for (const event of shuffled) anew.take(event);
        const together = new Cluster();
        together.take(...objects);
        expect(said(oneByOne.snapshot)).toEqual(said(anew.snapshot));
        expect(said(together.snapshot)).toEqual(said(anew.snapshot));
      }),
      { numRuns: 150 },
    );
  });

  it('forgets what a complete listing does not have', () => {
    const cluster = new Cluster();
    cluster.take(
      { kind: 'Service', upserts: [service('web'), service('api')] },
      { kind: 'Pod', upserts: [pod('web-1', '10.1.0.1'), pod('web-2', '10.1.0.2')] },
    );
    const { events } = cluster.registry.apply({
      kind: 'Pod',
      upserts: [pod('web-2', '10.1.0.2'), pod('web-3', '10.1.0.3')],
      replace: true,
    });
    expect(events).toEqual({ added: 1, updated: 1, deleted: 1 });
    cluster.take({ kind: 'Service', upserts: [service('api')], replace: true });
    expect([cluster.service('web'), cluster.service('api')?.name]).toEqual([undefined, 'api']);
  });

  it('touches one workload for a change of one Pod among 1000', () => {
    const cluster = new Cluster();
    const pods = Array.from({ length: 1000 }, (_, i) => pod(`web-${i}`, `10.1.${i >> 8}.${i & 255}`));
    const endpoints = pods.map(({ metadata, status }) => ({ addresses: [status?.podIP ?? ''], pod: metadata.name }));
    cluster.take(
      { kind: 'Node', upserts: [node] },
      { kind: 'Service', upserts: [service('web'), service('other')] },
      { kind: 'Pod', upserts: pods },
      {
        kind: 'EndpointSlice',
        upserts: Array.from({ length: 10 }, (_, i) => slice('web', String(i), endpoints.slice(i * 100, (i + 1) * 100))),
      },
    );
    const before = cluster.snapshot;
    const unready = pod('web-500', '10.1.1.244', { status: { conditions: [] } });
    expect(cluster.take({ kind: 'Pod', upserts: [unready] })).toEqual({ pods: 1, services: 0, endpoints: 1 });
    const [was, is] = [before, cluster.snapshot].map((s) => s.workloadSets.get(hostOf('web'))?.workloads ?? []);
    expect(is?.filter((member, i) => member !== was?.[i]).map(({ name, healthy }) => [name, healthy])).toEqual([
      ['web-500', false],
    ]);
    expect(cluster.snapshot.services).toBe(before.services);
  });

  it('keeps beside a Pod what its own proxy is configured by: Services that select it, ready or not', () => {
    const cluster = new Cluster();
    const unready = pod('web-1', '10.1.0.1', { status: { conditions: [] } });
    cluster.take({ kind: 'Service', upserts: [service('web')] }, { kind: 'Pod', upserts: [unready] });
    const workload = cluster.workload('web-1');
    expect(workload?.ports).toEqual({ web: 8080 });
    expect(
      servicesOfWorkload(cluster.snapshot, workload as NonNullable<typeof workload>).map(({ name }) => name),
    ).toEqual(['web']);
  });

  it('tells Pods with a proxy that no Service leads to', () => {
    const cluster = new Cluster();
    cluster.take({ kind: 'Pod', upserts: [pod('web-1', '10.1.0.1'), pod('web-2', '10.1.0.2')] });
    cluster.take({ kind: 'EndpointSlice', upserts: [slice('web', 'a', [{ addresses: ['10.1.0.1'], pod: 'web-1' }])] });
    expect(cluster.registry.figures.podsWithoutService).toBe(1);
  });
});

function order(change: AnyObjectChanges, seed: number): number {
  let hash = seed;
  for (const letter of JSON.stringify(change)) hash = (hash * 31 + letter.charCodeAt(0)) % 1_000_003;
  return hash;
}
