// A steady rate of requests, each counted: whether the answer was 200 with every part of the page.
import { Agent, request } from 'undici';

const REQUEST_MS = 10_000;

export class SteadyLoad {
  #url;
  #intervalMs;
  #agent = new Agent({ connections: 32 });
  #timer;
  #pending = new Set();
  #requests = 0;
  #failures = [];

  /** @param {string} url @param {number} rate requests a second */
  constructor(url, rate) {
    this.#url = url;
    this.#intervalMs = 1000 / rate;
  }

  start() {
    this.#timer = setInterval(() => {
      const one = this.#send().finally(() => this.#pending.delete(one));
      this.#pending.add(one);
    }, this.#intervalMs);
  }

  /** Ends the load when what is under way has its answer. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    await this.#agent.close();
    return { requests: this.#requests, failures: this.#failures };
  }

  async #send() {
    this.#requests += 1;
    const at = new Date().toISOString();
    try {
      const { statusCode, body } = await request(this.#url, {
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      const text = await body.text();
      if (statusCode !== 200) this.#failures.push(`${at} ${statusCode} ${text.slice(0, 100)}`);
      else {
        const { details, reviews } = JSON.parse(text);
        if (details.status !== 200 || reviews.status !== 200)
          this.#failures.push(`${at} details ${details.status}, reviews ${reviews.status}`);
      }
    } catch (error) {
      this.#failures.push(`${at} ${error.message}`);
    }
  }
}
