import { describe, expect, it } from 'vitest';
import { FakeTimers } from '../../../test/http/fake-timers.ts';
import { Deadlines } from './deadlines.ts';

class Owner {
  readonly heard: [kind: number, at: number][] = [];
  readonly #timers: FakeTimers;

  constructor(timers: FakeTimers) {
    this.#timers = timers;
  }

  onDeadline(kind: number): void {
    this.heard.push([kind, this.#timers.now()]);
  }
}

describe('Deadlines', () => {
  it('tells its owner once, when the time is over', () => {
    const timers = new FakeTimers();
    const owner = new Owner(timers);
    new Deadlines(timers).take(owner, 7, 100, timers.now());
    timers.advance(99);
    expect(owner.heard).toEqual([]);
    timers.advance(500);
    expect(owner.heard).toEqual([[7, 100]]);
  });

  it('can be moved later without a new timer, and earlier with one', () => {
    const timers = new FakeTimers();
    const owner = new Owner(timers);
    const deadline = new Deadlines(timers).take(owner, 1, 100, 0);
    timers.advance(50);
    deadline.moveTo(200, timers.now());
    expect(timers.pending).toBe(1);
    timers.advance(149);
    expect(owner.heard).toEqual([]);
    timers.advance(1);
    expect(owner.heard).toEqual([[1, 200]]);
    deadline.moveTo(1000, timers.now());
    deadline.moveTo(300, timers.now());
    timers.advance(200);
    expect(owner.heard).toEqual([
      [1, 200],
      [1, 300],
    ]);
  });

  it('is used again with the timer that it has, and says nothing to a former owner', () => {
    const timers = new FakeTimers();
    const [first, second] = [new Owner(timers), new Owner(timers)];
    const deadlines = new Deadlines(timers);
    const one = deadlines.take(first, 1, 100, 0);
    timers.advance(10);
    deadlines.give(one);
    expect(deadlines.take(second, 2, 100, timers.now())).toBe(one);
    expect(timers.pending).toBe(1);
    timers.advance(200);
    expect(first.heard).toEqual([]);
    expect(second.heard).toEqual([[2, 110]]);
  });
});
