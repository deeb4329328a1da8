import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { waitFor } from '../wait-for.ts';

/** A program of the benchmark, ended with it. */
export class Child implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';

  constructor(command: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const [program, ...args] = command as [string, ...string[]];
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const collect = (chunk: Buffer): void => void (this.#output = (this.#output + chunk.toString()).slice(-20_000));
    this.#child.stdout?.on('data', collect);
    this.#child.stderr?.on('data', collect);
    const end = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', end);
    this.#child.once('exit', () => process.off('exit', end));
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** The last of what it wrote. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when something accepts connections on the port of 127.0.0.1. @throws Error when the program ends before */
  async listening(port: number): Promise<void> {
    await waitFor(
      async () => {
        if (this.#child.exitCode !== null) throw new Error(`${this.#child.spawnfile} ended: ${this.#output}`);
        return accepts(port);
      },
      { what: `${this.#child.spawnfile} to listen on ${port}`, timeoutMs: 20_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const forced = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await once(this.#child, 'exit');
    clearTimeout(forced);
  }
}

/** The output of a program that ends by itself. @throws Error with its output when it fails */
export async function run(command: readonly string[]): Promise<string> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const output = Buffer.concat(chunks).toString();
  if (code !== 0) throw new Error(`${command.join(' ')} ended with code ${code}: ${output}`);
  return output;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}
