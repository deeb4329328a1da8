import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  channelCredentials,
  createClient,
  GrpcServer,
  openChannel,
  serverCredentials,
  SettableIdentity,
  type Channel,
} from '@malla/grpc';
import { AccessLogService, StreamAccessLogsMessageSchema } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import { TelemetryQuery } from '@malla/protos/gen/malla/telemetry/v1/telemetry_pb';
import { controlPlaneId, formatWorkloadId } from '@malla/spiffe';
import { MemoryTelemetryStore, SignalRecorder, type Retention } from '@malla/telemetry';
import { TestPki } from '@malla/testkit';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessLogHandlers } from './access-log-service.ts';
import { SignalQueries } from './signal-queries.ts';
import { signalsHandlers } from './signals-service.ts';

const trustDomain = 'cluster.local';
const serverId = controlPlaneId('policy-telemetry', trustDomain);
const cartId = formatWorkloadId({ trustDomain, namespace: 'shop', serviceAccount: 'cart' });

function logs(node: Record<string, unknown>, codes: readonly number[]) {
  return create(StreamAccessLogsMessageSchema, {
    identifier: { node: { id: 'cart-v1', metadata: node as never }, logName: 'malla-outbound' },
    logEntries: {
      case: 'httpLogs',
      value: {
        logEntry: codes.map((code) => ({
          commonProperties: { upstreamCluster: 'outbound|80|v2|pay.shop.svc.cluster.local' },
          response: { responseCode: code },
        })),
      },
    },
  });
}

/** A connection to a database, that was closed. */
function connectionLog(node: Record<string, unknown>) {
  return create(StreamAccessLogsMessageSchema, {
    identifier: { node: { id: 'cart-v1', metadata: node as never }, logName: 'malla-outbound' },
    logEntries: {
      case: 'tcpLogs',
      value: {
        logEntry: [
          {
            commonProperties: { upstreamCluster: 'outbound|3306||db.shop.svc.cluster.local' },
            connectionProperties: { receivedBytes: 10n, sentBytes: 2_000n },
          },
        ],
      },
    },
  });
}

const hour = 3_600_000;
const retention: Retention = [hour, hour, hour, hour];
const cart = { WORKLOAD_NAME: 'cart-v1', NAMESPACE: 'shop', SERVICE_ACCOUNT: 'cart', LABELS: { app: 'cart' } };

describe('policy-telemetry over mutual TLS', () => {
  let pki: TestPki;
  let server: GrpcServer;
  let port: number;
  let recorder: SignalRecorder;
  const channels: Channel[] = [];

  async function identity(spiffeId: string): Promise<SettableIdentity> {
    const { chainPem, keyPem } = await pki.issue(spiffeId);
    return new SettableIdentity({
      spiffeId,
      certificateChain: chainPem,
      privateKey: keyPem,
      roots: pki.rootPem,
      notAfter: Date.now() + 60_000,
    });
  }

  async function channelOf(spiffeId: string): Promise<Channel> {
    const credentials = channelCredentials(await identity(spiffeId), [serverId]);
    const channel = openChannel({ target: { host: '127.0.0.1', port }, credentials });
    channels.push(channel);
    return channel;
  }

  async function controlPlane() {
    return createClient(TelemetryQuery, await channelOf(controlPlaneId('config-api', trustDomain)));
  }

  async function send(spiffeId: string, message: ReturnType<typeof logs>) {
    const call = createClient(AccessLogService, await channelOf(spiffeId)).streamAccessLogs();
    call.send(message);
    call.end();
    return call.response;
  }

  beforeEach(async () => {
    pki = await TestPki.create(trustDomain);
    recorder = new SignalRecorder({ now: Date.now });
    const store = new MemoryTelemetryStore();
    const startedAt = Date.now();
    const queries = new SignalQueries({ store, recorder, writer: 'w', retention, now: Date.now, startedAt });
    const logger = pino({ level: 'silent' });
    server = new GrpcServer({ name: 'the test server', logger })
      .add(AccessLogService, accessLogHandlers({ trustDomain, logger, record: (record) => recorder.record(record) }))
      .add(TelemetryQuery, signalsHandlers({ queries, trustDomain, now: Date.now }));
    const credentials = serverCredentials(await identity(serverId), 'required');
    port = await server.listen({ host: '127.0.0.1', port: 0, credentials, setting: 'none' });
  });

  afterEach(async () => {
    for (const channel of channels.splice(0)) channel.close();
    await server.close();
  });

  it('turns access logs into golden signals that the control plane can ask for', async () => {
    await send(cartId, logs(cart, [200, 200, 503]));
    const { signals } = await (await controlPlane()).signals({ destination: 'pay' });
    expect(signals).toHaveLength(1);
    expect(signals[0]).toMatchObject({
      sourceWorkload: 'cart-v1',
      destinationService: 'pay.shop.svc.cluster.local',
      destinationSubset: 'v2',
      requests: 3n,
      errors: 1n,
      requestsByCode: { 200: 2n, 503: 1n },
    });
  });

  it('tells series and the graph, TCP included', async () => {
    await send(cartId, logs(cart, [200, 503]));
    await send(cartId, connectionLog(cart));
    const client = await controlPlane();
    const from = timestampFromMs(Date.now() - 60_000);
    const { series } = await client.series({ from, stepSeconds: 10n, by: 'pair' });
    const [db, pay] = series.map(({ name, points }) => ({ name, points }));
    expect(db).toMatchObject({ name: 'db', points: [{ connections: 1n, bytesSent: 10n, bytesReceived: 2_000n }] });
    expect(pay?.points.reduce((sum, { requests, errors }) => sum + requests + errors, 0n)).toBe(3n);
    const { nodes, edges } = await client.graph({ detail: 'service' });
    expect(nodes.map(({ id }) => id)).toEqual(['service:shop/cart', 'service:shop/db', 'service:shop/pay']);
    expect(edges).toMatchObject([
      { source: 'service:shop/cart', destination: 'service:shop/db', protocol: 'tcp', connections: 1n },
      { source: 'service:shop/cart', destination: 'service:shop/pay', protocol: 'http', errorRate: 0.5 },
    ]);
    expect(edges[0]?.mutualTls).toBeUndefined();
    for (const bad of [{ from, stepSeconds: 7n }, { from, stepSeconds: 10n, by: 'x' }, { stepSeconds: 10n }])
      await expect(client.series(bad)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('refuses a workload that reports for another', async () => {
    const message = logs({ ...cart, SERVICE_ACCOUNT: 'pay' }, [200]);
    await expect(send(cartId, message)).rejects.toMatchObject({ code: 'permission_denied' });
    expect(recorder.unstored()).toEqual([]);
  });

  it('refuses a stream whose node does not say which workload it is', async () => {
    await expect(send(cartId, logs({ NAMESPACE: 'shop' }, [200]))).rejects.toMatchObject({ code: 'invalid' });
  });

  it('answers signals to the control plane only', async () => {
    const client = createClient(TelemetryQuery, await channelOf(cartId));
    await expect(client.signals({})).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(client.graph({})).rejects.toMatchObject({ code: 'permission_denied' });
  });
});
