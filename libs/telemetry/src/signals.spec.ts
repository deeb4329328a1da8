import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleBucket } from './conformance.ts';
import { signalsOf } from './signals.ts';

const workloads = ['a', 'b', 'c', 'd', 'e'];

it('the order of signals does not depend on the order of what was counted', () => {
  const buckets = workloads.map((destinationWorkload, i) =>
    sampleBucket(0, ...Array.from({ length: i === 2 ? 2 : 1 }, () => ({ destinationWorkload }))),
  );
  fc.assert(
    fc.property(fc.shuffledSubarray(buckets, { minLength: buckets.length }), (shuffled) => {
      const order = signalsOf(shuffled).map(({ destinationWorkload }) => destinationWorkload);
      expect(order).toEqual(['c', 'a', 'b', 'd', 'e']);
    }),
  );
});
