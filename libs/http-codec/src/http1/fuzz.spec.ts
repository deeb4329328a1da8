import { describe, expect, it } from 'vitest';
import { GOOD_REQUESTS, GOOD_RESPONSES } from '../../test/http1/mutations.ts';
import { fuzzAgainstLlhttp, fuzzResponsesAgainstLlhttp } from '../../test/http1/fuzz-against-llhttp.ts';

/** Set for the long run: `MALLA_FUZZ_COUNT=1000000`. */
const count = Number(process.env['MALLA_FUZZ_COUNT'] ?? 30_000);
const seed = Number(process.env['MALLA_FUZZ_SEED'] ?? 1);
const timeout = Math.max(30_000, count);

describe('messages without a fault', () => {
  it('are taken by both', () => {
    const requests = fuzzAgainstLlhttp({ count: GOOD_REQUESTS, seed });
    expect(requests.refusals).toEqual(new Map());
    expect(requests.disagreements).toEqual([]);
    const responses = fuzzResponsesAgainstLlhttp({ count: GOOD_RESPONSES, seed });
    expect(responses.refusals).toEqual(new Map());
    expect(responses.disagreements).toEqual([]);
  });
});

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
