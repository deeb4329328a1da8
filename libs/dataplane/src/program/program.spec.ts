import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildDataPlane, builtinProgram, freePort, TemporaryFolder, waitFor } from '@malla/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const type = 'type.googleapis.com/envoy.extensions.filters';

/** A bootstrap with one HTTP listener that leads to one cluster. */
function bootstrap(params: {
  readonly admin: string;
  readonly port: number;
  readonly upstream: number;
  /** File of an access log of paths. */
  readonly log?: string;
  /** Before the router. */
  readonly filters?: readonly object[];
  /** More of the cluster. */
  readonly cluster?: object;
}): object {
  const socket = (portValue: number) => ({ socketAddress: { address: '127.0.0.1', portValue } });
  return {
    node: { id: 'spec', cluster: 'spec' },
    admin: { address: { pipe: { path: params.admin } } },
    staticResources: {
      listeners: [
        {
          name: 'web',
          address: socket(params.port),
          filterChains: [
            {
              filters: [
                {
                  name: 'http',
                  typedConfig: {
                    '@type': `${type}.network.http_connection_manager.v3.HttpConnectionManager`,
                    statPrefix: 'web',
                    routeConfig: {
                      name: 'web',
                      virtualHosts: [
                        {
                          name: 'all',
                          domains: ['*'],
                          routes: [{ match: { prefix: '/' }, route: { cluster: 'app' } }],
                        },
                      ],
                    },
                    ...(params.log !== undefined && { accessLog: [fileLog(params.log)] }),
                    httpFilters: [
                      ...(params.filters ?? []),
                      { name: 'router', typedConfig: { '@type': `${type}.http.router.v3.Router` } },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          name: 'app',
          ...params.cluster,
          connectTimeout: '1s',
          loadAssignment: {
            clusterName: 'app',
            endpoints: [{ lbEndpoints: [{ endpoint: { address: socket(params.upstream) } }] }],
          },
        },
      ],
    },
  };
}

function fileLog(path: string): object {
  const typedConfig = {
    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
    path,
    logFormat: { textFormatSource: { inlineString: '%REQ(:path)%\n' } },
  };
  return { name: 'file', typedConfig };
}

class RunningProgram {
  readonly folder = new TemporaryFolder('malla-program-');
  readonly child: ChildProcess;
  readonly admin = this.folder.join('admin.sock');
  output = '';

  constructor(config: (admin: string) => object, ...options: string[]) {
    const path = this.folder.join('bootstrap.json');
    writeFileSync(path, JSON.stringify(config(this.admin)));
    const [node, ...args] = builtinProgram().command;
    this.child = spawn(node, [...args, '-c', path, '--concurrency', '2', '--log-format', '[%l][%n] %v', ...options]);
    for (const stream of [this.child.stderr, this.child.stdout])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  ask(path: string, method = 'GET'): Promise<{ readonly status: number; readonly body: string }> {
    return ask({ socketPath: this.admin, path, method });
  }

  async live(): Promise<this> {
    await waitFor(async () => (await this.ask('/ready')).status === 200, { what: 'the program', timeoutMs: 20_000 });
    return this;
  }

  async end(): Promise<number | null> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    this.folder[Symbol.dispose]();
    return this.child.exitCode;
  }
}

function ask(options: object): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('the program', () => {
  let app: Server;
  let upstream: number;
  let program: RunningProgram | undefined;
  beforeAll(async () => {
    buildDataPlane();
    app = createServer((incoming, response) => response.end(`you asked for ${incoming.url ?? ''}`)).listen(
      0,
      '127.0.0.1',
    );
    await once(app, 'listening');
    upstream = (app.address() as AddressInfo).port;
  }, 120_000);
  afterEach(async () => {
    await program?.end();
    program = undefined;
  });
  afterAll(() => {
    app.closeAllConnections();
    app.close();
  });

  it('serves what its bootstrap says, tells of it, and ends at once', async () => {
    const port = await freePort();
    program = await new RunningProgram((admin) => bootstrap({ admin, port, upstream })).live();
    expect(await ask({ port, path: '/hello' })).toEqual({ status: 200, body: 'you asked for /hello' });
    expect((await program.ask('/stats?filter=^http.web.downstream_rq_total$')).body).toBe(
      'http.web.downstream_rq_total: 1\n',
    );
    expect((await program.ask('/stats/prometheus')).body).toContain(
      'envoy_cluster_upstream_rq_total{envoy_cluster_name="app"} 1\n',
    );
    expect((await program.ask('/listeners')).body).toBe(`web::127.0.0.1:${port}\n`);
    expect((await program.ask('/clusters')).body).toContain(`app::127.0.0.1:${upstream}::health_flags::healthy\n`);
    const { configs } = JSON.parse((await program.ask('/config_dump?resource=static_clusters')).body) as {
      configs: { cluster: { name: string; connect_timeout: string } }[];
    };
    expect(configs).toMatchObject([{ cluster: { name: 'app', connect_timeout: '1s' } }]);
    expect((await program.ask('/quitquitquit')).status).toBe(405);
    expect(await program.end()).toBe(0);
  });

  it('has written every access log when it has ended', async () => {
    const port = await freePort();
    using folder = new TemporaryFolder('malla-logs-');
    const path = folder.join('access.log');
    program = await new RunningProgram((admin) => bootstrap({ admin, port, upstream, log: path })).live();
    await Promise.all(Array.from({ length: 8 }, (_, i) => ask({ port, path: `/${i}` })));
    expect(await program.end()).toBe(0);
    expect(readFileSync(path, 'utf8').split('\n').sort().join()).toBe(',/0,/1,/2,/3,/4,/5,/6,/7');
  });

  it('has one local rate limit for all workers', async () => {
    const port = await freePort();
    const limit = {
      name: 'limit',
      typedConfig: {
        '@type': `${type}.http.local_ratelimit.v3.LocalRateLimit`,
        statPrefix: 'limit',
        tokenBucket: { maxTokens: 7, tokensPerFill: 7, fillInterval: '3600s' },
        filterEnabled: { defaultValue: { numerator: 100 } },
        filterEnforced: { defaultValue: { numerator: 100 } },
      },
    };
    program = await new RunningProgram((admin) => bootstrap({ admin, port, upstream, filters: [limit] })).live();
    const statuses: number[] = [];
    for (let i = 0; i < 40; i++) statuses.push((await ask({ port, path: '/' })).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(7);
    expect(statuses.filter((status) => status === 429)).toHaveLength(33);
    // Both have answered, or this shows nothing.
    for (const worker of ['worker_0', 'worker_1']) {
      const { body } = await program.ask(`/stats?filter=${worker}.downstream_cx_total`);
      expect(body).not.toMatch(/: 0\n/);
    }
  });

  it("has one count of a cluster's requests for all workers", async () => {
    const held: (() => void)[] = [];
    const slow = createServer((_, response) => void held.push(() => response.end('late'))).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const port = await freePort();
    const cluster = { circuitBreakers: { thresholds: [{ maxRequests: 5 }] } };
    const to = (slow.address() as AddressInfo).port;
    program = await new RunningProgram((admin) => bootstrap({ admin, port, upstream: to, cluster })).live();
    const answers: Promise<number>[] = [];
    let refused = 0;
    for (let i = 0; i < 30; i++) {
      const answer = ask({ port, path: '/' }).then(({ status }) => status);
      void answer.then((status) => (refused += status === 503 ? 1 : 0));
      answers.push(answer);
      await waitFor(() => held.length + refused === i + 1, { what: `request ${i}` });
    }
    expect([held.length, refused]).toEqual([5, 25]);
    for (const end of held) end();
    await Promise.all(answers);
    held.length = 0;
    // What was taken is given back.
    const again = ask({ port, path: '/' });
    await waitFor(() => held.length === 1, { what: 'room' });
    held[0]?.();
    expect((await again).status).toBe(200);
    slow.closeAllConnections();
    slow.close();
  });

  it('asks connections to close while it drains, and goes on serving', async () => {
    const port = await freePort();
    program = await new RunningProgram((admin) => bootstrap({ admin, port, upstream })).live();
    expect((await program.ask('/drain_listeners?graceful&skip_exit', 'POST')).body).toBe('OK\n');
    expect((await ask({ port, path: '/' })).status).toBe(200);
    expect((await program.ask('/healthcheck/fail', 'POST')).status).toBe(200);
    expect(await program.ask('/ready')).toEqual({ status: 503, body: 'DRAINING\n' });
  });

  it('ends with its reason in the log when it cannot start', async () => {
    const port = upstream;
    program = new RunningProgram((admin) => bootstrap({ admin, port, upstream }), '--concurrency', '1');
    await once(program.child, 'exit');
    expect(program.child.exitCode).toBe(1);
    expect(program.output).toMatch(
      new RegExp(`^\\[critical\\]\\[main\\] .*cannot bind '127.0.0.1:${port}': Address already in use$`, 'm'),
    );
  });

  it('validates a bootstrap, and names the field that is wrong', async () => {
    const validate = async (change: (json: object) => object) => {
      program = new RunningProgram((admin) => change(bootstrap({ admin, port: 1, upstream: 2 })), '--mode', 'validate');
      await once(program.child, 'close');
      return program;
    };
    expect((await validate((json) => json)).output).toContain('OK');
    const wrong = await validate((json) => ({ ...json, admin: { address: { pipe: { path: '' } } } }));
    expect(wrong.child.exitCode).toBe(1);
    expect(wrong.output).toContain('admin');
  });
});
