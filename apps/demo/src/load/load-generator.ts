import { Agent, request } from 'node:http';

/** A bounded run of requests to one service. */
export interface LoadParams {
  /** The service, for counting, such as `reviews`. */
  readonly service: string;
  readonly url: string;
  readonly requests: number;
  readonly concurrency?: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: unknown;
}

/** Sends requests and keeps count of what came back, by service and status: the truth that telemetry is held against. */
export class LoadGenerator {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #counts = new Map<string, Map<number, number>>();

  /** Sends all requests of a run; responses are in order of arrival. A request that fails without a response has status 0. */
  async run(params: LoadParams): Promise<readonly LoadResponse[]> {
    const responses: LoadResponse[] = [];
    let started = 0;
    const worker = async (): Promise<void> => {
      while (started < params.requests) {
        started += 1;
        const response = await this.#send(params);
        this.#count(params.service, response.status);
        responses.push(response);
      }
    };
    await Promise.all(Array.from({ length: Math.min(params.concurrency ?? 4, params.requests) }, worker));
    return responses;
  }

  /** Responses so far by status, of one service. */
  counts(service: string): ReadonlyMap<number, number> {
    return this.#counts.get(service) ?? new Map();
  }

  /** Services that were called. */
  services(): readonly string[] {
    return [...this.#counts.keys()];
  }

  close(): void {
    this.#agent.destroy();
  }

  #count(service: string, status: number): void {
    let byStatus = this.#counts.get(service);
    if (byStatus === undefined) this.#counts.set(service, (byStatus = new Map()));
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }

  #send(params: LoadParams): Promise<LoadResponse> {
    const { url, method = 'GET', headers = {} } = params;
    return new Promise((resolve) => {
      const failed = (error: Error): void => resolve({ status: 0, headers: {}, body: String(error) });
      const call = request(
        url,
        { agent: this.#agent, method, headers: { ...headers }, timeout: 10_000 },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', failed);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: parse(Buffer.concat(chunks)),
            }),
          );
        },
      );
      call.on('timeout', () => call.destroy(new Error('no response within 10 s')));
      call.on('error', failed);
      call.end();
    });
  }
}

function parse(bytes: Buffer): unknown {
  const text = bytes.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
