import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

describe('RateLimit', () => {
  it('allows a burst, then as many as the time gives back', () => {
    let now = 0;
    const limit = new RateLimit(60, () => now);
    const taken = (tries: number): number =>
      Array.from({ length: tries }, () => limit.take('a')).filter(Boolean).length;
    expect(taken(100)).toBe(60);
    now += 10_000;
    expect(taken(100)).toBe(10);
    now += 3_600_000;
    expect(taken(100)).toBe(60);
    expect(limit.take('b')).toBe(true);
  });

  it('never allows more than burst and rate together, whatever the rhythm', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat(5_000), { minLength: 1, maxLength: 300 }),
        (perMinute, waits) => {
          let now = 0;
          let taken = 0;
          const limit = new RateLimit(perMinute, () => now);
          for (const wait of waits) {
            now += wait;
            if (limit.take('a')) taken++;
          }
          expect(taken).toBeLessThanOrEqual(perMinute + (now / 60_000) * perMinute + 1e-6);
        },
      ),
    );
  });

  it('knows no limit at 0, and forgets no one who is over the limit when many others come', () => {
    const open = new RateLimit(0, () => 0);
    expect(Array.from({ length: 1_000 }, () => open.take('a')).every(Boolean)).toBe(true);
    const limit = new RateLimit(1, () => 0);
    for (let name = 0; name < 25_000; name++) limit.take(String(name));
    expect(limit.take('24999')).toBe(false);
  });
});
