import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent as HttpAgent, request } from 'node:http';
import { join } from 'node:path';
import { typeUrls } from '@malla/protos';
import {
  EchoServer,
  FakeAuthority,
  FakeDiscovery,
  FakeTelemetry,
  findEnvoy,
  freePorts,
  loopResources,
  refusedListener,
  TemporaryFolder,
  waitFor,
} from '@malla/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const envoy = findEnvoy();

/** A loaded machine takes its time. */
const patienceMs = 40_000;

let folder: TemporaryFolder;
let authority: FakeAuthority;
let discovery: FakeDiscovery;
let telemetry: FakeTelemetry;
let app: EchoServer;
let agent: ChildProcess | undefined;
let dataPlane = 'envoy';
let ports: { outbound: number; inbound: number; http: number; admin: number };

beforeAll(() => {
  // The agent is a process of its own here, so that it can be killed.
  const build = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript7/bin/tsc'), '-b', join(root, 'apps/proxy-agent')],
    {
      encoding: 'utf8',
    },
  );
  if (build.status !== 0) throw new Error(build.stdout);
}, 300_000);

beforeEach(async () => {
  folder = new TemporaryFolder('agent-');
  const [outbound = 0, inbound = 0, http = 0, admin = 0] = await freePorts(4);
  ports = { outbound, inbound, http, admin };
  app = await new EchoServer({ version: 'v1' }).start();
  authority = await FakeAuthority.create();
  await authority.start();
  discovery = new FakeDiscovery(authority);
  await discovery.start();
  telemetry = new FakeTelemetry(authority);
  await telemetry.start();
  writeFileSync(folder.join('root.pem'), authority.rootPem);
  writeFileSync(folder.join('token'), 'a-token');
});

afterEach(async () => {
  await stopAgent();
  const pid = await envoyPid().catch(() => undefined);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  await Promise.all([discovery.stop(), telemetry.stop(), authority.stop(), app[Symbol.asyncDispose]()]);
  folder[Symbol.dispose]();
});

afterAll(() => client.destroy());

const client = new HttpAgent({ keepAlive: true, maxSockets: 4 });

function startAgent(settings: Record<string, string> = {}): void {
  agent = spawn(process.execPath, [join(root, 'apps/proxy-agent/dist/main.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      MALLA_WORKLOAD_NAME: 'loop-1',
      MALLA_SERVICE_ACCOUNT: 'loop',
      MALLA_LABELS: 'app=loop,version=v1',
      MALLA_INBOUND: `9080=127.0.0.1:${ports.inbound}>127.0.0.1:${app.port}`,
      MALLA_DISCOVERY_ADDRESS: `127.0.0.1:${discovery.port}`,
      MALLA_CA_ADDRESS: `127.0.0.1:${authority.port}`,
      MALLA_CA_ROOT_FILE: folder.join('root.pem'),
      MALLA_TOKEN_FILE: folder.join('token'),
      MALLA_TELEMETRY_ADDRESS: `127.0.0.1:${telemetry.port}`,
      MALLA_STATE_DIR: folder.join('state'),
      MALLA_HTTP_PORT: String(ports.http),
      MALLA_DATA_PLANE: dataPlane,
      MALLA_ENVOY: envoy ?? '',
      MALLA_ENVOY_ADMIN_PORT: String(ports.admin),
      MALLA_ENVOY_PROMETHEUS_PORT: '0',
      MALLA_ENVOY_READINESS_PORT: '0',
      MALLA_ENVOY_CONCURRENCY: '1',
      MALLA_APP_HEALTH: `tcp://127.0.0.1:${app.port}`,
      MALLA_APP_HEALTH_INTERVAL: '100ms',
      ...settings,
    },
  });
  for (const output of [agent.stdout, agent.stderr])
    output?.on('data', (chunk) => appendFileSync(folder.join('log'), chunk));
}

async function stopAgent(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const child = agent;
  agent = undefined;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

async function get(
  port: number,
  path: string,
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: client, timeout: 15_000 }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', reject);
    sent.end();
  });
}

async function ready(): Promise<void> {
  try {
    await waitFor(async () => (await get(ports.http, '/healthz/ready')).status === 200, {
      what: 'the agent to be ready',
      timeoutMs: patienceMs,
    });
  } catch (error) {
    throw new Error(`${String(error)}\n${log().slice(-4_000)}`);
  }
}

function log(): string {
  return readFileSync(folder.join('log'), 'utf8');
}

async function envoyPid(): Promise<number> {
  const pids = [...log().matchAll(/"pid":(\d+),"adopted":(?:true|false)/g)].map((match) => Number(match[1]));
  const alive = [...new Set(pids)].filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
  if (alive.length !== 1) throw new Error(`${alive.length} Envoys run`);
  return alive[0] as number;
}

/** Sends requests one after the other until stopped; counts what is not 200. */
function steadyLoad(): { stop(): Promise<{ sent: number; failed: string[] }> } {
  let running = true;
  let sent = 0;
  const failed: string[] = [];
  const done = (async () => {
    while (running) {
      const status = await get(ports.outbound, '/').then(
        (response) => String(response.status),
        (error: unknown) => String(error),
      );
      sent++;
      if (status !== '200') failed.push(status);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    async stop() {
      running = false;
      await done;
      return { sent, failed };
    },
  };
}

const loop = (extra: { mark?: string; secrets?: 'sds' | 'ads' } = {}) =>
  loopResources({ outboundPort: ports.outbound, inboundPort: ports.inbound, appPort: app.port, ...extra });

const allTypes = [typeUrls.cluster, typeUrls.endpoint, typeUrls.listener, typeUrls.route];

async function allInStep(): Promise<void> {
  await waitFor(() => allTypes.every((typeUrl) => discovery.inStep(typeUrl)), {
    what: 'ACKs of all types',
    timeoutMs: patienceMs,
  });
}

describe.each(['envoy', 'builtin'])('the agent with the data plane %s', { timeout: 120_000 }, (name) => {
  beforeAll(() => {
    dataPlane = name;
  });
  beforeEach(({ skip }) => skip(name === 'envoy' && envoy === undefined));

  it.each(['delta', 'sotw'])('serves what discovery sends, and discovery hears every ACK (%s)', async (variant) => {
    discovery.set(loop({ secrets: variant === 'delta' ? 'sds' : 'ads', mark: 'one' }));
    startAgent({ MALLA_ENVOY_XDS: variant });
    await ready();
    await allInStep();
    expect((await get(ports.outbound, '/')).headers['x-mark']).toBe('one');
    discovery.set(loop({ secrets: variant === 'delta' ? 'sds' : 'ads', mark: 'two' }));
    await waitFor(async () => (await get(ports.outbound, '/')).headers['x-mark'] === 'two', {
      what: 'the new route',
      timeoutMs: patienceMs,
    });
    await allInStep();
    expect(discovery.workload).toMatchObject({ name: 'loop-1', ports: { '9080': ports.inbound }, mutualTls: true });
    expect(discovery.events.at(-1)).toEqual({ kind: 'registered', healthy: true });
  });

  it('tells discovery and its own health what the proxy refused, and keeps serving', async () => {
    discovery.set(loop());
    startAgent();
    await ready();
    await allInStep();
    discovery.set([...loop(), refusedListener('bad')]);
    await waitFor(() => discovery.delivery(typeUrls.listener)?.nack !== undefined, {
      what: 'the NACK',
      timeoutMs: patienceMs,
    });
    expect(discovery.delivery(typeUrls.listener)?.nack).toMatchObject({ resources: ['bad'] });
    // The built-in data plane names every field.
    const parts = name === 'builtin' ? ['bad: ', 'address: ', 'filter_chains[0].filters[0]'] : ['address is necessary'];
    const health = (await get(ports.http, '/healthz/ready')).body;
    for (const part of parts) {
      expect(discovery.delivery(typeUrls.listener)?.nack?.message).toContain(part);
      expect(health).toContain(part);
    }
    expect((await get(ports.outbound, '/')).status).toBe(200);
    discovery.set(loop({ mark: 'after' }));
    await waitFor(async () => (await get(ports.outbound, '/')).headers['x-mark'] === 'after', {
      what: 'the next route',
    });
    await allInStep();
  });

  it('leaves the Envoy and the identity of an agent that has the folder already alone', async () => {
    discovery.set(loop());
    startAgent();
    await ready();
    await allInStep();
    const first = agent;
    const pid = await envoyPid();
    const identity = readFileSync(folder.join('state/identity.pem'), 'utf8');
    startAgent({ MALLA_WORKLOAD_NAME: 'intruder', MALLA_SERVICE_ACCOUNT: 'other', MALLA_HTTP_PORT: '0' });
    const [code] = (await once(agent!, 'exit')) as [number];
    agent = first;
    expect(code).toBe(1);
    expect(log()).toContain('needs a MALLA_STATE_DIR of its own');
    expect(await envoyPid()).toBe(pid);
    expect(readFileSync(folder.join('state/identity.pem'), 'utf8')).toBe(identity);
    expect((await get(ports.outbound, '/')).status).toBe(200);
  });

  it('rotates the certificate under load without an error', async () => {
    authority.ttlMs = 6_000;
    discovery.set(loop());
    startAgent();
    await ready();
    const load = steadyLoad();
    await waitFor(() => authority.issued >= 4, { what: 'three renewals', timeoutMs: patienceMs });
    const { sent, failed } = await load.stop();
    expect(failed).toEqual([]);
    expect(sent).toBeGreaterThan(100);
    const certificates = await get(ports.admin, '/certs');
    expect(certificates.body).toContain('spiffe://cluster.local/ns/default/sa/loop');
    const secret = /-----BEGIN PRIVATE KEY-----\n(.+)\n/.exec(readFileSync(folder.join('state/identity.pem'), 'utf8'))!;
    const told = [(await get(ports.admin, '/config_dump?include_eds')).body, certificates.body, log()];
    for (const text of told) {
      expect(text).not.toContain(secret[1]);
      expect(text).not.toContain(Buffer.from('-----BEGIN PRIVATE KEY-----').toString('base64'));
    }
    expect(told[0]).toContain(Buffer.from('[redacted]').toString('base64'));
  });

  it('starts Envoy again when it is killed, and is out of rotation meanwhile', async () => {
    discovery.set(loop());
    startAgent();
    await ready();
    await waitFor(() => discovery.events.at(-1)?.kind === 'registered', {
      what: 'the registration',
      timeoutMs: patienceMs,
    });
    process.kill(await envoyPid(), 'SIGKILL');
    await waitFor(() => JSON.stringify(discovery.events.at(-1)).includes('false'), {
      what: 'leaving rotation',
      timeoutMs: patienceMs,
    });
    await waitFor(async () => (await get(ports.outbound, '/')).status === 200, {
      what: 'serving again',
      timeoutMs: patienceMs,
    });
    await waitFor(() => JSON.stringify(discovery.events.at(-1)).includes('true'), {
      what: 'returning to rotation',
      timeoutMs: patienceMs,
    });
    await allInStep();
  });

  it('leaves Envoy serving when it is killed itself, and the next agent adopts it', async () => {
    discovery.set(loop({ mark: 'before' }));
    startAgent();
    await ready();
    const pid = await envoyPid();
    const load = steadyLoad();
    await stopAgent('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 500));
    startAgent();
    await ready();
    expect(await envoyPid()).toBe(pid);
    expect(log()).toContain('"adopted":true');
    discovery.set(loop({ mark: 'after' }));
    await waitFor(async () => (await get(ports.outbound, '/')).headers['x-mark'] === 'after', {
      what: 'the new route',
    });
    expect((await load.stop()).failed).toEqual([]);
  });

  it('starts from its cache while the control plane is down, and gets nothing twice when it is back', async () => {
    discovery.set(loop({ mark: 'cached' }));
    startAgent();
    await ready();
    await allInStep();
    await stopAgent();
    expect(discovery.events.at(-1)).toEqual({ kind: 'deregistered' });
    await Promise.all([discovery.stop(), authority.stop(), telemetry.stop()]);
    startAgent();
    await ready();
    expect((await get(ports.outbound, '/')).headers['x-mark']).toBe('cached');
    discovery.sent = [];
    await discovery.start();
    await waitFor(() => discovery.connected > 0, { what: 'the agent to come back', timeoutMs: patienceMs });
    await waitFor(() => discovery.events.at(-1)?.kind === 'registered', {
      what: 'the registration',
      timeoutMs: patienceMs,
    });
    await allInStep();
    expect(discovery.sent).toEqual([]);
  });

  it('relays access logs and merges metrics', async () => {
    discovery.set(loop());
    startAgent();
    await ready();
    for (let count = 0; count < 10; count++) expect((await get(ports.outbound, '/')).status).toBe(200);
    await waitFor(() => telemetry.entries === 20, { what: 'ten entries of each side', timeoutMs: patienceMs });
    expect(telemetry.messages[0]?.identifier?.node?.metadata).toMatchObject({ WORKLOAD_NAME: 'loop-1' });
    const metrics = (await get(ports.http, '/stats/prometheus')).body;
    expect(metrics).toMatch(/malla_agent_access_log_entries_total\{outcome="relayed"\} 20/);
    expect(metrics).toContain('istio_agent_cert_expiry_seconds');
    expect(metrics).toMatch(/envoy_http_downstream_rq\{response_code_class="2xx",http_conn_manager_prefix="outbound"/);
    const config = (await get(ports.http, '/config')).body;
    expect(config).toContain('outbound-endpoints');
    expect(config).not.toContain('PRIVATE KEY');
  });

  it('leaves rotation first, then drains, when it stops under load', async () => {
    discovery.set(loop());
    startAgent();
    await ready();
    app.behave({ delayMs: 1_500 });
    const slow = get(ports.outbound, '/');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await stopAgent();
    expect((await slow).status).toBe(200);
    expect((await slow).headers['connection']).toBe('close');
    expect(discovery.events.at(-1)).toEqual({ kind: 'deregistered' });
    await expect(get(ports.outbound, '/')).rejects.toThrow();
  });
});
