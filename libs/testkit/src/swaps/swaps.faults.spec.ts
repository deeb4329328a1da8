import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchCases, type BenchCase } from '../bench/bench-case.ts';
import { MeshProxy } from '../bench/mesh-proxies.ts';
import { clientSide, identities, serverSide, type Edition } from '../bench/mesh-resources.ts';
import { workloadSecrets } from '../envoy/workload-secrets.ts';
import { EchoServer } from '../network/echo-server.ts';
import { freePorts } from '../network/free-ports.ts';
import { TestPki } from '../pki/test-pki.ts';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { SteadyClients } from './steady-clients.ts';

const swaps = 1_000;
const bench = benchCases.find(({ path, protocol }) => path === 'pair' && protocol === 'http1') as BenchCase;

/** A mutual-TLS pair whose configuration changes while it serves: routes, clusters and listeners in turn. */
describe.each(proxyPrograms())('configuration swaps under load, $name', (program) => {
  const stack = new AsyncDisposableStack();
  let client: MeshProxy;
  let server: MeshProxy;
  let port: number;
  let clientResources: (edition: Edition) => Parameters<MeshProxy['publish']>[0];
  let serverResources: (edition: Edition) => Parameters<MeshProxy['publish']>[0];

  beforeAll(async () => {
    const app = stack.use(await new EchoServer({ version: 'v1' }).start());
    const folder = stack.use(new TemporaryFolder('malla-swaps-'));
    const pki = await TestPki.create();
    const [outer, between] = (await freePorts(2)) as [number, number];
    port = outer;
    const dataPlane = program.name;
    clientResources = (edition) => clientSide(bench, { port, upstreams: [between], dataPlane, edition });
    serverResources = (edition) => serverSide(bench, { port: between, app: app.port, dataPlane, edition });
    const secretsOf = async (who: keyof typeof identities) =>
      workloadSecrets(await pki.issue(identities[who]), pki.rootPem);
    const common = { program, bench, folder };
    server = stack.use(
      await MeshProxy.start({
        ...common,
        name: `${dataPlane}-server`,
        secrets: await secretsOf('server'),
        resources: serverResources({}),
        port: between,
      }),
    );
    client = stack.use(
      await MeshProxy.start({
        ...common,
        name: `${dataPlane}-client`,
        secrets: await secretsOf('client'),
        resources: clientResources({}),
        port,
      }),
    );
  });
  afterAll(() => stack.disposeAsync());

  it(`fails no request in ${swaps}`, async () => {
    const clients = new SteadyClients({ port, count: 8, pauseMs: 10 });
    const edition = { routes: 0, clusters: 0, listeners: 0 };
    for (let swap = 1; swap <= swaps; swap++) {
      const turn = (['routes', 'clusters', 'listeners'] as const)[swap % 3] as keyof typeof edition;
      edition[turn] = swap;
      if (turn === 'listeners') await server.publish(serverResources(edition));
      else await client.publish(clientResources(edition));
    }
    await clients.stop();
    process.stdout.write(`${program.name}: ${clients.answered} requests during ${swaps} swaps\n`);
    expect(clients.failures).toEqual([]);
    expect(clients.answered).toBeGreaterThan(swaps);
  });
});
