import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { Inject, Module } from '@nestjs/common';
import { port, setting } from '@malla/settings';
import type { Logger } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { Health } from './health.ts';
import { LOGGER } from './observability.module.ts';
import { HelpRequested, startService, type RunningService, type ServiceDefinition } from './start-service.ts';

const seen: { logger?: Logger; health?: Health; stopped: boolean } = { stopped: false };

@Module({})
class Probe {
  constructor(@Inject(LOGGER) logger: Logger, @Inject(Health) health: Health) {
    Object.assign(seen, { logger, health });
  }

  onApplicationShutdown(): void {
    seen.stopped = true;
  }
}

const settings = {
  grpcPort: setting({ env: 'MALLA_GRPC_PORT', schema: port(), default: '1', description: 'Port of gRPC.' }),
};

const definition: ServiceDefinition<typeof settings> = {
  name: 'probe',
  description: 'A service for this spec.',
  version: '1.2.3',
  settings,
  httpPort: '0',
  module: () => Probe,
};

const lines: Record<string, unknown>[] = [];
const sink = new Writable({
  write(chunk: Buffer, _encoding, done) {
    lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
    done();
  },
});

let running: RunningService<typeof settings> | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function get(path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${running?.httpUrl}${path}`);
  return { status: response.status, body: await response.text() };
}

describe('startService', () => {
  it('serves probes and metrics, and gives modules what they need', async () => {
    running = await startService(definition, { env: {}, argv: ['--grpc-port=7'] }, { logDestination: sink });
    expect(running.context.settings).toMatchObject({ grpcPort: 7, shutdownTimeout: 10_000 });
    expect(seen.health).toBe(running.context.health);
    expect(await get('/healthz/live')).toMatchObject({ status: 200 });
    expect(await get('/healthz/ready')).toMatchObject({ status: 200 });
    const check = running.context.health.check('store');
    check.degraded('store is away');
    expect((await get('/healthz/ready')).status).toBe(200);
    check.down('store is gone');
    const ready = await get('/healthz/ready');
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.body)).toMatchObject({ ready: false, live: true, state: 'down' });
    check.dead('store is broken');
    expect((await get('/healthz/live')).status).toBe(503);
    const metrics = await get('/metrics');
    expect(metrics.body).toContain('malla_build_info{service="probe",version="1.2.3"');
    expect(lines.at(-1)).toMatchObject({
      level: 'info',
      service: 'probe',
      msg: 'Service started',
      settings: { grpcPort: 7 },
    });
  });

  it('answers probes while it waits in start()', async () => {
    let url = '';
    running = await startService(
      {
        ...definition,
        async start(app) {
          url = await (app as RunningService<typeof settings>['app']).getUrl();
          const response = await fetch(`${url}/healthz/ready`);
          expect(response.status).toBe(503);
          expect((await fetch(`${url}/healthz/live`)).status).toBe(200);
        },
      },
      { env: {}, argv: [] },
      { logDestination: sink },
    );
    expect((await get('/healthz/ready')).status).toBe(200);
  });

  it('closes its modules when it ends and when start() fails', async () => {
    seen.stopped = false;
    const failing = { ...definition, start: () => Promise.reject(new Error('no database')) };
    await expect(startService(failing, { env: {}, argv: [] }, { logDestination: sink })).rejects.toThrow('no database');
    expect(seen.stopped).toBe(true);
  });

  it('names the port and the setting when the port is taken', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const taken = String((blocker.address() as { port: number }).port);
    await expect(
      startService(definition, { env: { MALLA_HTTP_PORT: taken }, argv: [] }, { logDestination: sink }),
    ).rejects.toMatchObject({
      code: 'unavailable',
      message: `the HTTP server of probe cannot listen on 127.0.0.1:${taken}: the port is taken; stop the other program or set MALLA_HTTP_PORT`,
    });
    await new Promise((resolve) => blocker.close(resolve));
  });

  it('refuses bad settings, all at once, and prints help', async () => {
    const bad = startService(
      definition,
      { env: { MALLA_HTTP_PORT: 'x', MALLA_LOG_LEVEL: 'loud' }, argv: [] },
      { logDestination: sink },
    );
    await expect(bad).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/MALLA_HTTP_PORT[^]*MALLA_LOG_LEVEL/),
    });
    const help = startService(definition, { env: {}, argv: ['--help'] }, { logDestination: sink });
    await expect(help).rejects.toBeInstanceOf(HelpRequested);
  });
});
