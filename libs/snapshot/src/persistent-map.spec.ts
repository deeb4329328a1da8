import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedKeys, PersistentMap } from './persistent-map.ts';

const key = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string());
const edit = fc.tuple(key, fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }));
const batches = fc.array(fc.array(edit, { maxLength: 20 }), { maxLength: 8 });

describe('PersistentMap', () => {
  it('holds what a Map would, version by version', () => {
    fc.assert(
      fc.property(batches, (edits) => {
        const model = new Map<string, number>();
        let map = PersistentMap.empty<number>();
        const versions = edits.map((batch) => {
          const draft = map.edit();
          for (const [k, value] of batch) {
            draft.set(k, value);
            if (value === undefined) model.delete(k);
            else model.set(k, value);
          }
          map = draft.finish();
          return { map, expected: new Map(model) };
        });
        for (const version of versions) {
          expect(new Map(version.map)).toEqual(version.expected);
          expect(version.map.size).toBe(version.expected.size);
        }
      }),
    );
  });

  it('tells the keys that differ between any two versions', () => {
    const contents = fc.dictionary(key, fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(contents, contents, (a, b) => {
        const before = PersistentMap.from(Object.entries(a));
        const draft = before.edit();
        for (const k of Object.keys(a)) if (!Object.hasOwn(b, k)) draft.set(k, undefined);
        for (const [k, value] of Object.entries(b)) draft.set(k, value);
        const after = draft.finish();
        const valueIn = (record: Record<string, number>, k: string) =>
          Object.hasOwn(record, k) ? record[k] : undefined;
        const expected = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
          (k) => valueIn(a, k) !== valueIn(b, k),
        );
        expect(changedKeys(before, after).sort()).toEqual(expected.sort());
        expect(changedKeys(before, PersistentMap.from(Object.entries(b))).sort()).toEqual(expected.sort());
      }),
    );
  });

  it('stays the identical map when an edit changes nothing', () => {
    const map = PersistentMap.from([['a', 1]]);
    const draft = map.edit();
    draft.set('a', 1);
    draft.set('b', undefined);
    expect(draft.finish()).toBe(map);
  });

  it('does not change with a draft, nor after one is finished', () => {
    const map = PersistentMap.from([['a', 1]]);
    const draft = map.edit();
    draft.set('a', 2);
    const second = draft.finish();
    draft.set('a', 3);
    expect([map.get('a'), second.get('a'), draft.get('a')]).toEqual([1, 2, 3]);
  });
});
