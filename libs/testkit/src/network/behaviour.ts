/** How an application under test answers. */
export interface BehaviourSettings {
  /** Status of an answer that is not a failure; default 200. */
  readonly status?: number;
  /** How many requests fail before it answers well; `true` for all. Default none. */
  readonly fails?: number | true;
  /** Status of a failure; `reset` closes the connection. Default 503. */
  readonly failure?: number | 'reset';
  /** Before the answer, in milliseconds. Default 0. */
  readonly delayMs?: number;
  /** Response headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The next answer. */
export interface Reaction {
  readonly status: number | 'reset';
  readonly delayMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** An application's behaviour over its requests; real servers and the simulator's applications share it. */
export class Behaviour {
  readonly #settings: BehaviourSettings;
  #requests = 0;

  constructor(settings: BehaviourSettings = {}) {
    this.#settings = settings;
  }

  /** Takes one request. */
  next(): Reaction {
    const { status = 200, fails = 0, failure = 503, delayMs = 0, headers = {} } = this.#settings;
    const failing = fails === true || this.#requests < fails;
    this.#requests += 1;
    return { status: failing ? failure : status, delayMs, headers };
  }
}
