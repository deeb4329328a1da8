import { describe, expect, it } from 'vitest';
import { fuzzAgainstLlhttp, fuzzResponsesAgainstLlhttp } from '../../test/http1/fuzz-against-llhttp.ts';

/** Set for the long run: `MALLA_FUZZ_COUNT=1000000`. */
const count = Number(process.env['MALLA_FUZZ_COUNT'] ?? 30_000);
const seed = Number(process.env['MALLA_FUZZ_SEED'] ?? 1);
const timeout = Math.max(30_000, count);

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
