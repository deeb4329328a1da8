import { connect, createServer, type Server, type Socket } from 'node:net';
import { createLogger } from '@malla/observability';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientOptions, serverOptions } from './channel-options.ts';
import { openChannel, type Channel } from './client/channel.ts';
import { createClient } from './client/create-client.ts';
import { GrpcServer } from './server/grpc-server.ts';
import { HealthService } from './server/health-service.ts';
import { insecureChannel, insecureServer } from './tls/insecure.ts';

/** A wire that can be cut without a sound: bytes vanish, and neither side hears of an end. */
class Wire {
  port = 0;
  #cut = false;
  readonly #sockets: Socket[] = [];
  readonly #server: Server;

  constructor(target: number) {
    this.#server = createServer((near) => {
      const far = connect(target, '127.0.0.1');
      this.#sockets.push(near, far);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', (bytes) => this.#cut || to.write(bytes));
        from.on('error', () => undefined);
      }
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.address() as { port: number }).port;
    return this;
  }

  cut(): void {
    this.#cut = true;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

const quick = { 'grpc.keepalive_time_ms': 200, 'grpc.keepalive_timeout_ms': 100 };

let server: GrpcServer;
let wire: Wire;
let channel: Channel;
let handlersEnded = 0;

beforeEach(async () => {
  handlersEnded = 0;
  const logger = createLogger({ service: 'spec', level: 'silent' });
  server = new GrpcServer({ name: 'spec', logger, options: quick }).add(HealthService, {
    async watch(_request, stream) {
      stream.send({ status: 1 });
      await new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve()));
      handlersEnded++;
    },
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0, credentials: insecureServer, setting: 'X' });
  wire = await new Wire(port).open();
  const target = { host: '127.0.0.1', port: wire.port };
  channel = openChannel({ target, credentials: insecureChannel, options: quick });
});

afterEach(async () => {
  channel.close();
  wire.close();
  await server.close(100);
});

describe('a connection that went dead without a sound', () => {
  it('is found by both sides', async () => {
    const stream = createClient(HealthService, channel).watch({})[Symbol.asyncIterator]();
    await stream.next();
    const next = stream.next();
    wire.cut();
    await expect(next).rejects.toMatchObject({ code: 'unavailable' });
    await expect.poll(() => handlersEnded).toBe(1);
  });

  it('is found within 15 seconds by the options that everybody gets', () => {
    for (const options of [clientOptions, serverOptions]) {
      const { 'grpc.keepalive_time_ms': time, 'grpc.keepalive_timeout_ms': timeout } = options;
      expect((time ?? Infinity) + (timeout ?? Infinity)).toBeLessThanOrEqual(15_000);
    }
    expect(clientOptions['grpc.keepalive_permit_without_calls']).toBe(1);
  });
});
