import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { MallaError } from '@malla/model';
import { createLogger, createMetrics, Health } from '@malla/observability';
import { GetTrustBundleRequestSchema, TrustBundleService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { AccessLogService } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import { DiscoveryResponseSchema } from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChannel, type Channel } from './client/channel.ts';
import { createClient } from './client/create-client.ts';
import { GrpcServer } from './server/grpc-server.ts';
import { HealthService, healthHandlers } from './server/health-service.ts';
import { insecureChannel, insecureServer } from './tls/insecure.ts';

let folder: string;
let server: GrpcServer;
let channel: Channel;
let streamsEnded: number;
const health = new Health();
const metrics = createMetrics('spec', '0');

const bundle = { trustDomain: 'cluster.local', roots: ['root'], sequence: 7n };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'malla-grpc-'));
  streamsEnded = 0;
  metrics.clear();
  server = new GrpcServer({
    name: 'the server of this spec',
    logger: createLogger({ service: 'spec', level: 'silent' }),
    metrics,
  });
  addServices(server);
  await server.listenUnix({ path: join(folder, 'run/spec.sock'), credentials: insecureServer });
  channel = openChannel({ target: join(folder, 'run/spec.sock'), credentials: insecureChannel });
});

afterEach(async () => {
  channel.close();
  await server.close(200);
  rmSync(folder, { recursive: true });
});

function addServices(to: GrpcServer): void {
  to.add(TrustBundleService, {
    getTrustBundle(_request, call) {
      const wanted = call.metadata.get('x-fail')[0];
      if (wanted === 'crash') throw new Error('password is hunter2');
      if (wanted === 'slow') return new Promise(() => undefined);
      if (wanted !== undefined) throw new MallaError('invalid', 'no such thing', { details: [{ path: 'spec.x' }] });
      return bundle;
    },
    async watchTrustBundle(_request, stream) {
      for (let sequence = 1n; sequence <= 3n; sequence++) stream.send({ ...bundle, sequence });
      if (stream.metadata.get('x-end').length > 0) return;
      await new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve()));
      streamsEnded++;
    },
  });
  to.add(AccessLogService, {
    async streamAccessLogs(stream) {
      let count = 0;
      for await (const message of stream.requests) count += message.logEntries.case === undefined ? 1 : 0;
      if (count !== 3) throw new MallaError('invalid', `${count} messages`);
      return {};
    },
  });
  to.add(AggregatedDiscoveryService, {
    async streamAggregatedResources(stream) {
      // Bytes that were encoded elsewhere pass through unchanged.
      for await (const request of stream.requests) {
        stream.send(
          toBinary(DiscoveryResponseSchema, create(DiscoveryResponseSchema, { typeUrl: request.typeUrl, nonce: 'n' })),
        );
      }
      streamsEnded++;
    },
  });
  to.add(HealthService, healthHandlers(health));
}

describe('unary calls', () => {
  it('answer with typed messages', async () => {
    const client = createClient(TrustBundleService, channel);
    await expect(client.getTrustBundle({})).resolves.toMatchObject(bundle);
    await expect(
      client.getTrustBundle(toBinary(GetTrustBundleRequestSchema, create(GetTrustBundleRequestSchema))),
    ).resolves.toMatchObject(bundle);
  });

  it('carry the code, message and details of errors', async () => {
    const client = createClient(TrustBundleService, channel);
    await expect(client.getTrustBundle({}, { metadata: { 'x-fail': 'user' } })).rejects.toMatchObject({
      code: 'invalid',
      message: 'no such thing',
      details: [{ path: 'spec.x' }],
    });
  });

  it('hide what is inside an unexpected failure', async () => {
    const client = createClient(TrustBundleService, channel);
    const failure = client.getTrustBundle({}, { metadata: { 'x-fail': 'crash' } });
    await expect(failure).rejects.toMatchObject({ code: 'internal', message: expect.not.stringContaining('hunter2') });
  });

  it('end by timeout, by signal, and when the server is away', async () => {
    const client = createClient(TrustBundleService, channel);
    const slow = { metadata: { 'x-fail': 'slow' } };
    await expect(client.getTrustBundle({}, { ...slow, timeoutMs: 20 })).rejects.toMatchObject({ code: 'unavailable' });
    const controller = new AbortController();
    const call = client.getTrustBundle({}, { ...slow, signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'unavailable' });
    const nobody = openChannel({ target: join(folder, 'nobody.sock'), credentials: insecureChannel });
    await expect(createClient(TrustBundleService, nobody).getTrustBundle({})).rejects.toMatchObject({
      code: 'unavailable',
    });
    nobody.close();
  });

  it('are refused when the service does not have the method', async () => {
    const other = createClient(AggregatedDiscoveryService, channel).deltaAggregatedResources();
    await expect(other[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('are counted by status', async () => {
    const client = createClient(TrustBundleService, channel);
    await client.getTrustBundle({});
    await client.getTrustBundle({}, { metadata: { 'x-fail': 'user' } }).catch(() => undefined);
    const text = await metrics.metrics();
    expect(text).toMatch(/grpc_server_handled_total\{[^}]*grpc_method="GetTrustBundle"[^}]*grpc_code="OK"\} 1/);
    expect(text).toMatch(/grpc_server_handled_total\{[^}]*grpc_code="INVALID_ARGUMENT"\} 1/);
  });
});

describe('streams of responses', () => {
  it('deliver in order and end when the handler does', async () => {
    const seen: bigint[] = [];
    const stream = createClient(TrustBundleService, channel).watchTrustBundle({}, { metadata: { 'x-end': '1' } });
    for await (const message of stream) seen.push(message.sequence);
    expect(seen).toEqual([1n, 2n, 3n]);
  });

  it('tell the handler when the client leaves the loop', async () => {
    for await (const message of createClient(TrustBundleService, channel).watchTrustBundle({}))
      if (message.sequence === 2n) break;
    await expect.poll(() => streamsEnded).toBe(1);
  });

  it('end as unavailable when the server closes, so that the client connects again', async () => {
    const stream = createClient(TrustBundleService, channel).watchTrustBundle({})[Symbol.asyncIterator]();
    for (let count = 0; count < 3; count++) await stream.next();
    const next = stream.next();
    const closed = server.close(1_000);
    await expect(next).rejects.toMatchObject({ code: 'unavailable' });
    await closed;
    expect(streamsEnded).toBe(1);
  });
});

describe('streams of requests', () => {
  it('give one answer at the end', async () => {
    const call = createClient(AccessLogService, channel).streamAccessLogs();
    for (let count = 0; count < 3; count++) call.send({});
    call.end();
    await expect(call.response).resolves.toBeDefined();
  });

  it('carry the error of the handler', async () => {
    const call = createClient(AccessLogService, channel).streamAccessLogs();
    call.send({});
    call.end();
    await expect(call.response).rejects.toMatchObject({ code: 'invalid', message: '1 messages' });
  });
});

describe('streams both ways', () => {
  it('answer each request, pass bytes through, and end on both sides', async () => {
    const call = createClient(AggregatedDiscoveryService, channel).streamAggregatedResources();
    const responses = call[Symbol.asyncIterator]();
    for (const typeUrl of ['a', 'b', 'c']) {
      call.send({ typeUrl });
      await expect(responses.next()).resolves.toMatchObject({ value: { typeUrl, nonce: 'n' } });
    }
    call.end();
    await expect(responses.next()).resolves.toMatchObject({ done: true });
    expect(streamsEnded).toBe(1);
  });

  it('stop the handler when the client cancels or goes away', async () => {
    const call = createClient(AggregatedDiscoveryService, channel).streamAggregatedResources();
    const responses = call[Symbol.asyncIterator]();
    call.send({ typeUrl: 'a' });
    await responses.next();
    call.cancel();
    await expect(responses.next()).resolves.toMatchObject({ done: true });
    await expect.poll(() => streamsEnded).toBe(1);
  });

  it('hold a fast writer back until the reader has read', async () => {
    const call = createClient(AggregatedDiscoveryService, channel).streamAggregatedResources();
    const big = 'x'.repeat(100_000);
    let waits = 0;
    const responses = call[Symbol.asyncIterator]();
    const reading = (async () => {
      for (let count = 0; count < 50; count++) await responses.next();
    })();
    for (let count = 0; count < 50; count++) {
      if (call.send({ typeUrl: big })) continue;
      waits++;
      await call.drained();
    }
    await reading;
    expect(waits).toBeGreaterThan(0);
    call.cancel();
  });
});

describe('health', () => {
  it('follows the health of the service', async () => {
    const client = createClient(HealthService, channel);
    await expect(client.check({})).resolves.toMatchObject({ status: 1 });
    const watch = client.watch({})[Symbol.asyncIterator]();
    await expect(watch.next()).resolves.toMatchObject({ value: { status: 1 } });
    health.check('store').down('away');
    await expect(watch.next()).resolves.toMatchObject({ value: { status: 2 } });
    health.check('store').ok();
    await expect(watch.next()).resolves.toMatchObject({ value: { status: 1 } });
    await watch.return?.(undefined);
  });
});

describe('listening', () => {
  it('closes its socket to others and takes over a stale one', async () => {
    const path = join(folder, 'run/spec.sock');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'run')).mode & 0o777).toBe(0o700);
    const second = new GrpcServer({
      name: 'a second server',
      logger: createLogger({ service: 'spec', level: 'silent' }),
    });
    await expect(second.listenUnix({ path, credentials: insecureServer })).rejects.toMatchObject({
      message: expect.stringContaining('another process serves it'),
    });
    writeFileSync(join(folder, 'file'), '');
    await expect(second.listenUnix({ path: join(folder, 'file'), credentials: insecureServer })).rejects.toThrow(
      'no socket',
    );
    await expect(
      second.listenUnix({ path: `/tmp/${'x'.repeat(120)}`, credentials: insecureServer }),
    ).rejects.toMatchObject({ code: 'invalid' });
  });

  it('takes no request above its bound, and others go on', async () => {
    const bounded = new GrpcServer({
      name: 'spec',
      logger: createLogger({ service: 'spec', level: 'silent' }),
      maxRequestBytes: 1_000,
    });
    addServices(bounded);
    await bounded.listenUnix({ path: join(folder, 'bounded.sock'), credentials: insecureServer });
    const small = openChannel({ target: join(folder, 'bounded.sock'), credentials: insecureChannel });
    const client = createClient(TrustBundleService, small);
    const huge = create(GetTrustBundleRequestSchema);
    huge.$unknown = [{ no: 99, wireType: 2, data: Buffer.concat([Buffer.from([0xd0, 0x0f]), Buffer.alloc(2_000)]) }];
    await expect(client.getTrustBundle(huge)).rejects.toMatchObject({ code: 'exhausted' });
    expect(await client.getTrustBundle({})).toMatchObject(bundle);
    small.close();
    await bounded.close(200);
  });

  it('names port and setting when the port is taken', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as { port: number };
    const second = new GrpcServer({
      name: 'the gRPC server of spec',
      logger: createLogger({ service: 'spec', level: 'silent' }),
    });
    const listening = second.listen({
      host: '127.0.0.1',
      port,
      setting: 'MALLA_GRPC_PORT',
      credentials: insecureServer,
    });
    await expect(listening).rejects.toMatchObject({
      code: 'unavailable',
      message: `the gRPC server of spec cannot listen on 127.0.0.1:${port}: the port is taken; stop the other program or set MALLA_GRPC_PORT`,
    });
    blocker.close();
  });
});
