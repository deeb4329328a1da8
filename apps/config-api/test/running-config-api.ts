import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  channelCredentials,
  createClient,
  openChannel,
  type Channel,
  type ServiceClient,
  type SettableIdentity,
} from '@malla/grpc';
import { startService, type RunningService } from '@malla/observability';
import { ConfigService } from '@malla/protos/gen/malla/config/v1/config_pb';
import { InspectionService } from '@malla/protos/gen/malla/config/v1/inspection_pb';
import { controlPlaneId } from '@malla/spiffe';
import { FakeAuthority } from '@malla/testkit';
import { Agent, request } from 'undici';
import { ConfigApi } from '../src/config-api.ts';

/** An answer of the REST API, with its body read as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked into by path
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the administrator's; null for none. */
  readonly token?: string | null;
}

/** A mesh's folder on this machine: authority, database folder and secret key that replicas share. */
export class TestMesh {
  readonly folder: string;
  readonly authority: FakeAuthority;

  private constructor(authority: FakeAuthority) {
    this.folder = mkdtempSync(join(tmpdir(), 'malla-config-api-'));
    // Root's Postgres runs as another user, who must reach its folder.
    chmodSync(this.folder, 0o755);
    this.authority = authority;
    writeFileSync(join(this.folder, 'root-cert.pem'), authority.rootPem);
    writeFileSync(join(this.folder, 'join.token'), 'any');
  }

  static async create(): Promise<TestMesh> {
    const authority = await FakeAuthority.create();
    await authority.start();
    return new TestMesh(authority);
  }

  /** The environment of a replica. */
  env(replica: string): Record<string, string> {
    return {
      MALLA_CA_ADDRESS: `127.0.0.1:${this.authority.port}`,
      MALLA_CA_ROOT_FILE: join(this.folder, 'root-cert.pem'),
      MALLA_TOKEN_FILE: join(this.folder, 'join.token'),
      MALLA_STATE_DIR: join(this.folder, replica),
      MALLA_POSTGRES_DIR: join(this.folder, 'postgres'),
      MALLA_SECRET_KEY_FILE: join(this.folder, 'secret.key'),
      MALLA_REST_PORT: '0',
      MALLA_GRPC_PORT: '0',
      MALLA_HTTP_PORT: '0',
    };
  }

  /** Reads what a replica's administrator would. */
  adminToken(replica: string): string {
    return readFileSync(join(this.folder, replica, 'admin.token'), 'utf8').trim();
  }

  async remove(): Promise<void> {
    await this.authority.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A config-api in this process. */
export class RunningConfigApi {
  readonly service: RunningService<ConfigApi['definition']['settings']>;
  readonly rest: RestClient;
  readonly #api: ConfigApi;
  readonly #mesh: TestMesh;
  readonly #channels: Channel[] = [];
  readonly #replica: string;

  private constructor(parts: {
    api: ConfigApi;
    mesh: TestMesh;
    service: RunningConfigApi['service'];
    replica: string;
  }) {
    this.#api = parts.api;
    this.#mesh = parts.mesh;
    this.service = parts.service;
    this.#replica = parts.replica;
    this.rest = this.anotherClient();
  }

  /** @param lines where lines of its log go, as data */
  static async start(
    mesh: TestMesh,
    replica = 'one',
    env: Record<string, string> = {},
    lines: Record<string, unknown>[] = [],
  ): Promise<RunningConfigApi> {
    const api = new ConfigApi();
    const logDestination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
        done();
      },
    });
    const service = await startService(
      api.definition,
      { env: { ...mesh.env(replica), ...env }, argv: [] },
      { logDestination },
    );
    return new RunningConfigApi({ api, mesh, service, replica });
  }

  /** The administrator, with connections of their own. */
  anotherClient(): RestClient {
    return new RestClient(
      this.#api.addresses?.restPort ?? 0,
      this.#mesh.authority.rootPem,
      this.#mesh.adminToken(this.#replica),
    );
  }

  /** A gRPC client with the certificate of one of Malla's services, or of a workload. */
  async client(identity?: SettableIdentity): Promise<ServiceClient<typeof ConfigService>> {
    return createClient(ConfigService, await this.#channel(identity));
  }

  /** A client of the other service, with a certificate that has no rights there. */
  async inspection(): Promise<ServiceClient<typeof InspectionService>> {
    return createClient(InspectionService, await this.#channel());
  }

  async #channel(identity?: SettableIdentity): Promise<Channel> {
    const credentials = channelCredentials(identity ?? (await this.#mesh.authority.identityOf('discovery')), [
      controlPlaneId('config-api', 'cluster.local'),
    ]);
    const channel = openChannel({
      target: { host: '127.0.0.1', port: this.#api.addresses?.grpcPort ?? 0 },
      credentials,
    });
    this.#channels.push(channel);
    return channel;
  }

  async close(): Promise<void> {
    for (const channel of this.#channels) channel.close();
    await this.service.close();
    await this.rest.close();
  }
}

/** Calls a REST API over HTTPS, checking its certificate against the mesh's root. */
export class RestClient {
  readonly #origin: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor(port: number, rootPem: string, token: string) {
    this.#origin = `https://localhost:${port}`;
    this.#token = token;
    this.#agent = new Agent({ connect: { ca: rootPem }, connections: 256 });
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { body, type = 'application/json' } = options;
    const response = await request(`${this.#origin}${path}`, {
      method: method as 'GET',
      dispatcher: this.#agent,
      headers: { ...this.#headers(options), ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: response.headers,
      body: text.startsWith('{') ? JSON.parse(text) : text,
    };
  }

  get(path: string, options?: CallOptions): Promise<Answer> {
    return this.call('GET', path, options);
  }

  post(path: string, body: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('POST', path, { ...options, body });
  }

  put(path: string, body: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('PUT', path, { ...options, body });
  }

  patch(path: string, type: string, body: unknown): Promise<Answer> {
    return this.call('PATCH', path, { body, type });
  }

  delete(path: string, options?: CallOptions): Promise<Answer> {
    return this.call('DELETE', path, options);
  }

  /** The events of a watch as they come; ends with the signal or the server. */
  async *watch(path: string, signal?: AbortSignal): AsyncGenerator<{ type: string; object: Answer['body'] }> {
    const response = await request(`${this.#origin}${path}`, {
      dispatcher: this.#agent,
      headers: this.#headers({}),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.statusCode !== 200) throw new Error(`watch: ${response.statusCode} ${await response.body.text()}`);
    let rest = '';
    try {
      for await (const chunk of response.body) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line) as { type: string; object: Answer['body'] };
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #headers({ token = this.#token, accept, headers }: CallOptions): Record<string, string> {
    return {
      ...headers,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(accept === undefined ? {} : { accept }),
    };
  }
}

export const virtualServices = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';

/** A small VirtualService in namespace default. */
export function virtualService(name: string, fields: { weight?: number; labels?: Record<string, string> } = {}) {
  const { weight = 100, labels } = fields;
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'default', ...(labels === undefined ? {} : { labels }) },
    spec: { hosts: [name], http: [{ route: [{ destination: { host: name }, weight }] }] },
  };
}
