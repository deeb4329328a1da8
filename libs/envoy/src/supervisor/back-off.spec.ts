import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs } from './back-off.ts';

describe('backOffMs', () => {
  it('stays between half of the ceiling and the ceiling, and never exceeds the longest wait', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(10_000), random, (attempt, fraction) => {
        const wait = backOffMs(attempt, fraction, { baseMs: 200, maxMs: 10_000 });
        const ceiling = Math.min(10_000, 200 * 2 ** attempt);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(ceiling / 2));
        expect(wait).toBeLessThanOrEqual(ceiling);
      }),
    );
  });
});
