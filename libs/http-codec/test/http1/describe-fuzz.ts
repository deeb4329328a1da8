import { describe, expect, it } from 'vitest';
import { fuzzAgainstLlhttp, fuzzResponsesAgainstLlhttp } from './fuzz-against-llhttp.ts';

/** Compares our parsers with llhttp on so many changed messages of each direction. */
export function describeFuzz({ count, seed }: { readonly count: number; readonly seed: number }): void {
  const timeout = Math.max(60_000, count);

  describe(`${count} changed messages, seed ${seed}`, () => {
    it('has no request that we accept and llhttp refuses, or reads otherwise', { timeout }, () => {
      const { disagreements, accepted } = fuzzAgainstLlhttp({ count, seed });
      expect(disagreements).toEqual([]);
      // Else the fuzzing would prove nothing.
      expect(accepted).toBeGreaterThan(count / 10);
    });

    it('has no response that we accept and llhttp refuses, or reads otherwise', { timeout }, () => {
      const { disagreements, accepted } = fuzzResponsesAgainstLlhttp({ count, seed });
      expect(disagreements).toEqual([]);
      expect(accepted).toBeGreaterThan(count / 10);
    });
  });
}
