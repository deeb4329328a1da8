// A real config-api for the fuzzer: a process of its own with its own Postgres, on loopback, in a folder that goes away with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { FakeAuthority } from '../../libs/testkit/dist/index.js';

const START_MS = 60_000;

/** The config-api under test. `await using` it, or close it: nothing stays behind. */
export class ServerUnderTest {
  #authority;
  #child;
  #agent;

  constructor({ folder, authority, child }) {
    this.folder = folder;
    this.#authority = authority;
    this.#child = child;
  }

  /** @param {string} root the checkout, built */
  static async start(root) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-api-fuzz-'));
    // Root's Postgres runs as another user, who must reach its folder.
    fs.chmodSync(folder, 0o755);
    const authority = await FakeAuthority.create();
    await authority.start();
    const rootFile = path.join(folder, 'root-cert.pem');
    fs.writeFileSync(rootFile, authority.rootPem);
    fs.writeFileSync(path.join(folder, 'join.token'), 'any');
    const env = {
      PATH: '/usr/bin:/bin',
      MALLA_LOG_LEVEL: 'error',
      MALLA_CA_ADDRESS: `127.0.0.1:${authority.port}`,
      MALLA_CA_ROOT_FILE: rootFile,
      MALLA_TOKEN_FILE: path.join(folder, 'join.token'),
      MALLA_STATE_DIR: path.join(folder, 'state'),
      MALLA_REST_PORT: '0',
      MALLA_GRPC_PORT: '0',
      MALLA_HTTP_PORT: '0',
    };
    const log = fs.openSync(path.join(folder, 'log.jsonl'), 'w');
    const child = spawn(process.execPath, [path.join(root, 'apps/config-api/dist/main.js')], {
      env,
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    const server = new ServerUnderTest({ folder, authority, child });
    try {
      await server.#ready(rootFile);
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** What the service logged at level error: the reasons of its answers 500. */
  get log() {
    return fs.readFileSync(path.join(this.folder, 'log.jsonl'), 'utf8');
  }

  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Calls the API as administrator. @returns {Promise<{status: number, body: any}>} */
  async call(method, path, body) {
    const response = await request(`${this.url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.statusCode, body: await response.body.json() };
  }

  async close() {
    await this.#agent?.destroy();
    if (this.isRunning) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await Promise.race([ended, sleep(20_000, undefined, { ref: false })]);
      if (this.isRunning) {
        this.#child.kill('SIGKILL');
        await ended;
      }
    }
    await this.#authority.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** The kubeconfig is the last thing that a start writes: it tells that the API serves, and where. */
  async #ready(rootFile) {
    const kubeconfig = path.join(this.folder, 'state', 'kubeconfig');
    const until = Date.now() + START_MS;
    while (!fs.existsSync(kubeconfig)) {
      if (!this.isRunning) throw new Error(`config-api ended with code ${this.#child.exitCode}:\n${this.log}`);
      if (Date.now() > until) throw new Error(`config-api did not start within ${START_MS / 1000} s`);
      await sleep(50);
    }
    const { clusters } = parse(fs.readFileSync(kubeconfig, 'utf8'));
    this.url = `https://localhost:${new URL(clusters[0].cluster.server).port}`;
    this.token = fs.readFileSync(path.join(this.folder, 'state', 'admin.token'), 'utf8').trim();
    this.rootFile = rootFile;
    this.#agent = new Agent({ connect: { ca: fs.readFileSync(rootFile, 'utf8') } });
  }
}
