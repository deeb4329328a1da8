import { spawn, type ChildProcess as NodeChild } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';

export interface ChildParams {
  /** For messages, such as `discovery` or `reviews-v1 agent`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** On top of PATH and HOME, which every child gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly logFile: string;
  /** Milliseconds it may take to end after SIGTERM before it is killed; default 15 s. */
  readonly stopTimeoutMs?: number;
}

/** Ends what hangs. Two dozen processes that start together on a busy machine take minutes; one that ends is noticed at once. */
const readyTimeoutMs = 240_000;

/** A process of the demo: started with its output in a file, and surely ended. */
export class Child {
  readonly name: string;
  readonly #params: ChildParams;
  readonly #process: NodeChild;
  readonly #exited: Promise<unknown>;

  constructor(params: ChildParams) {
    this.name = params.name;
    this.#params = params;
    const log = openSync(params.logFile, 'a', 0o600);
    this.#process = spawn(params.command, params.args, { env: { ...params.env }, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#exited = once(this.#process, 'exit');
    this.#exited.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid !== undefined;
  }

  /**
   * Waits until `ready` holds, asking every 50 ms.
   * @throws Error with the end of its log when the process ends before, or when the time is up
   */
  async waitFor(what: string, ready: () => Promise<boolean>, timeoutMs = readyTimeoutMs): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const isReady = await ready().catch(() => false);
      // Asked after the answer: on a port that was taken from it, somebody else may have answered.
      if (!this.running) throw new Error(`${this.name} ended before ${what}\n${this.logTail()}`);
      if (isReady) return;
      if (Date.now() > deadline)
        throw new Error(`${this.name}: ${what} took over ${timeoutMs / 1000} s\n${this.logTail()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Asks it to end and waits; kills it when it takes too long. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), this.#params.stopTimeoutMs ?? 15_000);
    await this.#exited.catch(() => undefined);
    clearTimeout(timer);
  }

  /** Ends it at once, without a chance to clean up. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.#process.kill('SIGKILL');
    await this.#exited.catch(() => undefined);
  }

  /** The last lines of its log, for error messages. */
  logTail(lines = 15): string {
    const text = readFileSync(this.#params.logFile, 'utf8').trimEnd();
    return `last lines of ${this.#params.logFile}:\n${text.split('\n').slice(-lines).join('\n')}`;
  }
}

/** Runs a program to its end and resolves to its output. @throws Error with its output when it fails */
export async function runToEnd(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(command, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${errors}${output}`);
  return output;
}
