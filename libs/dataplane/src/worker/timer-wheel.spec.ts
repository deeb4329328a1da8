import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerWheel, type TimerClock } from './timer-wheel.ts';

/** Time that goes on only when it is told to. */
class HandClock implements TimerClock {
  #now = 0;
  #wakes = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return this.#now;
  }

  wake(ms: number, run: () => void): () => void {
    const wake = { at: this.#now + ms, run };
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }

  get sleepers(): number {
    return this.#wakes.size;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#wakes].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#wakes.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }
}

describe('TimerWheel', () => {
  it('goes on after a timer that failed', () => {
    const clock = new HandClock();
    const faults: unknown[] = [];
    const wheel = new TimerWheel(clock, (error) => faults.push(error));
    const ran: string[] = [];
    wheel.set(10, () => {
      throw new Error('a bug');
    });
    wheel.set(10, () => ran.push('same time'));
    wheel.set(2_000, () => ran.push('later'));
    clock.advance(3_000);
    expect(ran).toEqual(['same time', 'later']);
    expect(faults).toHaveLength(1);
  });

  it('runs every timer once, not early and at most a tick late', () => {
    const times = fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 5_000 }), (waits, before) => {
        const clock = new HandClock();
        const wheel = new TimerWheel(clock);
        clock.advance(before);
        const late: number[] = [];
        for (const ms of waits) wheel.set(ms, () => late.push(clock.now() - before - ms));
        clock.advance(700_000);
        expect(late).toHaveLength(waits.length);
        for (const by of late) expect(by >= 0 && by <= 8).toBe(true);
        expect(clock.sleepers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('does not run what was cancelled, even from inside another timer of the same tick', () => {
    const clock = new HandClock();
    const wheel = new TimerWheel(clock);
    const ran: string[] = [];
    wheel.set(5, () => {
      ran.push('first');
      second.cancel();
    });
    const second = wheel.set(5, () => ran.push('second'));
    wheel.set(2_000, () => ran.push('long')).cancel();
    clock.advance(10_000);
    expect(ran).toEqual(['first']);
  });

  it('takes timers that are set while it runs', () => {
    const clock = new HandClock();
    const wheel = new TimerWheel(clock);
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.now());
      if (ran.length < 5) wheel.set(300, again);
    };
    wheel.set(0, again);
    clock.advance(5_000);
    expect(ran).toHaveLength(5);
    expect(ran.at(-1)).toBeLessThan(1_300);
  });
});
