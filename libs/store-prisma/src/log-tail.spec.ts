import type { Change } from '@malla/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogTail } from './log-tail.ts';

const change = (revision: number, padding = 0): Change =>
  ({
    revision,
    operation: 'created',
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `s${revision}`, annotations: { padding: 'x'.repeat(padding) } },
    },
  }) as unknown as Change;

let tail: LogTail;

beforeEach(async () => {
  tail = new LogTail({ read: async () => [], revision: async () => 0, pollMs: 60_000, onRead: () => undefined });
  await tail.start();
});

afterEach(() => tail.close());

describe('LogTail', () => {
  it('gives what is kept after a revision, and nothing for what is too old', () => {
    tail.offer([change(1), change(2), change(3)]);
    expect(tail.after(1)?.map(({ revision }) => revision)).toEqual([2, 3]);
    tail.forget(3);
    expect(tail.after(1)).toBeUndefined();
    expect(tail.after(2)?.map(({ revision }) => revision)).toEqual([3]);
  });

  it('keeps a bound number of bytes, the newest ones', () => {
    for (let revision = 1; revision <= 200; revision++) tail.offer([change(revision, 1_000_000)]);
    expect(tail.head).toBe(200);
    expect(tail.after(50)).toBeUndefined();
    const kept = tail.after(150);
    expect(kept?.at(0)?.revision).toBe(151);
    expect(kept?.at(-1)?.revision).toBe(200);
  });

  it('keeps one change that is larger than all bounds', () => {
    tail.offer([change(1, 100_000_000)]);
    tail.offer([change(2)]);
    expect(tail.after(1)?.map(({ revision }) => revision)).toEqual([2]);
  });
});
