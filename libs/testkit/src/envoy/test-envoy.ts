import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { bootstrapJson, createBootstrap } from '@malla/envoy';
import type { Proxy } from '@malla/ir';
import type { EncodedResource } from '@malla/protos';
import type { ResourceSet } from '@malla/xds';
import { TemporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';
import { XdsServer } from './xds-server.ts';

export interface TestEnvoyParams {
  /** Envoy, or the command of another program that takes Envoy's command line. */
  readonly binary: string | readonly [string, ...string[]];
  readonly proxy: Proxy;
  readonly xds: 'delta' | 'sotw';
  /** The workload's certificate and roots. */
  readonly secrets: readonly EncodedResource[];
  /** Variables that the program has besides this process's; default none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where and as whom Envoy runs; default: as this process. */
  readonly place?: EnvoyPlace;
}

/** Another user, and what stands before Envoy's command line to get there. */
export interface EnvoyPlace {
  readonly user: number;
  readonly command: (args: readonly string[]) => readonly [string, ...string[]];
}

/** A real Envoy with Malla's bootstrap, and an agent in this process that configures it. */
export class TestEnvoy implements AsyncDisposable {
  readonly agent: XdsServer;
  readonly #params: TestEnvoyParams;
  readonly #folder = new TemporaryFolder('malla-envoy-');
  #process: ChildProcess | undefined;

  constructor(params: TestEnvoyParams) {
    this.#params = params;
    this.agent = new XdsServer(params.secrets);
  }

  /** Starts both; Envoy comes up with these resources. */
  async start(resources: ResourceSet): Promise<this> {
    await this.agent.start({ kind: 'unix', path: this.#agentSocket });
    this.agent.publish(resources);
    const bootstrap = this.#folder.join('bootstrap.json');
    writeFileSync(bootstrap, this.#bootstrap());
    this.#handOver();
    const log = openSync(this.#logPath, 'a');
    // No drain time: a case must not meet connections of the case before.
    const args = [
      '-c',
      bootstrap,
      '--disable-hot-restart',
      '--concurrency',
      '1',
      '--log-level',
      'warning',
      '--drain-time-s',
      '0',
    ];
    const { binary, place } = this.#params;
    const program = typeof binary === 'string' ? ([binary] as const) : binary;
    const [command, ...rest] = place?.command([...program, ...args]) ?? [...program, ...args];
    this.#process = spawn(command, rest, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...this.#params.environment },
    });
    endWithTests(this.#process);
    closeSync(log);
    await waitFor(() => this.#isReady(), { what: `Envoy of ${this.#params.proxy.id}`, timeoutMs: 180_000 }).catch(
      (error: unknown) => {
        throw new Error(`Envoy did not start: ${this.log.slice(-2000)}`, { cause: error });
      },
    );
    return this;
  }

  /** Gives it resources and waits until it has acknowledged and applied them all. */
  async update(resources: ResourceSet): Promise<void> {
    this.agent.publish(resources);
    await this.agent.settled();
    await waitFor(() => this.#isApplied(), {
      what: `Envoy of ${this.#params.proxy.id} to apply its configuration`,
      intervalMs: 5,
    });
  }

  /** Answer of the admin interface. */
  admin(path: string): Promise<string> {
    return get(this.#adminSocket, path);
  }

  /** What Envoy wrote so far. */
  get log(): string {
    return readFileSync(this.#logPath, 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
    await this.agent[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  /** Another user needs the folder, for the admin socket, and the agent's socket. */
  #handOver(): void {
    const user = this.#params.place?.user;
    if (user === undefined) return;
    for (const path of [this.#folder.path, this.#agentSocket]) chownSync(path, user, user);
  }

  get #agentSocket(): string {
    return this.#folder.join('agent.sock');
  }

  get #adminSocket(): string {
    return this.#folder.join('admin.sock');
  }

  get #logPath(): string {
    return this.#folder.join('envoy.log');
  }

  #bootstrap(): string {
    const { proxy, xds } = this.#params;
    const metadata = {
      NAMESPACE: proxy.namespace,
      SERVICE_ACCOUNT: proxy.serviceAccount,
      WORKLOAD_NAME: proxy.workload,
      LABELS: proxy.labels,
      CLUSTER_ID: proxy.cluster,
      NETWORK: proxy.network,
      INTERCEPTION_MODE: proxy.interception.mode,
      MALLA_DATA_PLANE: proxy.dataPlane,
      MALLA_VERSION: proxy.version,
      MALLA_FEATURES: proxy.features,
    };
    return bootstrapJson(
      createBootstrap({
        node: { id: proxy.id, cluster: `${proxy.workload}.${proxy.namespace}`, metadata, locality: proxy.locality },
        agentSocket: this.#agentSocket,
        admin: { kind: 'unix', path: this.#adminSocket },
        // Readiness is not asked for: no listener leads there.
        agentHttp: { address: '127.0.0.1', port: 1 },
        xds,
        domainSuffix: 'cluster.local',
        limits: { maxConnections: 10_000 },
        statsPrefixes: [],
      }),
    );
  }

  async #isReady(): Promise<boolean> {
    if (this.#process?.exitCode !== null) throw new Error('Envoy has ended');
    return (await this.admin('/ready')).includes('LIVE');
  }

  /** Nothing warms, nothing drains: every listener and cluster is as the resources say. */
  async #isApplied(): Promise<boolean> {
    const stats = await this.admin(
      '/stats?filter=(listeners_warming|warming_clusters|listeners_draining|filter_chains_draining)$',
    );
    const values = stats.split('\n').filter((line) => line.includes(': '));
    return values.length > 0 && values.every((line) => line.endsWith(': 0'));
  }
}

/** A run of tests that is broken off leaves no process behind. */
function endWithTests(child: ChildProcess): void {
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, agent: false, timeout: 5_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    });
    sent.on('error', reject);
    sent.end();
  });
}
