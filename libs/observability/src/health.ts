/**
 * The state of one thing that a service depends on.
 * - `ok`: works.
 * - `degraded`: works with less; the service stays ready and says why (a store is away, but memory still serves).
 * - `down`: the service cannot do its work; it is not ready.
 * - `dead`: it will never work again in this process; a supervisor should restart it.
 */
export type CheckState = 'ok' | 'degraded' | 'down' | 'dead';

export interface CheckReport {
  readonly name: string;
  readonly state: CheckState;
  /** Why it is not `ok`; undefined if it is. */
  readonly reason: string | undefined;
  /** When the state last changed, ISO 8601. */
  readonly since: string;
}

export interface HealthReport {
  readonly live: boolean;
  readonly ready: boolean;
  /** The worst state of all checks. */
  readonly state: CheckState;
  readonly checks: readonly CheckReport[];
}

/** The handle by which the owner of a dependency reports on it. */
export interface HealthCheck {
  ok(): void;
  degraded(reason: string): void;
  down(reason: string): void;
  dead(reason: string): void;
}

/** From good to bad. */
export const checkStates: readonly CheckState[] = ['ok', 'degraded', 'down', 'dead'];

/** The health of one service: named checks, each reported by its owner, summed up for probes. */
export class Health {
  readonly #checks = new Map<string, CheckReport>();
  readonly #listeners = new Set<(report: HealthReport) => void>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Adds a check. It is `down` ("not started") until its owner reports otherwise. A second call for a name gives the same check. */
  check(name: string): HealthCheck {
    if (!this.#checks.has(name)) this.#set(name, 'down', 'not started');
    return {
      ok: () => this.#set(name, 'ok', undefined),
      degraded: (reason) => this.#set(name, 'degraded', reason),
      down: (reason) => this.#set(name, 'down', reason),
      dead: (reason) => this.#set(name, 'dead', reason),
    };
  }

  /** Says that the service is going away: not ready from now on, so that callers turn to others while work in hand ends. */
  drain(): void {
    this.check('shutdown').down('shutting down');
  }

  report(): HealthReport {
    const checks = [...this.#checks.values()];
    const worst = Math.max(0, ...checks.map(({ state }) => checkStates.indexOf(state)));
    const state = checkStates[worst] ?? 'dead';
    return { live: state !== 'dead', ready: state === 'ok' || state === 'degraded', state, checks };
  }

  /** Calls back after each change of a state or a reason. Returns the way to stop that. */
  onChange(listener: (report: HealthReport) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(name: string, state: CheckState, reason: string | undefined): void {
    const before = this.#checks.get(name);
    if (before?.state === state && before.reason === reason) return;
    const since = before?.state === state ? before.since : new Date(this.#now()).toISOString();
    this.#checks.set(name, { name, state, reason, since });
    const report = this.report();
    for (const listener of this.#listeners) listener(report);
  }
}
