import type { Timer, Timers } from '../../runtime/services.ts';

/** Whoever has deadlines; `kind` is its own number for what is over. */
export interface DeadlineOwner {
  onDeadline(kind: number): void;
}

/**
 * A deadline that is moved and dropped far more often than it is reached: moving it to a later time touches no timer, and a timer that runs too early
 * is set again for the rest. So a request with deadlines costs no timer at all while connections are kept busy.
 */
export class Deadline {
  owner: DeadlineOwner | undefined;
  kind = 0;
  readonly #timers: Timers;
  readonly #run = (): void => this.#onTimer();
  #timer: Timer | undefined;
  /** When the timer runs, and when the owner wants to hear; monotonic milliseconds. */
  #firesAt = Infinity;
  #at = Infinity;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** The one time at which the owner hears of it, in monotonic milliseconds; Infinity: never. */
  moveTo(at: number, now: number): void {
    this.#at = at;
    if (at >= this.#firesAt) return;
    this.#timer?.cancel();
    this.#firesAt = at;
    this.#timer = this.#timers.set(Math.max(0, at - now), this.#run);
  }

  drop(): void {
    this.#at = Infinity;
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#firesAt = Infinity;
    if (this.#at === Infinity) return;
    const now = this.#timers.now();
    // Timers are coarse: half a millisecond early is on time.
    if (now + 0.5 < this.#at) {
      this.moveTo(this.#at, now);
      return;
    }
    this.#at = Infinity;
    this.owner?.onDeadline(this.kind);
  }
}

/** Deadlines of one worker that nobody uses now, with their timers still set. */
export class Deadlines {
  readonly timers: Timers;
  readonly #free: Deadline[] = [];

  constructor(timers: Timers) {
    this.timers = timers;
  }

  take(owner: DeadlineOwner, kind: number, ms: number, now: number): Deadline {
    const deadline = this.#free.pop() ?? new Deadline(this.timers);
    deadline.owner = owner;
    deadline.kind = kind;
    deadline.moveTo(now + ms, now);
    return deadline;
  }

  /** The owner must not touch it any more. */
  give(deadline: Deadline): void {
    deadline.owner = undefined;
    deadline.drop();
    if (this.#free.length < 10_000) this.#free.push(deadline);
  }
}
