import { Agent, request } from 'node:http';

/** Clients that ask one after the other on kept connections, as fast as `pauseMs` lets them, and count what goes wrong. */
export class SteadyClients {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #port: number;
  readonly #pauseMs: number;
  #running = true;
  readonly #clients: Promise<void>[];
  /** Answers with status 200. */
  answered = 0;
  /** Everything else, in words. */
  readonly failures: string[] = [];

  constructor({ port, count, pauseMs }: { readonly port: number; readonly count: number; readonly pauseMs: number }) {
    this.#port = port;
    this.#pauseMs = pauseMs;
    this.#clients = Array.from({ length: count }, () => this.#ask());
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #ask(): Promise<void> {
    while (this.#running) {
      const failure = await this.#once();
      if (failure === undefined) this.answered++;
      else this.failures.push(failure);
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
    }
  }

  #once(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const sent = request({ agent: this.#agent, host: '127.0.0.1', port: this.#port, timeout: 30_000 }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`));
        response.on('error', (error) => resolve(error.message));
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')));
      sent.on('error', (error) => resolve(error.message));
      sent.end();
    });
  }
}
