import { connect, type ClientHttp2Session } from 'node:http2';

/** What a client saw. */
export interface Latencies {
  readonly count: number;
  /** Milliseconds from a request to the end of its answer. */
  readonly p50: number;
  readonly p99: number;
}

/** A client of HTTP/2 that behaves: asks every 5 ms on one connection, and fails on the first answer that is not 200. */
export class OtherClient implements Disposable {
  readonly #session: ClientHttp2Session;
  readonly #timer: NodeJS.Timeout;
  #taken: number[] = [];
  /** What went wrong, if anything. */
  readonly failures: string[] = [];

  constructor(port: number) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    this.#session.on('error', (error: Error) => this.failures.push(error.message));
    this.#timer = setInterval(() => this.#ask(), 5);
  }

  /** What was measured since the last time. */
  take(): Latencies {
    return latenciesOf(this.#taken.splice(0));
  }

  /** The same, as single figures in milliseconds. */
  takeAll(): readonly number[] {
    return this.#taken.splice(0);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#session.destroy();
  }

  #ask(): void {
    const began = performance.now();
    const request = this.#session.request({ ':path': '/' });
    let status: number | undefined;
    let text = '';
    request.on('response', (fields) => (status = fields[':status']));
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('error', (error: Error) => this.failures.push(error.message));
    request.on('end', () => {
      this.#taken.push(performance.now() - began);
      if (status !== 200) this.failures.push(`status ${status}: ${text}`);
    });
  }
}

export function latenciesOf(figures: readonly number[]): Latencies {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}
