import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HelpRequested, startService } from '@malla/observability';
import { DeliveryMap, openRedis, redisKeys } from '@malla/redis';
import { findRedisServer, startRedis } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh, virtualService, virtualServices } from '../test/running-config-api.ts';
import { ConfigApi } from './config-api.ts';

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await TestMesh.create();
});

afterAll(() => mesh?.remove());

describe('a start', () => {
  it('tells its settings, and all that is wrong with them at once', async () => {
    const start = (env: Record<string, string>, argv: string[] = []) =>
      startService(new ConfigApi().definition, { env, argv });
    await expect(start({}, ['--help'])).rejects.toBeInstanceOf(HelpRequested);
    const wrong = start({ MALLA_REST_PORT: 'x', DATABASE_URL: 'mysql://root:hunter2@db', REDIS_URL: 'localhost' });
    await expect(wrong).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/MALLA_REST_PORT[^]*DATABASE_URL[^]*REDIS_URL/),
    });
    await expect(wrong).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
  });

  it('names the setting when a port is taken, and leaves nothing running', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    for (const setting of ['MALLA_REST_PORT', 'MALLA_GRPC_PORT']) {
      await expect(RunningConfigApi.start(mesh, 'taken', { [setting]: String(port) })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(setting),
      });
    }
    blocker.close();
    const api = await RunningConfigApi.start(mesh, 'taken');
    await api.close();
  });

  it('refuses a secret key that is not the mesh\u2019s, or that others can read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'malla-key-'));
    writeFileSync(join(folder, 'open.key'), Buffer.alloc(32).toString('base64'), { mode: 0o644 });
    const start = (file: string) => RunningConfigApi.start(mesh, 'key', { MALLA_SECRET_KEY_FILE: join(folder, file) });
    await expect(start('open.key')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('0600'),
    });
    await expect(start('new.key')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('MALLA_SECRET_KEY_FILE'),
    });
    rmSync(folder, { recursive: true });
  });
});

const redisProgram = findRedisServer();
if (redisProgram === undefined) console.warn('There is no Redis server: its part of the spec is skipped');

describe.skipIf(redisProgram === undefined)('with Redis', () => {
  it('shows what proxies acknowledged; and works on when Redis goes', async () => {
    const redis = await startRedis();
    const api = await RunningConfigApi.start(mesh, 'with-redis', { REDIS_URL: redis.url });
    const connection = openRedis({ url: redis.url, name: 'spec' });
    await new Promise<void>((resolve) => connection.once('ready', () => resolve()));
    const state = {
      id: 'web-1',
      namespace: 'shop',
      type: 'sidecar',
      cluster: 'c',
      version: '1',
      dataPlane: 'envoy',
      connectedSince: new Date().toISOString(),
      discovery: 'd',
      revision: '1',
      types: {},
    };
    await new DeliveryMap(connection, redisKeys('default')).put([state]);
    expect((await api.rest.get('/apis/malla.io/v1/proxies')).body.items).toEqual([state]);
    expect((await api.rest.get('/apis/malla.io/v1/proxies/web-1')).body).toEqual(state);
    expect((await api.rest.get('/apis/malla.io/v1/proxies?namespace=other')).body.items).toEqual([]);
    expect((await api.rest.get('/apis/malla.io/v1/proxies/none')).status).toBe(404);
    await api.rest.post(virtualServices, virtualService('delivered'));
    const pending = await api.rest.get(`${virtualServices}/delivered/status`);
    expect(pending.body.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Reconciled', reason: 'Pending', message: '0/1 proxies up to date' }),
    );
    const { resourceVersion } = pending.body.metadata;
    await new DeliveryMap(connection, redisKeys('default')).put([{ ...state, revision: resourceVersion }]);
    const delivered = await api.rest.get(`${virtualServices}/delivered/status`);
    expect(delivered.body.status.observedGeneration).toBe(1);
    expect(delivered.body.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Reconciled', status: 'True' }),
    );
    connection.disconnect();
    await redis[Symbol.asyncDispose]();
    await expect.poll(async () => (await api.rest.get('/apis/malla.io/v1/proxies')).status).toBe(503);
    expect((await api.rest.post(virtualServices, virtualService('without-redis'))).status).toBe(201);
    expect(api.service.context.health.report()).toMatchObject({ ready: true, state: 'degraded' });
    await api.close();
  });
});
