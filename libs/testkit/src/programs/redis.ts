import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { freePort } from '../network/free-ports.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';
import { findRedisServer } from './find-program.ts';

/** A Redis or Valkey server of one test, on loopback, without persistence. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #binary: string;
  readonly #folder = new TemporaryFolder('malla-redis-');
  #process: ChildProcess | undefined;

  constructor(binary: string, port: number) {
    this.#binary = binary;
    this.port = port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it (again), empty; resolves when it answers. */
  async start(): Promise<void> {
    const args = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      this.#folder.path,
    ];
    const child = spawn(this.#binary, args, { stdio: 'ignore' });
    this.#process = child;
    await waitFor(() => answersPing(this.port), { what: `Redis on port ${this.port}` });
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  /** Connections stay open and nothing answers, until it is thawed or killed. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#folder[Symbol.dispose]();
  }
}

/** Starts a server on a free port. @throws Error when there is no program to start */
export async function startRedis(): Promise<RedisServer> {
  const binary = findRedisServer();
  if (binary === undefined)
    throw new Error('no redis-server or valkey-server: run npm test, or set MALLA_REDIS_SERVER');
  const server = new RedisServer(binary, await freePort());
  await server.start();
  return server;
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => end(false));
    socket.setTimeout(500, () => end(false));
  });
}
