import type { Deadline, DeadlineOwner, Deadlines } from '../stream/deadlines.ts';

/** What a request that goes upstream waits for. */
export const waits = { total: 1, perTry: 2, perTryIdle: 3, backoff: 4 } as const;

/** The deadlines of a request on its way, and of its try. */
export class ForwardingDeadlines {
  readonly #owner: DeadlineOwner;
  readonly #pool: Deadlines;
  #total: Deadline | undefined;
  #perTry: Deadline | undefined;
  #perTryIdle: Deadline | undefined;
  #idleMs = 0;
  #backoff: Deadline | undefined;

  constructor(owner: DeadlineOwner, pool: Deadlines) {
    this.#owner = owner;
    this.#pool = pool;
  }

  startTotal(ms: number): void {
    if (ms > 0) this.#total = this.#take(waits.total, ms);
  }

  startTry(ms: number): void {
    if (ms > 0 && this.#perTry === undefined) this.#perTry = this.#take(waits.perTry, ms);
  }

  startTryIdle(ms: number): void {
    this.#idleMs = ms;
    this.#perTryIdle = this.#take(waits.perTryIdle, ms);
  }

  startBackoff(ms: number): void {
    this.#backoff = this.#take(waits.backoff, ms);
  }

  /** The back-off is over. */
  endBackoff(): void {
    this.#backoff = this.#give(this.#backoff);
  }

  /** Something has moved in the try. */
  touchTry(): void {
    if (this.#perTryIdle === undefined) return;
    const now = this.#pool.timers.now();
    this.#perTryIdle.moveTo(now + this.#idleMs, now);
  }

  endTry(): void {
    this.#perTry = this.#give(this.#perTry);
    this.#perTryIdle = this.#give(this.#perTryIdle);
  }

  end(): void {
    this.endTry();
    this.endBackoff();
    this.#total = this.#give(this.#total);
  }

  #take(kind: number, ms: number): Deadline {
    return this.#pool.take(this.#owner, kind, ms, this.#pool.timers.now());
  }

  #give(deadline: Deadline | undefined): undefined {
    if (deadline !== undefined) this.#pool.give(deadline);
    return undefined;
  }
}
