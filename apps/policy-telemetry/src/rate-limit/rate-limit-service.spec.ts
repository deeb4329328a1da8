import { create } from '@bufbuild/protobuf';
import {
  channelCredentials,
  createClient,
  GrpcServer,
  openChannel,
  serverCredentials,
  SettableIdentity,
  type Channel,
  type ServiceClient,
} from '@malla/grpc';
import type { RateLimit } from '@malla/model';
import {
  RateLimitRequestSchema,
  RateLimitResponse_Code as Code,
  RateLimitResponse_RateLimit_Unit as Unit,
  RateLimitService,
} from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import { LimitTable } from '@malla/ratelimit';
import { openRedis, Quotas, redisKeys } from '@malla/redis';
import { controlPlaneId, formatWorkloadId } from '@malla/spiffe';
import { findRedisServer, startRedis, TestPki, waitFor, type RedisServer } from '@malla/testkit';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RateLimitMetrics } from './rate-limit-metrics.ts';
import { rateLimitHandlers } from './rate-limit-service.ts';
import { RateLimiter } from './rate-limiter.ts';

const trustDomain = 'cluster.local';
const serverId = controlPlaneId('policy-telemetry', trustDomain);
const program = findRedisServer();
if (program === undefined) console.warn('There is no Redis server: the spec of the rate limit service is skipped');

type Rule = RateLimit['spec']['rules'][number];
const limit = (name: string, requests: number, unit: Rule['limit']['unit']): Rule => ({
  name,
  limit: { requests, unit },
});
const object: RateLimit = {
  apiVersion: 'policy.malla.io/v1alpha1',
  kind: 'RateLimit',
  metadata: { namespace: 'shop', name: 'reviews' },
  spec: {
    rules: [
      limit('all', 50, 'SECOND'),
      limit('total', 100, 'DAY'),
      limit('user', 2, 'DAY'),
      limit('after', 1, 'SECOND'),
    ],
  },
};

function ask(rules: readonly (readonly [string, string?])[], hitsAddend = 0, policy = 'shop/reviews') {
  const descriptors = rules.map(([rule, user]) => ({
    entries: [
      { key: 'policy', value: policy },
      { key: 'rule', value: rule },
      ...(user === undefined ? [] : [{ key: 'header:x-user', value: user }]),
    ],
  }));
  return create(RateLimitRequestSchema, { domain: 'malla', descriptors, hitsAddend });
}

describe.skipIf(program === undefined)('the rate limit service, by two replicas over one Redis', () => {
  const limits = new LimitTable();
  let redis: RedisServer;
  let loaded = true;
  const metrics = new Registry();
  const replicas: ServiceClient<typeof RateLimitService>[] = [];
  /** A third replica, which waits for Redis no longer than 300 ms; the others wait as long as a busy machine takes. */
  let hasty: ServiceClient<typeof RateLimitService>;
  const hastyMetrics = new Registry();
  let stranger: ServiceClient<typeof RateLimitService>;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    limits.set(object);
    const pki = await TestPki.create(trustDomain);
    const identity = async (spiffeId: string) => {
      const { chainPem, keyPem } = await pki.issue(spiffeId);
      const notAfter = Date.now() + 600_000;
      const material = { spiffeId, certificateChain: chainPem, privateKey: keyPem, roots: pki.rootPem, notAfter };
      return new SettableIdentity(material);
    };
    const clientOf = async (port: number, namespace: string) => {
      const own = await identity(formatWorkloadId({ trustDomain, namespace, serviceAccount: 'reviews' }));
      const credentials = channelCredentials(own, [serverId]);
      const channel: Channel = openChannel({ target: { host: '127.0.0.1', port }, credentials });
      closers.push(() => channel.close());
      return createClient(RateLimitService, channel);
    };
    for (const registry of [metrics, new Registry(), hastyMetrics]) {
      const connection = openRedis({ url: redis.url, name: 'spec', pipelining: true });
      closers.push(() => connection.disconnect());
      await waitFor(() => connection.status === 'ready', { what: 'a connection to Redis' });
      const limiter = new RateLimiter({
        limits: () => (loaded ? limits : undefined),
        quotas: new Quotas(connection),
        keys: redisKeys('spec'),
        metrics: new RateLimitMetrics(registry),
        timeoutMs: registry === hastyMetrics ? 300 : 60_000,
      });
      const server = new GrpcServer({ name: 'the test server', logger: pino({ level: 'silent' }) });
      server.add(RateLimitService, rateLimitHandlers({ limiter, trustDomain, rootNamespace: 'istio-system' }));
      const credentials = serverCredentials(await identity(serverId), 'required');
      const port = await server.listen({ host: '127.0.0.1', port: 0, credentials, setting: 'none' });
      closers.unshift(() => server.close(100));
      const client = await clientOf(port, 'shop');
      if (registry === hastyMetrics) hasty = client;
      else replicas.push(client);
      if (stranger === undefined) stranger = await clientOf(port, 'bank');
    }
  });
  afterAll(async () => {
    for (const close of closers) await close();
    await redis[Symbol.asyncDispose]();
  });

  it('tells limit, remaining and reset', async () => {
    const { overallCode, statuses } = await replicas[0]!.shouldRateLimit(ask([['total']], 40));
    expect(overallCode).toBe(Code.OK);
    expect(statuses).toMatchObject([
      { code: Code.OK, currentLimit: { name: 'total', requestsPerUnit: 100, unit: Unit.DAY }, limitRemaining: 60 },
    ]);
    expect(Number(statuses[0]?.durationUntilReset?.seconds)).toBeGreaterThan(86_000);
  });

  it('counts a descriptor that stands there twice once', async () => {
    const twice = ask([
      ['user', 'eve'],
      ['user', 'eve'],
    ]);
    const { overallCode, statuses } = await replicas[0]!.shouldRateLimit(twice);
    expect(overallCode).toBe(Code.OK);
    expect(statuses.map(({ limitRemaining }) => limitRemaining)).toEqual([1, 1]);
  });

  it('counts what one descriptor refuses for no other one', async () => {
    const both = ask([['total'], ['user', 'ann']]);
    const codes = [];
    for (let i = 0; i < 6; i++) codes.push((await replicas[i % 2]!.shouldRateLimit(both)).overallCode);
    expect(codes).toEqual([Code.OK, Code.OK, ...Array<Code>(4).fill(Code.OVER_LIMIT)]);
    expect((await replicas[0]!.shouldRateLimit(ask([['user', 'bob']]))).overallCode).toBe(Code.OK);
    const { statuses } = await replicas[1]!.shouldRateLimit(ask([['total']]));
    expect(statuses[0]?.limitRemaining).toBe(57);
    // The second refusal of a replica is known to it.
    expect(await metrics.metrics()).toContain('malla_rate_limit_local_denials_total 1');
  });

  it('holds a limit over several callers and replicas', async () => {
    const wanted = 120;
    let allowed = 0;
    const startedAt = performance.now();
    const caller = async (i: number): Promise<void> => {
      while (allowed < wanted) {
        const { overallCode } = await replicas[i % 2]!.shouldRateLimit(ask([['all']]));
        if (overallCode === Code.OK) allowed++;
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, i) => caller(i)));
    // Those beyond the first hundred have waited for two whole seconds.
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
  });

  it('lets everything pass for policies and rules that do not exist', async () => {
    const answer = await replicas[0]!.shouldRateLimit(ask([['all', 'x'], ['nothing']], 0, 'shop/gone'));
    expect(answer).toMatchObject({ overallCode: Code.OK, statuses: [{ code: Code.OK }, { code: Code.OK }] });
    expect(answer.statuses[0]?.currentLimit).toBeUndefined();
  });

  it('refuses strangers, other domains, and what is no descriptor', async () => {
    await expect(stranger.shouldRateLimit(ask([['all']]))).rejects.toMatchObject({ code: 'permission_denied' });
    const other = create(RateLimitRequestSchema, { ...ask([['all']]), domain: 'envoy' });
    await expect(replicas[0]!.shouldRateLimit(other)).rejects.toMatchObject({ code: 'invalid' });
    const none = create(RateLimitRequestSchema, { domain: 'malla' });
    await expect(replicas[0]!.shouldRateLimit(none)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('decides nothing before the limits are known', async () => {
    loaded = false;
    await expect(replicas[0]!.shouldRateLimit(ask([['all']]))).rejects.toMatchObject({ code: 'unavailable' });
    loaded = true;
  });

  it('fails at once while Redis hangs or is away, and goes on when it is back', async () => {
    const outcome = async (): Promise<Code | string> => {
      try {
        return (await hasty.shouldRateLimit(ask([['after']]))).overallCode;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const back = () => waitFor(async () => (await outcome()) === Code.OK, { what: 'a decision', intervalMs: 100 });
    redis.freeze();
    expect(new Set(await Promise.all(Array.from({ length: 200 }, outcome)))).toEqual(new Set(['unavailable']));
    // After a while the circuit is open: nobody waits for the time limit any more, but for a probe now and then.
    const isOpen = async () =>
      /malla_rate_limit_failures_total{reason="circuit_open"} [1-9]/.test(await hastyMetrics.metrics());
    const refused = async (): Promise<boolean> => {
      expect(await outcome()).toBe('unavailable');
      return isOpen();
    };
    await waitFor(refused, { what: 'the circuit to open', intervalMs: 50 });
    redis.thaw();
    await back();
    await redis.kill();
    expect(await outcome()).toBe('unavailable');
    await redis.start();
    await back();
  });
});
