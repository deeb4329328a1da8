import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MallaError } from '@malla/model';
import { prepareCluster, serverProcess, type ClusterFolder } from './cluster-folder.ts';
import { findPostgres, makeExecutable, publishBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { findPostmaster, isAlive, lastPort, type Postmaster } from './postmaster-file.ts';
import { canReach, serverUser, type ServerUser } from './server-user.ts';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;

/** Small, durable, local: one mesh's configuration, not a warehouse. */
const serverFlags = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=60',
  'shared_buffers=64MB',
  'huge_pages=off',
  'jit=off',
  'max_wal_size=256MB',
  'min_wal_size=48MB',
  'log_timezone=UTC',
  'timezone=UTC',
].flatMap((flag) => ['-c', flag]);

/**
 * A Postgres server of our own on a folder. It is a process apart: it outlives a killed owner, and the next one
 * finds it by `postmaster.pid` and uses it. Several processes may share it; see {@link EmbeddedPostgres.stop}.
 */
export class EmbeddedPostgres {
  readonly #cluster: ClusterFolder;
  readonly #binaries: PostgresBinaries;
  readonly #user: ServerUser | undefined;
  #postmaster: Postmaster;

  private constructor(
    parts: { cluster: ClusterFolder; binaries: PostgresBinaries; user: ServerUser | undefined },
    postmaster: Postmaster,
  ) {
    this.#cluster = parts.cluster;
    this.#binaries = parts.binaries;
    this.#user = parts.user;
    this.#postmaster = postmaster;
  }

  /** Uses the server that runs on the folder, or starts one; makes the database when the folder is new. */
  static async open(folder: string): Promise<EmbeddedPostgres> {
    const user = serverUser();
    const found = findPostgres();
    const binaries = canReach(user, found.home) ? found : publishBinaries(found);
    if (binaries === found) makeExecutable(binaries);
    const cluster = await prepareCluster({ folder: path.resolve(folder), binaries, user });
    const parts = { cluster, binaries, user };
    return new EmbeddedPostgres(parts, await attachOrStart(parts));
  }

  /** For clients on this machine. Holds the password: never log it. */
  get url(): string {
    const password = fs.readFileSync(this.#cluster.passwordFile, 'utf8').trim();
    return `postgresql://malla:${password}@127.0.0.1:${this.#postmaster.port}/postgres`;
  }

  get pid(): number {
    return this.#postmaster.pid;
  }

  get running(): boolean {
    return isAlive(this.#postmaster.pid);
  }

  /**
   * Starts the server again on the same port after it died; uses the one that another process has started meanwhile. When
   * aborted it ends without a further attempt; a server that is just starting is ready, or has given up, when it ends.
   */
  async revive(signal?: AbortSignal): Promise<void> {
    const parts = { cluster: this.#cluster, binaries: this.#binaries, user: this.#user };
    this.#postmaster = await attachOrStart(parts, { port: this.#postmaster.port, signal });
  }

  /**
   * Fast shutdown: open transactions are rolled back, committed ones are on disk. It stops what runs on the folder now, whoever
   * started it. The caller must know that no other process uses the server (the store keeps a shared advisory lock for that).
   */
  async stop(): Promise<void> {
    const pid = findPostmaster(this.#cluster.data)?.pid;
    if (pid === undefined) return;
    process.kill(pid, 'SIGINT');
    const deadline = Date.now() + stopTimeoutMs;
    while (isAlive(pid)) {
      if (Date.now() > deadline)
        throw new MallaError('internal', `Postgres (pid ${pid}) did not stop within ${stopTimeoutMs / 1000} s`);
      await sleep(20);
    }
  }
}

interface ServerParts {
  readonly cluster: ClusterFolder;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser | undefined;
}

interface Wanted {
  readonly port?: number;
  readonly signal?: AbortSignal | undefined;
}

async function attachOrStart(parts: ServerParts, wanted: Wanted = {}): Promise<Postmaster> {
  const deadline = Date.now() + startTimeoutMs;
  let failure = '';
  // Another process that lost the server knows only the port which it had.
  let likely = lastPort(parts.cluster.data);
  while (Date.now() < deadline && !wanted.signal?.aborted) {
    const running = findPostmaster(parts.cluster.data);
    if (running?.ready) return running;
    if (running !== undefined) {
      await sleep(30);
      continue;
    }
    failure = (await startServer(parts, wanted.port ?? likely ?? (await freePort()))) ?? '';
    likely = undefined;
    // A taken port and a server that another process has just started are both mended by the next round.
    if (failure !== '') await sleep(100);
  }
  throw new MallaError(
    'unavailable',
    `Postgres did not start within ${startTimeoutMs / 1000} s: ${failure || 'see its log'} (log: ${parts.cluster.logFile})`,
  );
}

/** Starts a server, waits until it is ready or has given up; gives the last lines of its log in that case. */
async function startServer({ cluster, binaries, user }: ServerParts, port: number): Promise<string | undefined> {
  const log = fs.openSync(cluster.logFile, 'a', 0o600);
  const begin = fs.fstatSync(log).size;
  const child = spawn(binaries.postgres, ['-D', cluster.data, '-p', String(port), ...serverFlags], {
    ...serverProcess(cluster, user),
    detached: true,
    stdio: ['ignore', log, log],
  });
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', () => (ended ??= ''));
  child.unref();
  fs.closeSync(log);
  while (ended === undefined && findPostmaster(cluster.data)?.ready !== true) await sleep(15);
  return ended === '' ? lastLines(cluster.logFile, begin) : ended;
}

function lastLines(file: string, begin: number): string {
  const text = fs.readFileSync(file).subarray(begin).toString('utf8').trim();
  return text.split('\n').slice(-3).join(' | ') || 'it ended at once without a word';
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
