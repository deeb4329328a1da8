import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { processInput } from '@malla/settings/process-input';
import { bootstrapFileName, envoyArguments, isBootstrapFile, type EnvoyOptions } from './command-line.ts';
import type { EnvoyHost, EnvoyProcess, ExitInfo } from './envoy-process.ts';
import { isRunning, runningProcesses, type ProcessEntry } from './process-table.ts';
import type { Timers } from './timers.ts';

export interface LocalEnvoyHostParams {
  /** Folder of the bootstrap and the log; made 0700. One agent owns it. */
  readonly stateDir: string;
  /** Bootstrap as JSON. */
  readonly bootstrap: string;
  readonly options: EnvoyOptions;
  readonly timers: Timers;
}

/**
 * Runs Envoy on this machine. Envoy is detached and writes to a file, so that it outlives an agent that is killed: traffic must not
 * end with its supervisor. The next agent finds it by its command line.
 */
export class LocalEnvoyHost implements EnvoyHost {
  /** Where Envoy's output goes. */
  readonly logPath: string;
  readonly #bootstrapPath: string;
  readonly #params: LocalEnvoyHostParams;

  constructor(params: LocalEnvoyHostParams) {
    this.#params = params;
    this.#bootstrapPath = join(params.stateDir, bootstrapFileName(params.bootstrap, params.options));
    this.logPath = join(params.stateDir, 'envoy.log');
    mkdirSync(params.stateDir, { recursive: true, mode: 0o700 });
    chmodSync(params.stateDir, 0o700);
  }

  async adopt(): Promise<EnvoyProcess | undefined> {
    const ours = runningProcesses().filter((entry) => this.#isOurs(entry));
    const [same, ...others] = ours.sort((a, b) => Number(this.#isSame(b)) - Number(this.#isSame(a)));
    const stale = same === undefined || this.#isSame(same) ? others : ours;
    await Promise.all(stale.map((entry) => this.#end(entry.pid)));
    return same === undefined || !this.#isSame(same) ? undefined : this.#found(same.pid);
  }

  async spawn(): Promise<EnvoyProcess> {
    this.#writeBootstrap();
    const { options } = this.#params;
    const log = openSync(this.logPath, 'a', 0o600);
    try {
      const child = spawn(options.binary, envoyArguments(this.#bootstrapPath, options), {
        detached: true,
        env: { ...processInput().env, ...options.environment },
        stdio: ['ignore', log, log],
      });
      const exited = new Promise<ExitInfo>((resolve) => {
        child.once('error', (error) => resolve({ error: error.message }));
        child.once('exit', (code, signal) =>
          resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) }),
        );
      });
      return { pid: child.pid ?? 0, adopted: false, exited, signal: (name) => void child.kill(name) };
    } finally {
      closeSync(log);
    }
  }

  #writeBootstrap(): void {
    const { stateDir, bootstrap } = this.#params;
    const current = basename(this.#bootstrapPath);
    for (const name of readdirSync(stateDir)) {
      if (isBootstrapFile(name) && name !== current) rmSync(join(stateDir, name), { force: true });
    }
    writeFileSync(this.#bootstrapPath, bootstrap, { mode: 0o600 });
  }

  #isOurs({ args }: ProcessEntry): boolean {
    const path = args[args.indexOf('-c') + 1] ?? '';
    return (
      args.includes('--disable-hot-restart') &&
      dirname(path) === this.#params.stateDir &&
      isBootstrapFile(basename(path))
    );
  }

  #isSame({ args }: ProcessEntry): boolean {
    return args[args.indexOf('-c') + 1] === this.#bootstrapPath;
  }

  #found(pid: number): EnvoyProcess {
    return { pid, adopted: true, exited: this.#gone(pid), signal: (name) => kill(pid, name) };
  }

  /** An adopted process is nobody's child here: its end is seen by looking. */
  async #gone(pid: number): Promise<ExitInfo> {
    while (isRunning(pid)) await this.#params.timers.sleep(goneIntervalMs);
    return {};
  }

  async #end(pid: number): Promise<void> {
    kill(pid, 'SIGTERM');
    const until = this.#params.timers.now() + staleTimeoutMs;
    while (isRunning(pid) && this.#params.timers.now() < until) await this.#params.timers.sleep(50);
    kill(pid, 'SIGKILL');
  }
}

const goneIntervalMs = 200;
const staleTimeoutMs = 5_000;

function kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (isRunning(pid)) process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}
