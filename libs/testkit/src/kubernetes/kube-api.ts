import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

/** An answer of the API server. */
export interface KubeAnswer {
  readonly status: number;
  /** The object, or a `Status` that says why not. */
  readonly body: Readonly<Record<string, unknown>>;
}

interface KubeConfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

const fromBase64 = (text: string) => Buffer.from(text, 'base64');

/** Requests to an API server, with the first cluster and user of a kubeconfig that has its certificates inside. */
export class KubeApi {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as KubeConfig;
    const [first] = clusters;
    const [user] = users;
    if (first === undefined || user === undefined) throw new Error(`${kubeconfig} has no cluster or no user`);
    this.#server = first.cluster.server;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 8,
      ca: fromBase64(first.cluster['certificate-authority-data']),
      cert: fromBase64(user.user['client-certificate-data']),
      key: fromBase64(user.user['client-key-data']),
    });
  }

  /** One request; rejects only when there is no answer. */
  send(method: string, path: string, body?: unknown): Promise<KubeAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers =
        text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const sent = request(`${this.#server}${path}`, { method, agent: this.#agent, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          const read = Buffer.concat(parts).toString();
          resolve({
            status: answer.statusCode ?? 0,
            body: read.startsWith('{') ? (JSON.parse(read) as KubeAnswer['body']) : {},
          });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
