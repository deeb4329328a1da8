import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { RestClient, type TestMesh } from './running-config-api.ts';

const app = join(import.meta.dirname, '..');
const workspace = join(app, '..', '..');

/** Builds the app, so that a process can run it; nothing to do when it is built. */
export function buildConfigApi(): void {
  execFileSync(process.execPath, [join(workspace, 'node_modules/typescript7/bin/tsc'), '-b', app], { cwd: workspace });
}

/** A config-api in a process of its own, which a test may kill. */
export class ConfigApiProcess {
  readonly rest: RestClient;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, rest: RestClient) {
    this.#child = child;
    this.rest = rest;
  }

  static async start(mesh: TestMesh, replica = 'one', env: Record<string, string> = {}): Promise<ConfigApiProcess> {
    const kubeconfig = join(mesh.folder, replica, 'kubeconfig');
    rmSync(kubeconfig, { force: true });
    const settings = { PATH: '/usr/bin:/bin', MALLA_LOG_LEVEL: 'fatal', ...mesh.env(replica), ...env };
    const child = spawn(process.execPath, [join(app, 'dist', 'main.js')], {
      env: settings,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const port = await restPort(kubeconfig, child);
    return new ConfigApiProcess(child, new RestClient(port, mesh.authority.rootPem, mesh.adminToken(replica)));
  }

  /** Ends it at once, or gracefully. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await ended;
    }
    await this.rest.close();
  }
}

/** The kubeconfig is the last thing that a start writes: it tells that the API serves, and where. */
async function restPort(kubeconfig: string, child: ChildProcess): Promise<number> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`config-api ended with code ${child.exitCode}`);
    try {
      const { clusters } = parse(readFileSync(kubeconfig, 'utf8')) as { clusters: [{ cluster: { server: string } }] };
      return Number(new URL(clusters[0].cluster.server).port);
    } catch {
      await sleep(50);
    }
  }
  throw new Error('config-api did not start within 30 s');
}
