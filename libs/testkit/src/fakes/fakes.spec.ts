import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { seededRandom } from './seeded-random.ts';
import { sequenceIds } from './sequence-ids.ts';

describe('FakeClock', () => {
  it('wakes sleepers in order and only when due', async () => {
    const clock = new FakeClock(0);
    const woken: string[] = [];
    void clock.sleep(20).then(() => woken.push(`b at ${clock.now()}`));
    void clock.sleep(10).then(() => woken.push(`a at ${clock.now()}`));
    await clock.advance(9);
    expect(woken).toEqual([]);
    await clock.advance(11);
    expect(woken).toEqual(['a at 10', 'b at 20']);
    expect(clock.now()).toBe(20);
  });

  it('wakes who sleeps again inside one advance', async () => {
    const clock = new FakeClock(0);
    let rounds = 0;
    void (async () => {
      for (;;) {
        await clock.sleep(10);
        rounds += 1;
      }
    })();
    await clock.advance(35);
    expect(rounds).toBe(3);
  });

  it('ends a sleep when the signal is aborted', async () => {
    const clock = new FakeClock(0);
    const controller = new AbortController();
    const slept = clock.sleep(1_000, controller.signal);
    controller.abort();
    await slept;
    expect(clock.sleeping).toBe(0);
  });
});

describe('seededRandom', () => {
  it('repeats itself for a seed and stays in range', () => {
    const draw = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((n) => n >= 0 && n < 1)).toBe(true);
    expect(Math.abs(draw(7).reduce((a, b) => a + b, 0) / 1000 - 0.5)).toBeLessThan(0.05);
  });
});

describe('sequenceIds', () => {
  it('counts', () => {
    const next = sequenceIds('w-');
    expect([next(), next()]).toEqual(['w-1', 'w-2']);
  });
});
