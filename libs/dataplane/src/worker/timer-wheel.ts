import type { Timer, Timers } from '../runtime/services.ts';

/** How fine the wheel is, in milliseconds. A timer runs at most so much later than asked for, never earlier. */
const tickMs = 4;
const slotBits = 8;
const slots = 1 << slotBits;
const mask = slots - 1;
/** Three wheels of 256 slots: 1 s, 262 s and 18 hours. Longer times are cut to that. */
const levels = 3;
const longestTicks = slots ** levels - 1;

/** Where time comes from, and what wakes the wheel; specs have their own. */
export interface TimerClock {
  /** Monotonic milliseconds, with fractions. */
  now(): number;
  wallClock(): number;
  /** Runs once after so many milliseconds, unless it is cancelled. Returns the way to cancel. */
  wake(ms: number, run: () => void): () => void;
}

/** A node of a slot's ring. */
class WheelTimer implements Timer {
  dueTick = 0;
  run: (() => void) | undefined;
  previous: WheelTimer = this;
  next: WheelTimer = this;

  cancel(): void {
    if (this.run === undefined) return;
    this.run = undefined;
    this.unlink();
  }

  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }

  /** Puts `timer` at the end of this ring. */
  push(timer: WheelTimer): void {
    timer.previous = this.previous;
    timer.next = this;
    this.previous.next = timer;
    this.previous = timer;
  }
}

/** A hierarchical timer wheel: setting and cancelling cost a few writes. Sleeps while no timer is set. */
export class TimerWheel implements Timers {
  readonly #clock: TimerClock;
  readonly #start: number;
  readonly #onFault: ((error: unknown) => void) | undefined;
  readonly #rings: WheelTimer[] = Array.from({ length: slots * levels }, () => new WheelTimer());
  /** The last tick that was run. */
  #tick = 0;
  #wakeTick = Infinity;
  #cancelWake: (() => void) | undefined;
  readonly #onWake = (): void => this.#woken();

  /** @param onFault told of errors of what timers run; without it they are thrown, and nothing runs any more */
  constructor(clock: TimerClock = systemClock, onFault?: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
    this.#start = clock.now();
  }

  now(): number {
    return this.#clock.now();
  }

  wallClock(): number {
    return this.#clock.wallClock();
  }

  set(ms: number, run: () => void): Timer {
    const timer = new WheelTimer();
    timer.run = run;
    const now = this.#clock.now() - this.#start;
    if (this.#wakeTick === Infinity) this.#tick = Math.floor(now / tickMs);
    const due = Math.ceil((now + Math.max(0, ms)) / tickMs);
    timer.dueTick = Math.min(Math.max(due, this.#tick + 1), this.#tick + longestTicks);
    this.#insert(timer);
    if (timer.dueTick < this.#wakeTick) this.#sleepUntil(timer.dueTick);
    return timer;
  }

  #insert(timer: WheelTimer): void {
    const distance = timer.dueTick - this.#tick;
    const level = distance < slots ? 0 : distance < slots * slots ? 1 : 2;
    const slot = Math.floor(timer.dueTick / slots ** level) & mask;
    (this.#rings[level * slots + slot] as WheelTimer).push(timer);
  }

  #woken(): void {
    this.#cancelWake = undefined;
    this.#wakeTick = -1;
    const target = Math.floor((this.#clock.now() - this.#start) / tickMs);
    while (this.#tick < target) {
      this.#tick++;
      if ((this.#tick & mask) === 0) this.#cascade();
      this.#runSlot(this.#rings[this.#tick & mask] as WheelTimer);
    }
    this.#wakeTick = Infinity;
    const next = this.#nextTick();
    if (next !== undefined) this.#sleepUntil(next);
  }

  /** Timers of the coarser wheels whose time has come near go to the finer ones. */
  #cascade(): void {
    if ((this.#tick & (slots * slots - 1)) === 0)
      this.#refile(2 * slots + (Math.floor(this.#tick / slots ** 2) & mask));
    this.#refile(slots + (Math.floor(this.#tick / slots) & mask));
  }

  #refile(index: number): void {
    const ring = this.#rings[index] as WheelTimer;
    // Detached first: a timer for exactly one turn of the wheel later would come back to the same ring.
    const timers: WheelTimer[] = [];
    while (ring.next !== ring) {
      timers.push(ring.next);
      ring.next.unlink();
    }
    for (const timer of timers) this.#insert(timer);
  }

  #runSlot(ring: WheelTimer): void {
    while (ring.next !== ring) {
      const timer = ring.next;
      timer.unlink();
      const { run } = timer;
      timer.run = undefined;
      try {
        run?.();
      } catch (error) {
        if (this.#onFault === undefined) throw error;
        this.#onFault(error);
      }
    }
  }

  /** The tick at which there is something to do: a due timer, or a coarser slot to look into. */
  #nextTick(): number | undefined {
    for (let ahead = 1; ahead <= slots; ahead++) {
      const tick = this.#tick + ahead;
      if (!this.#isEmpty(tick & mask)) return tick;
      if ((tick & mask) === 0 && this.#anyCoarse()) return tick;
    }
    return undefined;
  }

  #anyCoarse(): boolean {
    for (let index = slots; index < slots * levels; index++) if (!this.#isEmpty(index)) return true;
    return false;
  }

  #isEmpty(index: number): boolean {
    const ring = this.#rings[index] as WheelTimer;
    return ring.next === ring;
  }

  #sleepUntil(tick: number): void {
    this.#cancelWake?.();
    this.#wakeTick = tick;
    const ms = tick * tickMs - (this.#clock.now() - this.#start);
    this.#cancelWake = this.#clock.wake(Math.max(0, ms), this.#onWake);
  }
}

const systemClock: TimerClock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  wake: (ms, run) => {
    const timeout = setTimeout(run, Math.ceil(ms));
    return () => clearTimeout(timeout);
  },
};
