import { writeFileSync } from 'node:fs';
import { bootstrapJson, createBootstrap } from '@malla/envoy';
import type { ResourceSet } from '@malla/xds';
import { workloadSecrets } from '../envoy/workload-secrets.ts';
import { XdsServer } from '../envoy/xds-server.ts';
import { freePorts } from '../network/free-ports.ts';
import { TestPki } from '../pki/test-pki.ts';
import type { ProxyProgram } from '../programs/proxy-programs.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';
import type { BenchCase } from './bench-case.ts';
import { Child } from './child.ts';
import { clientSide, identities, serverSide } from './mesh-resources.ts';
import { withDescendants } from './process-usage.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

/** Starts a hop or a pair of one data plane with the same xDS as every other one. */
export async function startMesh(
  program: ProxyProgram,
  { bench, backend, folder }: { bench: BenchCase; backend: number; folder: TemporaryFolder },
): Promise<ProxyUnderTest> {
  const pki = await TestPki.create();
  const [port, between] = (await freePorts(2)) as [number, number];
  const dataPlane = program.name;
  const pair = bench.path === 'pair';
  const start = async (
    name: keyof typeof identities,
    listensOn: number,
    resources: ResourceSet,
  ): Promise<MeshProxy> => {
    const certificate = await pki.issue(identities[name]);
    const secrets = workloadSecrets(certificate, pki.rootPem);
    return MeshProxy.start({
      program,
      name: `${dataPlane}-${name}-${listensOn}`,
      bench,
      folder,
      secrets,
      resources,
      port: listensOn,
    });
  };
  const proxies = [
    await start('client', port, clientSide(bench, { port, upstreams: [pair ? between : backend], dataPlane })),
  ];
  if (pair) proxies.push(await start('server', between, serverSide(bench, { port: between, app: backend, dataPlane })));
  return {
    name: program.name,
    port,
    pids: () => proxies.flatMap(({ child }) => withDescendants(child.pid)),
    [Symbol.asyncDispose]: async () => {
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    },
  };
}

export interface MeshProxyParams {
  readonly program: ProxyProgram;
  readonly name: string;
  readonly bench: BenchCase;
  readonly folder: TemporaryFolder;
  readonly secrets: ConstructorParameters<typeof XdsServer>[0];
  readonly resources: ResourceSet;
  readonly port: number;
}

/** One process with the agent that configures it. */
export class MeshProxy implements AsyncDisposable {
  readonly child: Child;
  readonly #agent: XdsServer;
  readonly #forgetting: NodeJS.Timeout;

  private constructor(child: Child, agent: XdsServer) {
    this.child = child;
    this.#agent = agent;
    // Entries are received and counted as sent; nobody reads them.
    this.#forgetting = setInterval(() => (agent.accessLog = []), 200);
  }

  static async start({ program, name, bench, folder, secrets, resources, port }: MeshProxyParams): Promise<MeshProxy> {
    const agent = new XdsServer(secrets);
    const agentSocket = folder.join(`${name}.sock`);
    await agent.start({ kind: 'unix', path: agentSocket });
    agent.publish(resources);
    const bootstrap = folder.join(`${name}.json`);
    const adminSocket = folder.join(`${name}-admin.sock`);
    writeFileSync(bootstrap, bootstrapOf(name, agentSocket, adminSocket));
    const options = ['--disable-hot-restart', '--concurrency', String(bench.workers), '--log-level', 'warning'];
    const child = new Child([...program.command, '-c', bootstrap, ...options]);
    await agent.settled().catch((error: unknown) => {
      throw new Error(`${name} did not start: ${child.output}`, { cause: error });
    });
    await child.listening(port);
    return new MeshProxy(child, agent);
  }

  /** Gives it other resources; resolves when it has acknowledged them all. */
  async publish(resources: ResourceSet): Promise<void> {
    this.#agent.publish(resources);
    await this.#agent.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#forgetting);
    await this.child[Symbol.asyncDispose]();
    await this.#agent[Symbol.asyncDispose]();
  }
}

function bootstrapOf(name: string, agentSocket: string, adminSocket: string): string {
  return bootstrapJson(
    createBootstrap({
      node: {
        id: name,
        cluster: 'bench',
        metadata: {
          NAMESPACE: 'default',
          SERVICE_ACCOUNT: 'bench',
          WORKLOAD_NAME: name,
          LABELS: {},
          CLUSTER_ID: 'Kubernetes',
          NETWORK: '',
          INTERCEPTION_MODE: 'NONE',
          MALLA_DATA_PLANE: name,
          MALLA_VERSION: '0.1.0',
          MALLA_FEATURES: [],
        },
        locality: '',
      },
      agentSocket,
      admin: { kind: 'unix', path: adminSocket },
      agentHttp: { address: '127.0.0.1', port: 1 },
      xds: 'delta',
      domainSuffix: 'cluster.local',
      limits: { maxConnections: 10_000 },
      statsPrefixes: [],
    }),
  );
}
