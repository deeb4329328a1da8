import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { typeUrls } from '@malla/protos';
import {
  capture,
  FakeAuthority,
  FakeDiscovery,
  findEnvoy,
  Hand,
  NetworkNamespace,
  obstacleToInterception,
  proxyUser,
  redirectConfiguration,
  TemporaryFolder,
  waitFor,
  type HandAnswer,
} from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const envoy = findEnvoy();
const dataPlanes = [
  { dataPlane: 'envoy', reason: obstacleToInterception(envoy === undefined ? undefined : [envoy]) },
  { dataPlane: 'builtin', reason: obstacleToInterception([process.execPath]) },
];

/** A loaded machine takes its time. */
const patienceMs = 100_000;
const own = { ipv4: '10.210.0.2', ipv6: 'fd00:210::2' };

/** Status of an answer, or how it failed. */
function brief(answer: HandAnswer): string {
  return answer.kind === 'response' ? String(answer.status) : JSON.stringify(answer);
}

/** Lets a namespace reach a port of the fakes, by a Unix socket, as namespaces share files only. */
async function tunnel(hand: Hand, port: number, path: string): Promise<Server> {
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(path);
  await once(server, 'listening');
  await hand.serve({ kind: 'forward', port, path });
  return server;
}

describe.each(dataPlanes)(
  'the agent behind iptables with $dataPlane',
  { timeout: 180_000 },
  ({ dataPlane, reason }) => {
    describe.skipIf(reason !== undefined)(reason ?? 'in network namespaces', () => {
      const stack = new AsyncDisposableStack();
      let app: Hand;
      let peer: Hand;
      let discovery: FakeDiscovery;
      let folder: TemporaryFolder;

      const log = () =>
        existsSync(folder.join('log')) ? readFileSync(folder.join('log'), 'utf8') : 'the agent has said nothing yet';
      const get = (hand: Hand, address: string, port: number, path = '/') =>
        hand.http({ address, port, path, host: 'web', headers: { 'x-want': 'v1' } });

      beforeAll(async () => {
        const build = [join(root, 'node_modules/typescript7/bin/tsc'), '-b', join(root, 'apps/proxy-agent')];
        const { status, stdout } = spawnSync(process.execPath, build, { encoding: 'utf8' });
        if (status !== 0) throw new Error(stdout);
        folder = stack.use(new TemporaryFolder('agent-'));
        const namespace = stack.use(new NetworkNamespace('agent'));
        const outside = stack.use(new NetworkNamespace('peer'));
        namespace.join(0, [`${own.ipv4}/24`, `${own.ipv6}/64`], outside, ['10.210.0.3/24', 'fd00:210::3/64']);
        namespace.routeAllOver(0);
        app = stack.use(new Hand(namespace));
        peer = stack.use(new Hand(outside));
        await app.serve({ kind: 'serve-http', address: '::', port: 8080, version: 'v1' });
        const authority = await FakeAuthority.create();
        await authority.start();
        stack.defer(() => authority.stop());
        discovery = new FakeDiscovery(authority);
        discovery.set([...redirectConfiguration('server').values()].flatMap((byName) => [...byName.values()]));
        await discovery.start();
        stack.defer(() => discovery.stop());
        for (const { port } of [authority, discovery]) {
          const server = await tunnel(app, port, folder.join(`${port}.sock`));
          stack.defer(() => void server.close());
        }
        capture(namespace);
        writeFileSync(folder.join('root.pem'), authority.rootPem);
        writeFileSync(folder.join('token'), 'a-token');
        for (const path of [folder.path, folder.join('root.pem'), folder.join('token')])
          chownSync(path, proxyUser, proxyUser);
        startAgent(namespace, authority);
      }, 300_000);

      afterAll(() => stack.disposeAsync(), 60_000);

      function startAgent(namespace: NetworkNamespace, authority: FakeAuthority): void {
        const [command, ...args] = namespace.command(
          [process.execPath, join(root, 'apps/proxy-agent/dist/main.js')],
          proxyUser,
        );
        const child = spawn(command, args, {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: {
            MALLA_WORKLOAD_NAME: 'web-v1',
            MALLA_SERVICE_ACCOUNT: 'web',
            MALLA_LABELS: 'app=web,version=v1,role=proxied',
            MALLA_ADDRESS: `${own.ipv4},${own.ipv6}`,
            MALLA_INTERCEPTION_MODE: 'REDIRECT',
            MALLA_DISCOVERY_ADDRESS: `127.0.0.1:${discovery.port}`,
            MALLA_CA_ADDRESS: `127.0.0.1:${authority.port}`,
            MALLA_CA_ROOT_FILE: folder.join('root.pem'),
            MALLA_TOKEN_FILE: folder.join('token'),
            MALLA_STATE_DIR: folder.join('state'),
            MALLA_DATA_PLANE: dataPlane,
            MALLA_ENVOY: envoy ?? '',
            MALLA_ENVOY_CONCURRENCY: '1',
            MALLA_APP_HEALTH: 'tcp://127.0.0.1:8080',
            MALLA_DRAIN_DURATION: '1s',
          },
        });
        for (const output of [child.stdout, child.stderr])
          output.on('data', (chunk) => appendFileSync(folder.join('log'), chunk));
        stack.defer(() => stop(child));
      }

      /** The agent ends its Envoy; should it fail to, Envoy is ended here. */
      async function stop(child: ChildProcess): Promise<void> {
        const exited = once(child, 'exit');
        if (child.exitCode === null && child.kill('SIGTERM')) await Promise.race([exited, pause(20_000)]);
        child.kill('SIGKILL');
        for (const [, pid] of log().matchAll(/"pid":(\d+),"adopted":/g)) {
          try {
            process.kill(Number(pid), 'SIGKILL');
          } catch {
            // It has ended already.
          }
        }
      }

      it('gets its certificate and its configuration past its own rules', async () => {
        const isReady = async () => brief(await get(peer, own.ipv4, 15_021, '/healthz/ready')) === '200';
        await waitFor(isReady, { what: 'the agent to be ready', timeoutMs: patienceMs }).catch((error: unknown) => {
          throw new Error(log().slice(-4_000), { cause: error });
        });
        await waitFor(() => discovery.events.at(-1)?.kind === 'registered', { what: 'registration' });
        expect(discovery.workload).toMatchObject({ addresses: [own.ipv4, own.ipv6], mutualTls: true });
      });

      it('refuses nothing that discovery sends', async () => {
        await waitFor(() => discovery.inStep(typeUrls.listener), { what: 'the listeners', timeoutMs: patienceMs });
        expect(discovery.delivery(typeUrls.listener)?.nack).toBeUndefined();
      });

      it('serves peers through its Envoy, by both families', async () => {
        for (const address of [own.ipv4, own.ipv6]) {
          const answer = await get(peer, address, 8080);
          expect(brief(answer)).toBe('200');
          // Envoy's mark on requests to the application.
          expect(answer.kind === 'response' && answer.body).toContain('x-request-id');
        }
      });

      it('is probed and scraped directly, by both families', async () => {
        for (const address of [own.ipv4, own.ipv6]) {
          expect(brief(await get(peer, address, 15_021, '/healthz/ready'))).toBe('200');
          expect(brief(await get(peer, address, 15_090, '/stats/prometheus'))).toBe('200');
        }
      });
    });
  },
);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
