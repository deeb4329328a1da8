import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { MutualTlsPair } from './mutual-tls-pair.ts';

const sessions = 4;
const streamsAtOnce = 60;
/** Minutes on a busy machine with two processors. */
const requests = 120_000;
/** Most requests are small; some fill windows and writes, both ways. In bytes. */
const sizes = [0, 10, 500, 2_000, 20_000, 100_000] as const;
const sizeOf = (index: number): number => sizes[index % 17 === 0 ? 4 + ((index / 17) % 2) : index % 4] as number;

/** A mesh's steady state: busy connections that live long, with many streams at a time. Nothing of it may look like an attack. */
describe.each(proxyPrograms().filter(({ name }) => name === 'builtin'))('steady HTTP/2 over mutual TLS', (program) => {
  let app: Http2Server;
  let pair: MutualTlsPair;
  beforeAll(async () => {
    app = createServer();
    app.on('stream', (stream, fields) => {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 200 });
      if (fields[':method'] === 'POST') stream.pipe(stream);
      else stream.end(Buffer.alloc(Number(fields[':path']?.slice(1)), 'x'));
    });
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    pair = await MutualTlsPair.start({ program, upstream: (app.address() as AddressInfo).port });
  });
  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]();
    app?.close();
  });

  it(`${requests} requests get their answers, by connections that none of the two ends`, async () => {
    const failures: string[] = [];
    let next = 0;
    const clients = Array.from({ length: sessions }, () => connect(`http://127.0.0.1:${pair.port}`));
    for (const client of clients) {
      client.on('error', (error: Error) => failures.push(error.message));
      client.on('goaway', (code: number) => failures.push(`GOAWAY ${code}`));
    }
    const began = performance.now();
    const ask = async (client: ClientHttp2Session): Promise<void> => {
      while (next < requests && failures.length === 0) {
        const index = next++;
        const problem = await exchange(client, sizeOf(index), index % 3 === 0);
        if (problem !== undefined) failures.push(`${index}: ${problem}`);
      }
    };
    await Promise.all(clients.flatMap((client) => Array.from({ length: streamsAtOnce }, () => ask(client))));
    const seconds = (performance.now() - began) / 1_000;
    for (const client of clients) client.destroy();
    process.stdout.write(`${program.name}: ${next} requests in ${seconds.toFixed(0)} s\n`);
    expect(failures).toEqual([]);
    for (const proxy of [pair.client, pair.server]) {
      const counted = await proxy.admin(
        '/stats?filter=(flood|protocol_error|violation|upstream_rq_5xx|envoy_bug|tx_reset)',
      );
      expect(counted.split('\n').filter((line) => line !== '' && !line.endsWith(': 0'))).toEqual([]);
      const made = /upstream_cx_total: (\d+)/.exec(await proxy.admin('/stats?filter=upstream_cx_total'))?.[1];
      expect(Number(made)).toBeLessThanOrEqual(sessions);
    }
  }, 900_000);
});

/** One request, its body echoed or an answer of that size; what is wrong, if anything. */
function exchange(client: ClientHttp2Session, bytes: number, post: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = client.request({ ':path': `/${bytes}`, ':method': post ? 'POST' : 'GET' }, { endStream: !post });
    let status: number | undefined;
    let received = 0;
    request.on('response', (fields) => (status = fields[':status']));
    request.on('data', (chunk: Buffer) => (received += chunk.length));
    request.on('error', (error: Error) => resolve(error.message));
    request.on('close', () =>
      resolve(status === 200 && received === bytes ? undefined : `status ${status}, ${received} of ${bytes} bytes`),
    );
    if (post) request.end(Buffer.alloc(bytes, 'y'));
  });
}
