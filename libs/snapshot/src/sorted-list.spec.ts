import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSorted } from './sorted-list.ts';

interface Item {
  readonly key: string;
}
const record = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constant(true));

describe('mergeSorted', () => {
  it('equals changing a map and sorting it', () => {
    fc.assert(
      fc.property(record, record, record, (present, removed, added) => {
        const list: Item[] = Object.keys(present)
          .sort()
          .map((key) => ({ key }));
        const changes = new Map<string, Item | undefined>();
        for (const key of Object.keys(removed)) changes.set(key, undefined);
        for (const key of Object.keys(added)) changes.set(key, { key });
        const expected = new Map(list.map((item) => [item.key, item]));
        for (const [key, item] of changes) {
          if (item === undefined) expected.delete(key);
          else expected.set(key, item);
        }
        const merged = mergeSorted(list, changes, (item) => item.key);
        expect(merged.map((item) => item.key)).toEqual([...expected.keys()].sort());
        expect(merged.every((item) => item === expected.get(item.key))).toBe(true);
      }),
    );
  });

  it('keeps the list when nothing differs', () => {
    const list = [{ key: 'a' }];
    expect(
      mergeSorted(
        list,
        new Map([
          ['a', list[0]],
          ['b', undefined],
        ]),
        (item) => item.key,
      ),
    ).toBe(list);
  });
});
