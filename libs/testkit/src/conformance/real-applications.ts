import { EchoServer, type SeenRequest } from '../network/echo-server.ts';
import { GrpcAuthorizer } from '../network/grpc-authorizer.ts';
import type { BehaviourSettings } from '../network/behaviour.ts';
import { Behaviour } from '../network/behaviour.ts';
import { versionOf, type Application, type FixtureWorkload } from './mesh.ts';
import type { SeenByApplication } from './outcome.ts';
import type { RunPki } from './run-pki.ts';

/** The applications of the base mesh: one server for each workload and protocol, with one behaviour for each workload. */
export class RealApplications implements AsyncDisposable {
  /** `workload/application` to its server. */
  readonly #servers = new Map<string, EchoServer | GrpcAuthorizer>();
  readonly #workloads: readonly FixtureWorkload[];

  private constructor(workloads: readonly FixtureWorkload[]) {
    this.#workloads = workloads;
  }

  static async start(workloads: readonly FixtureWorkload[], pki: RunPki): Promise<RealApplications> {
    const applications = new RealApplications(workloads);
    for (const workload of workloads) {
      for (const application of new Set(Object.values(workload.ports))) {
        if (application !== 'nothing')
          applications.#servers.set(`${workload.name}/${application}`, await startServer(workload, application, pki));
      }
    }
    return applications;
  }

  /** The application's own port; undefined when nothing listens. */
  portOf(workload: string, port: number): number | undefined {
    const application = this.#workloads.find(({ name }) => name === workload)?.ports[port];
    return this.#servers.get(`${workload}/${application ?? 'nothing'}`)?.port;
  }

  /** Begins anew, with the default behaviour for every workload that is not named. */
  behave(settings: Readonly<Record<string, BehaviourSettings>>): void {
    const behaviours = new Map(this.#workloads.map(({ name }) => [name, new Behaviour(settings[name])]));
    for (const [key, server] of this.#servers) server.behave(behaviours.get(key.split('/')[0] as string));
  }

  /** Forgets what was seen; behaviours go on. */
  forget(): void {
    for (const server of this.#servers.values()) server.seen = [];
  }

  /** Every request since {@link RealApplications.forget}. */
  seen(): readonly SeenByApplication[] {
    return [...this.#servers].flatMap(([key, server]) =>
      server.seen.map((request) => this.#view(key.split('/')[0] as string, request)),
    );
  }

  /** What the application that wrote this answer saw. */
  parse(body: string): SeenByApplication {
    const request = JSON.parse(body) as SeenRequest;
    const workload = this.#workloads.find((candidate) => versionOf(candidate) === request.version);
    return this.#view(workload?.name ?? '', request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server[Symbol.asyncDispose]()));
  }

  /** The peer is what the callee's proxy told its application. */
  #view(workload: string, { version, method, path, host, headers, protocol }: SeenRequest): SeenByApplication {
    const peer = /(?:^|;)URI=([^;,]+)/.exec(headers['x-forwarded-client-cert'] ?? '')?.[1];
    return { workload, version, method, path, host, headers, protocol, ...(peer === undefined ? {} : { peer }) };
  }
}

async function startServer(
  workload: FixtureWorkload,
  application: Application,
  pki: RunPki,
): Promise<EchoServer | GrpcAuthorizer> {
  const version = versionOf(workload);
  if (application === 'authorizer') return new GrpcAuthorizer(version).start();
  if (application === 'http') return new EchoServer({ version }).start();
  if (application === 'http2') return new EchoServer({ version, http2: true }).start();
  const { chainPem, keyPem } = await pki.server(`${workload.name.replace(/-v1$/, '')}.example`);
  const client = application === 'mutual-tls' ? { clientCa: pki.pem('ca') } : {};
  return new EchoServer({ version, tls: { cert: chainPem, key: keyPem, ...client } }).start();
}
