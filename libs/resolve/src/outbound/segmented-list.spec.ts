import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SegmentedList } from './segmented-list.ts';

const segments = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
);

describe('SegmentedList', () => {
  it('holds the segments in order, however they came', () => {
    fc.assert(
      fc.property(fc.array(segments, { minLength: 1 }), (versions) => {
        const list = new SegmentedList<number>();
        for (const version of versions) {
          const keys = Object.keys(version).sort();
          const before = list.items;
          const replaced = list.replace(new Map(Object.entries(version)));
          if (!replaced) list.rebuild(keys, (key) => version[key] ?? []);
          const expected = replaced ? undefined : keys.flatMap((key) => version[key] ?? []);
          if (expected !== undefined) expect(list.items).toEqual(expected);
          for (const key of keys) expect(list.segment(key)).toEqual(version[key]);
          if (before.length === list.items.length && before.every((item, i) => item === list.items[i]))
            expect(list.items).toBe(before);
        }
      }),
    );
  });

  it('leaves earlier lists as they were', () => {
    const list = new SegmentedList<number>();
    list.rebuild(['a', 'b'], (key) => (key === 'a' ? [1, 2] : [3]));
    const before = list.items;
    expect(list.replace(new Map([['b', [4]]]))).toBe(true);
    expect([before, list.items]).toEqual([
      [1, 2, 3],
      [1, 2, 4],
    ]);
    expect(list.replace(new Map([['b', [4, 5]]]))).toBe(false);
  });
});
