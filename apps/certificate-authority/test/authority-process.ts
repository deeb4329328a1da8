import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const app = join(import.meta.dirname, '..');
const workspace = join(app, '..', '..');

/** Builds the app, so that a process can run it; nothing to do when it is built. */
export function buildAuthority(): void {
  const compiler = join(workspace, 'node_modules/typescript7/bin/tsc');
  execFileSync(process.execPath, [compiler, '-b', app], { cwd: workspace });
}

/** The authority in a process of its own, which a spec may kill. */
export class AuthorityProcess {
  /** Lines of standard output and standard error so far. */
  output = '';
  readonly #child: ChildProcess;

  constructor(env: Record<string, string>, args: readonly string[] = []) {
    const child = spawn(process.execPath, [join(app, 'dist/main.js'), ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.#child = child;
  }

  /** Resolves when the service has started. */
  async started(): Promise<void> {
    while (!this.output.includes('"Service started"')) {
      if (this.#child.exitCode !== null) throw new Error(`ended with ${this.#child.exitCode}: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sends a signal and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.#child.kill(signal);
    return this.exitCode();
  }

  /** The exit code once it has ended; null if a signal ended it. */
  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}
