import { Agent, request } from 'node:http';

export interface SteadyLoadParams {
  readonly url: string;
  readonly perSecond: number;
  /** Whether a response is what the caller wanted; default: status 200. */
  readonly good?: (status: number) => boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends what a busy machine was late with, several at once; default false: it is left out. */
  readonly catchUp?: boolean;
}

/** A failed request: when, and what the caller saw. */
export interface Failure {
  readonly at: number;
  readonly reason: string;
}

/** A constant rate of requests that does not slow down when responses do, counted at the client. */
export class SteadyLoad {
  readonly #params: SteadyLoadParams;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #failures: Failure[] = [];
  #sent = 0;
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(params: SteadyLoadParams) {
    this.#params = params;
  }

  get sent(): number {
    return this.#sent;
  }

  get failures(): readonly Failure[] {
    return this.#failures;
  }

  /** The failures since they were last taken; they are forgotten, so that a load may go on for weeks. */
  takeFailures(): readonly Failure[] {
    return this.#failures.splice(0);
  }

  start(): this {
    const { perSecond, catchUp = false } = this.#params;
    const begin = performance.now();
    const due = (): number => (catchUp ? Math.floor(((performance.now() - begin) / 1000) * perSecond) : this.#sent + 1);
    this.#timer ??= setInterval(() => {
      for (let left = due() - this.#sent; left > 0; left--) this.#send();
    }, 1000 / perSecond);
    return this;
  }

  /** Stops sending and waits for what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    while (this.#inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    this.#agent.destroy();
  }

  #send(): void {
    this.#sent += 1;
    this.#inFlight += 1;
    const { url, good = (status) => status === 200, headers = {} } = this.#params;
    const done = (failure?: string): void => {
      this.#inFlight -= 1;
      if (failure !== undefined) this.#failures.push({ at: Date.now(), reason: failure });
    };
    const call = request(url, { agent: this.#agent, headers: { ...headers }, timeout: 10_000 }, (response) => {
      response.resume();
      response.on('end', () => done(good(response.statusCode ?? 0) ? undefined : `status ${response.statusCode}`));
      response.on('error', (error) => done(error.message));
    });
    call.on('timeout', () => call.destroy(new Error('no response within 10 s')));
    call.on('error', (error) => done(error.message));
    call.end();
  }
}
