import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseWeighted, happens } from './choice.ts';

describe('chooseWeighted', () => {
  it('gives each item its share of the line', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(weights, (list) => {
        const items = list.map((weight, id) => ({ weight, id }));
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const seen = items.map(() => 0);
        for (let i = 0; i < total; i++) seen[chooseWeighted(items, (i + 0.5) / total).id]! += 1;
        expect(seen).toEqual(list);
      }),
    );
  });

  it('takes the last item when rounding leaves the line', () => {
    expect(chooseWeighted([{ weight: 1, id: 1 }], 0.999999999)).toEqual({ weight: 1, id: 1 });
  });
});

describe('happens', () => {
  it('never at 0, always at 100', () => {
    expect(happens(0, 0)).toBe(false);
    expect(happens(100, 0.999999)).toBe(true);
    expect([happens(50, 0.49), happens(50, 0.5)]).toEqual([true, false]);
  });
});
