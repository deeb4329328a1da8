import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { sampleBucket, telemetryStoreConformance } from '@malla/telemetry/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './database.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { PrismaTelemetryStore } from './telemetry-store.ts';

describe('PrismaTelemetryStore', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let database: Database;
  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-telemetry-'));
    fs.chmodSync(folder, 0o755);
    server = await EmbeddedPostgres.open(folder);
    database = await openDatabase(server.url);
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  // Each store has a mesh of its own, unless it is told otherwise.
  function open(meshId: string = randomUUID()): PrismaTelemetryStore {
    return new PrismaTelemetryStore({ open: () => Promise.resolve(database), meshId });
  }

  telemetryStoreConformance({ it, expect }, open);

  it('loses nothing that is written while it is rolled up', async () => {
    const meshId = randomUUID();
    const [one, two] = [open(meshId), open(meshId)];
    const start = 20_000 * 86_400_000;
    const span = { from: start, to: start + 60_000 };
    const write = async (writer: string): Promise<void> => {
      for (let i = 0; i < 8; i++) await one.write(`${writer}-${i}`, [sampleBucket(start + (i % 6) * 10_000, {})]);
    };
    const roll = async (): Promise<void> => {
      for (let i = 0; i < 16; i++) await two.rollUp(1, start);
    };
    await Promise.all([write('a'), write('b'), roll()]);
    await two.rollUp(1, start);
    expect(await one.due(1, span)).toEqual([]);
    expect((await one.read(1, span))[0]?.tally.requestsByCode).toEqual({ 200: 16 });
  });

  it('forgets pairs that nobody wrote for longer than their counts are kept', async () => {
    const store = open('old');
    await store.write('a', [sampleBucket(0, {})]);
    const pairs = () => database.prisma.signalPair.count({ where: { meshId: 'old' } });
    await store.expire(3, Date.now() - 1_000);
    expect(await pairs()).toBe(1);
    await store.expire(3, Date.now() + 3 * 3_600_000);
    expect(await pairs()).toBe(0);
  });

  it('tells that the database is away, and works once it is there', async () => {
    const told: (string | undefined)[] = [];
    const away = new PrismaTelemetryStore({
      open: () => openDatabase('postgres://nobody@127.0.0.1:1/x'),
      meshId: 'x',
      onAvailability: (failure) => told.push(failure?.code),
    });
    await expect(away.write('a', [sampleBucket(0, {})])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(away.read(0, { from: 0, to: 1 })).rejects.toMatchObject({ code: 'unavailable' });
    expect(told).toEqual(['unavailable']);
    await away.close();
  });
});
