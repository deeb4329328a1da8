import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff, sleep } from './backoff.ts';

describe('Backoff', () => {
  it('doubles up to its bound, and begins anew after a success', () => {
    const backoff = new Backoff({ initialMs: 100, maxMs: 500, jitter: 0 });
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 200, 400, 500, 500]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it('spreads waits over the jittered part, never beyond the bound', () => {
    const draws = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(
        draws,
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (random, initialMs, jitter) => {
          let at = 0;
          const backoff = new Backoff({
            initialMs,
            maxMs: 10_000,
            jitter,
            random: () => random[at++ % random.length] ?? 0,
          });
          let full = initialMs;
          for (let tries = 0; tries < 30; tries++) {
            const wait = backoff.next();
            expect(wait).toBeLessThanOrEqual(Math.round(full));
            expect(wait).toBeGreaterThanOrEqual(Math.floor(full * (1 - jitter)));
            full = Math.min(10_000, full * 2);
          }
        },
      ),
    );
  });
});

describe('sleep', () => {
  it('ends early when the signal fires, or has fired', async () => {
    const controller = new AbortController();
    const waiting = sleep(60_000, controller.signal);
    controller.abort();
    await waiting;
    await sleep(60_000, controller.signal);
  });
});
