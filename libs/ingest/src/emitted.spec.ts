import { Emitter } from '@malla/emit';
import { arbitraryProxy, type ArbitraryProxy } from '@malla/testkit/arbitrary-ir';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ingestResource } from './ingest.ts';

function emit(proxy: ArbitraryProxy) {
  return new Emitter().emit({ ...proxy, dataPlane: 'builtin', trustDomain: 'cluster.local' });
}

describe('what discovery sends', () => {
  it('is accepted, whatever the IR says', () => {
    fc.assert(
      fc.property(arbitraryProxy, (proxy) => {
        for (const [typeUrl, resources] of emit(proxy)) {
          for (const { name, any } of resources.values()) {
            const result = ingestResource(typeUrl, name, any.value);
            expect(result.ok ? [] : result.problems).toEqual([]);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
