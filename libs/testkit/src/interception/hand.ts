import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import {
  orderTimeoutMs,
  type HandAnswer,
  type HandOrder,
  type HttpOrder,
  type NumberedAnswer,
  type NumberedOrder,
  type TcpOrder,
} from './hand-protocol.ts';
import type { NetworkNamespace } from './network-namespace.ts';

const program = join(import.meta.dirname, 'hand-program.ts');

/** A process inside a network namespace that serves and calls for a test. */
export class Hand implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: HandAnswer) => void>();
  #orders = 0;

  constructor(namespace: NetworkNamespace) {
    const [command, ...args] = namespace.command([process.execPath, program]);
    this.#process = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: {} });
    this.#process.on('message', ({ id, answer }: NumberedAnswer) => this.#waiting.get(id)?.(answer));
  }

  /** Serves from now on. @throws Error when the address can't be had */
  async serve(
    order: Extract<HandOrder, { kind: 'serve-http' | 'serve-tcp' | 'serve-tape' | 'forward' }>,
  ): Promise<void> {
    const answer = await this.#ask(order);
    if (answer.kind !== 'serving') throw new Error(`could not serve on ${order.port}`, { cause: answer });
  }

  /** One request. */
  http(order: Omit<HttpOrder, 'kind'>): Promise<HandAnswer> {
    return this.#ask({ kind: 'http', ...order });
  }

  /** One connection. */
  tcp(order: Omit<TcpOrder, 'kind'>): Promise<HandAnswer> {
    return this.#ask({ kind: 'tcp', ...order });
  }

  /** What passed a tape so far. */
  async tape(): Promise<string> {
    const answer = await this.#ask({ kind: 'read-tape' });
    if (answer.kind !== 'bytes') throw new Error('there is no tape', { cause: answer });
    return answer.text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async #ask(order: HandOrder): Promise<HandAnswer> {
    const id = ++this.#orders;
    try {
      return await new Promise<HandAnswer>((resolve, reject) => {
        const inVain = () => reject(new Error(`no answer to ${JSON.stringify(order)}`));
        const timer = setTimeout(inVain, 3 * orderTimeoutMs);
        this.#waiting.set(id, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        this.#process.send({ id, order } satisfies NumberedOrder);
      });
    } finally {
      this.#waiting.delete(id);
    }
  }
}
