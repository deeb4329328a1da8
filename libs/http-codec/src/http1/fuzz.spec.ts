import { describe, expect, it } from 'vitest';
import { describeFuzz } from '../../test/http1/describe-fuzz.ts';
import { fuzzAgainstLlhttp, fuzzResponsesAgainstLlhttp } from '../../test/http1/fuzz-against-llhttp.ts';
import { GOOD_REQUESTS, GOOD_RESPONSES } from '../../test/http1/mutations.ts';

describe('messages without a fault', () => {
  it('are taken by both', () => {
    const requests = fuzzAgainstLlhttp({ count: GOOD_REQUESTS, seed: 1 });
    expect(requests.refusals).toEqual(new Map());
    expect(requests.disagreements).toEqual([]);
    const responses = fuzzResponsesAgainstLlhttp({ count: GOOD_RESPONSES, seed: 1 });
    expect(responses.refusals).toEqual(new Map());
    expect(responses.disagreements).toEqual([]);
  });
});

describeFuzz({ count: 15_000, seed: 1 });
