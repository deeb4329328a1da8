import { create } from '@bufbuild/protobuf';
import type { RateLimit } from '@malla/model';
import { RateLimitDescriptorSchema } from '@malla/protos/gen/envoy/extensions/common/ratelimit/v3/ratelimit_pb';
import { describe, expect, it } from 'vitest';
import { Circuit } from './circuit.ts';
import { DenyCache } from './deny-cache.ts';
import { readDescriptor } from './descriptor.ts';
import { LimitTable } from './limit-table.ts';

const policy = { key: 'policy', value: 'shop/per-user' };
const rule = { key: 'rule', value: 'all' };

function read(init: Parameters<typeof create<typeof RateLimitDescriptorSchema>>[1], hits = 0) {
  return readDescriptor(create(RateLimitDescriptorSchema, init), hits);
}

describe('readDescriptor', () => {
  it('reads policy, rule, values and hits', () => {
    expect(read({ entries: [policy, rule, { key: 'header:x-user', value: 'ann' }] }, 3)).toEqual({
      policy: 'shop/per-user',
      namespace: 'shop',
      rule: 'all',
      values: [['header:x-user', 'ann']],
      hits: 3,
    });
    expect(read({ entries: [policy, rule] })).toMatchObject({ hits: 1, values: [] });
    expect(read({ entries: [policy, rule], hitsAddend: 0n }, 3)).toMatchObject({ hits: 0 });
  });

  it.each([
    ['no entries', { entries: [] }],
    ['the wrong order', { entries: [rule, policy] }],
    ['a name that is none', { entries: [{ key: 'policy', value: 'Shop:x' }, rule] }],
    ['a limit of the caller', { entries: [policy, rule], limit: { requestsPerUnit: 5 } }],
    ['hits to give back', { entries: [policy, rule], isNegativeHits: true }],
    ['a value without end', { entries: [policy, rule, { key: 'path', value: 'x'.repeat(10_000) }] }],
    ['too many entries', { entries: [policy, rule, ...Array.from({ length: 9 }, () => ({ key: 'a', value: 'b' }))] }],
  ])('refuses %s', (_, init) => expect(read(init)).toBeTypeOf('string'));
});

describe('LimitTable', () => {
  const object = (requests: number): RateLimit => ({
    apiVersion: 'policy.malla.io/v1alpha1',
    kind: 'RateLimit',
    metadata: { namespace: 'shop', name: 'per-user' },
    spec: { rules: [{ name: 'all', limit: { requests, unit: 'SECOND' } }] },
  });

  it('knows the limit of the newest object, and none of a deleted one', () => {
    const table = new LimitTable();
    table.set(object(5));
    table.set(object(7));
    expect(table.limitOf('shop/per-user', 'all')).toEqual({ requests: 7, unit: 'SECOND' });
    expect(table.limitOf('shop/per-user', 'other')).toBeUndefined();
    table.delete('shop/per-user');
    expect(table.limitOf('shop/per-user', 'all')).toBeUndefined();
  });
});

describe('DenyCache', () => {
  it('refuses the same or more until hits come back, and knows nothing of less or of another limit', () => {
    let now = 0;
    const cache = new DenyCache({ now: () => now });
    cache.refused('k', { limit: 10, hits: 2, until: 100 });
    now = 40;
    expect(cache.refusedFor('k', 10, 2)).toBe(60);
    expect(cache.refusedFor('k', 10, 5)).toBe(60);
    expect(cache.refusedFor('k', 10, 1)).toBeUndefined();
    expect(cache.refusedFor('k', 20, 2)).toBeUndefined();
    expect(cache.refusedFor('other', 10, 2)).toBeUndefined();
    now = 100;
    expect(cache.refusedFor('k', 10, 2)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('is bounded', () => {
    const cache = new DenyCache({ now: () => 0, maxEntries: 3 });
    for (let i = 0; i < 10; i++) cache.refused(`k${i}`, { limit: 1, hits: 1, until: 100 });
    expect(cache.size).toBe(3);
    expect(cache.refusedFor('k9', 1, 1)).toBe(100);
  });
});

describe('Circuit', () => {
  it('opens after failures in a row, lets one call through after its pause, and closes when that went well', () => {
    let now = 0;
    const circuit = new Circuit({ now: () => now, failures: 2, failingMs: 0, pauseMs: 100 });
    circuit.failed();
    circuit.succeeded();
    circuit.failed();
    expect(circuit.enter()).toBe(true);
    circuit.failed();
    expect(circuit.enter()).toBe(false);
    now = 100;
    expect([circuit.enter(), circuit.enter()]).toEqual([true, false]);
    circuit.failed();
    now = 199;
    expect(circuit.enter()).toBe(false);
    now = 200;
    expect(circuit.enter()).toBe(true);
    circuit.succeeded();
    expect([circuit.enter(), circuit.enter(), circuit.state]).toEqual([true, true, 'closed']);
  });

  it('takes many failures at one moment for one stall', () => {
    let now = 0;
    const circuit = new Circuit({ now: () => now, failures: 2, failingMs: 1000 });
    for (let i = 0; i < 100; i++) circuit.failed();
    now = 999;
    circuit.failed();
    expect(circuit.enter()).toBe(true);
    now = 1000;
    circuit.failed();
    expect(circuit.enter()).toBe(false);
  });
});
