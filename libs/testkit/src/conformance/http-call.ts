import { request } from 'node:http';

/** A raw call: no redirects, no connection kept. */
export interface HttpCall {
  readonly port: number;
  readonly method: string;
  /** Sent as it is, not normalised. */
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Status 0 when the connection ended without a response. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly elapsedMs: number;
}

/** Makes a call to 127.0.0.1 on a connection of its own. */
export function call({ port, method, path, host, headers }: HttpCall): Promise<HttpAnswer> {
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 0, headers: {}, body: '', elapsedMs: elapsed() });
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers: { host, ...headers }, agent: false, timeout: 10_000 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', failed);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: joined(response.headersDistinct),
            body: Buffer.concat(chunks).toString(),
            elapsedMs: elapsed(),
          }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('timed out')));
    sent.on('error', failed);
    sent.end();
  });
}

function joined(headers: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, (values ?? []).join(',')]));
}
