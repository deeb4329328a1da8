import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { anonymousChannelCredentials, createClient, MeshIdentity, openChannel, type Channel } from '@malla/grpc';
import { createLogger, startService, type RunningService } from '@malla/observability';
import { createCsr, generateKey } from '@malla/pki';
import { IstioCertificateService } from '@malla/protos/gen/istio/v1/auth/ca_pb';
import { JoinTokenService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { controlPlaneId } from '@malla/spiffe';
import { certificateAuthority } from '../src/service.ts';
import type { authoritySettings } from '../src/settings.ts';

export const authorityId = controlPlaneId('certificate-authority', 'cluster.local');
export const cartId = 'spiffe://cluster.local/ns/shop/sa/cart';
export const webId = 'spiffe://cluster.local/ns/shop/sa/web';
export const silent = createLogger({ service: 'spec', level: 'silent' });

/** A certificate authority in a folder of its own, with everything that a spec asks of it. */
export class TestAuthority {
  readonly dir = mkdtempSync(join(tmpdir(), 'malla-ca-'));
  /** The lines that it logged. */
  readonly lines: Record<string, unknown>[] = [];
  readonly port: number;
  readonly #closers: (() => unknown)[] = [];
  #running: RunningService<typeof authoritySettings> | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  /** Makes the folder and finds a port; {@link TestAuthority.start} starts the service. */
  static async create(): Promise<TestAuthority> {
    return new TestAuthority(await freePort());
  }

  get keyDir(): string {
    return join(this.dir, 'ca');
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  env(): Record<string, string> {
    return {
      MALLA_CA_DIR: this.keyDir,
      MALLA_GRPC_HOST: '127.0.0.1',
      MALLA_GRPC_PORT: String(this.port),
      MALLA_HTTP_PORT: '0',
    };
  }

  async start(env: Record<string, string> = {}): Promise<void> {
    const lines = this.lines;
    const logDestination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
        done();
      },
    });
    const input = { env: { ...this.env(), ...env }, argv: [] };
    this.#running = await startService(certificateAuthority('0'), input, { logDestination });
  }

  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  /** Ends everything that was made here. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    await this.stop();
    rmSync(this.dir, { recursive: true });
  }

  /** Has something closed at the end. */
  later(close: () => unknown): void {
    this.#closers.push(close);
  }

  logged(message: string): Record<string, unknown>[] {
    return this.lines.filter(({ msg }) => msg === message);
  }

  roots(): string {
    return readFileSync(join(this.keyDir, 'root-cert.pem'), 'utf8');
  }

  bootstrapToken(service: string): string {
    return readFileSync(join(this.keyDir, `bootstrap/${service}.token`), 'utf8').trim();
  }

  /** A channel without a certificate. */
  anonymous(): Channel {
    return this.#keep({
      target: { host: '127.0.0.1', port: this.port },
      credentials: anonymousChannelCredentials(this.roots(), [authorityId]),
      options: { 'grpc.use_local_subchannel_pool': 1 },
    });
  }

  /** A channel with a certificate, to the authority unless told otherwise. */
  channel(from: MeshIdentity, to: { port: number; id: string } = { port: this.port, id: authorityId }): Channel {
    return this.#keep({ target: { host: '127.0.0.1', port: to.port }, credentials: from.channelCredentials(to.id) });
  }

  identity(spiffeId: string, token: string | undefined): MeshIdentity {
    const made = new MeshIdentity({
      spiffeId,
      trustDomain: 'cluster.local',
      authority: { host: '127.0.0.1', port: this.port },
      roots: () => (this.isRunning ? this.roots() : undefined),
      token: () => token,
      stateDir: join(this.dir, spiffeId.replaceAll(/\W/g, '-')),
      logger: silent,
    });
    this.later(() => made.close());
    return made;
  }

  async configApi(): Promise<MeshIdentity> {
    const made = this.identity(controlPlaneId('config-api', 'cluster.local'), this.bootstrapToken('config-api'));
    await made.start();
    return made;
  }

  /** A token for a workload of namespace shop. */
  async joinToken(serviceAccount: string): Promise<string> {
    const client = createClient(JoinTokenService, this.channel(await this.configApi()));
    return (await client.createJoinToken({ namespace: 'shop', serviceAccount, requestedBy: 'spec' })).token;
  }

  /** Calls CreateCertificate by token, with an honest request of cart unless told otherwise. */
  async certify(token: string | undefined, fields: CertifyFields = {}): Promise<string[]> {
    const csr = fields.csr ?? (await createCsr(await generateKey(), cartId));
    const settings = token === undefined ? {} : { metadata: { authorization: `Bearer ${token}` } };
    const { validityDuration = 0n, metadata = {} } = fields;
    const client = createClient(IstioCertificateService, this.anonymous());
    return (await client.createCertificate({ csr, validityDuration, metadata }, settings)).certChain;
  }

  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.#running?.httpUrl}/metrics`);
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await response.text())?.[1]);
  }

  #keep(params: Parameters<typeof openChannel>[0]): Channel {
    const channel = openChannel(params);
    this.later(() => channel.close());
    return channel;
  }
}

interface CertifyFields {
  readonly csr?: string;
  readonly validityDuration?: bigint;
  readonly metadata?: Record<string, string>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
