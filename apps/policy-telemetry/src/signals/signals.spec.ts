import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createMetrics, Health } from '@malla/observability';
import { loadSettings } from '@malla/settings';
import { EmbeddedPostgres } from '@malla/store-prisma';
import { sampleRecord } from '@malla/telemetry/conformance';
import { findRedisServer, startRedis, waitFor, type RedisServer } from '@malla/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyTelemetrySettings } from '../settings.ts';
import { Signals } from './signals.ts';

const program = findRedisServer();
if (program === undefined) console.warn('There is no Redis server: the spec of golden signals is skipped');

function open(env: Readonly<Record<string, string>>) {
  const loaded = loadSettings(policyTelemetrySettings, { env, argv: [] });
  if (loaded.kind !== 'ok') throw new Error('bad settings');
  const settings = loaded.values;
  const health = new Health();
  const context = {
    name: 'policy-telemetry',
    settings,
    logger: pino({ level: 'silent' }),
    metrics: createMetrics('policy-telemetry', 'x'),
    health,
  };
  const signals = new Signals(context as unknown as ConstructorParameters<typeof Signals>[0]);
  signals.start();
  const stateOf = (name: string) => health.report().checks.find((check) => check.name === name);
  return { signals, stateOf };
}

describe('golden signals of a replica without a database', () => {
  it('are in memory only, and health says so', async () => {
    const { signals, stateOf } = open({});
    signals.record(sampleRecord());
    const { signals: rows } = await signals.queries.signals(undefined, {});
    expect(rows).toMatchObject([{ requests: 1 }]);
    expect(stateOf('signals')).toMatchObject({ state: 'degraded', reason: expect.stringContaining('memory only') });
    await signals.stop();
  });
});

describe.skipIf(program === undefined)('golden signals of replicas over one database', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let redis: RedisServer;
  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-signals-'));
    fs.chmodSync(folder, 0o755);
    [server, redis] = await Promise.all([EmbeddedPostgres.open(folder), startRedis()]);
  });
  afterAll(async () => {
    await server.stop();
    await redis[Symbol.asyncDispose]();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it('add up over replicas and restarts, and none counts twice', async () => {
    const env = { DATABASE_URL: server.url, REDIS_URL: redis.url };
    const [one, two] = [open(env), open(env)];
    for (let i = 0; i < 3; i++) one.signals.record(sampleRecord());
    two.signals.record(sampleRecord());
    const seenBy = async (replica: typeof one) => {
      const { signals } = await replica.signals.queries.signals(600_000, {});
      return signals.reduce((sum, { requests }) => sum + requests, 0);
    };
    // Each knows its own; the rest comes when it is written, ten seconds later or at the other's end.
    expect(await seenBy(one)).toBeGreaterThanOrEqual(3);
    await one.signals.stop();
    expect(await seenBy(two)).toBe(4);
    const again = open(env);
    again.signals.record(sampleRecord());
    await two.signals.stop();
    expect(await seenBy(again)).toBe(5);
    await waitFor(() => again.stateOf('signals')?.state === 'ok' && again.stateOf('jobs')?.state === 'ok', {
      what: 'health',
    });
    await again.signals.stop();
  });
});
