import { limitCells } from '@malla/balancing';
import { expect, it } from 'vitest';
import { chainConfig, clusterConfig, listenerConfig } from '../../test/sockets/configs.ts';
import type { WorkerUpdate } from '../runtime/update.ts';
import { SharedBucket } from '../worker/shared-bucket.ts';
import { SharedCounts } from './shared-counts.ts';

const nothing: WorkerUpdate = {
  sequence: 1,
  secrets: [],
  clusters: [],
  endpoints: [],
  routes: [],
  listeners: [],
  removed: { secrets: [], clusters: [], endpoints: [], routes: [], listeners: [] },
};
const clusters = (...names: string[]): WorkerUpdate => ({
  ...nothing,
  clusters: names.map((name) => clusterConfig([], { name })),
});

/** A listener with these buckets in its only chain. */
function limited(...tokens: number[]): WorkerUpdate {
  const filters = tokens.map((maxTokens) => {
    const bucket = { maxTokens, tokensPerFill: 1, fillIntervalMs: 3_600_000 };
    return { kind: 'local-rate-limit', name: 'l', disabled: false, config: { bucket, perConnection: false } };
  });
  const table = { name: 'r', virtualHosts: [] };
  const http = { kind: 'http', name: 'h', config: { filters, routes: { kind: 'inline', table } } } as never;
  return { ...nothing, listeners: [listenerConfig({ filterChains: [chainConfig({ filters: [http] })] })] };
}

it('shares nothing where there is one worker', () => {
  expect(new SharedCounts(1).placesFor(clusters('a'))).toBeUndefined();
});

it('keeps the place of a cluster, gives it to another one when it is gone, and forgets what a worker had that has ended', () => {
  const counts = new SharedCounts(2);
  const places = counts.placesFor(clusters('a', 'b'))?.limits;
  const [a, b] = [places?.get('a'), places?.get('b')];
  expect(a).not.toEqual(b);
  expect(counts.placesFor(clusters('a'))?.limits.get('a')).toBe(a);
  const cells = new Int32Array(a?.memory as SharedArrayBuffer);
  cells.fill(7, a?.at, (a?.at ?? 0) + 2 * limitCells);
  counts.workerGone(1);
  const sum = (worker: number): number =>
    cells
      .subarray((a?.at ?? 0) + worker * limitCells, (a?.at ?? 0) + (worker + 1) * limitCells)
      .reduce((all, cell) => all + cell);
  expect([sum(0), sum(1)]).toEqual([7 * limitCells, 0]);
  counts.applied({ ...nothing, removed: { ...nothing.removed, clusters: ['a'] } });
  expect(counts.placesFor(clusters('c'))?.limits.get('c')).toBe(a);
});

it('has places for more clusters than fit into one piece of memory, each its own', () => {
  const names = Array.from({ length: 600 }, (_, i) => `c${i}`);
  const places = new SharedCounts(3).placesFor(clusters(...names))?.limits;
  const memories = [...new Set([...(places?.values() ?? [])].map(({ memory }) => memory))];
  expect(new Set([...(places?.values() ?? [])].map(({ memory, at }) => memories.indexOf(memory) * 1e6 + at)).size).toBe(
    600,
  );
});

it('keeps the tokens of a limit that has not changed', () => {
  const counts = new SharedCounts(2);
  const before = counts.placesFor(limited(1, 5))?.buckets;
  const after = counts.placesFor(limited(2, 5))?.buckets;
  expect(after?.[1]).toBe(before?.[1]);
  expect(after?.[0]).not.toBe(before?.[0]);
});

it('lets all who share a bucket take what is in it, and no more; it fills up to its limit', async () => {
  const config = { maxTokens: 3, tokensPerFill: 2, fillIntervalMs: 60 };
  const place = SharedBucket.place(config);
  const [a, b] = [new SharedBucket(config, place), new SharedBucket(config, place)];
  expect([a.take(), b.take(), a.take(), b.take(), a.take()]).toEqual([true, true, true, false, false]);
  await new Promise((resolve) => setTimeout(resolve, 65));
  const taken = [a, b, a, b, a, b, a, b].filter((bucket) => bucket.take()).length;
  // Two for each interval that has gone by, on a busy machine more than one, but never more than fit.
  expect([2, 3]).toContain(taken);
});
