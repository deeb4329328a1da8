import { create } from '@bufbuild/protobuf';
import {
  channelCredentials,
  createClient,
  GrpcServer,
  openChannel,
  serverCredentials,
  SettableIdentity,
  type Channel,
} from '@malla/grpc';
import { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import { DeltaDiscoveryRequestSchema } from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { typeUrls } from '@malla/protos';
import { applyChanges, emptySnapshot } from '@malla/snapshot';
import { controlPlaneId, formatWorkloadId } from '@malla/spiffe';
import { TestPki } from '@malla/testkit';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeliverySource } from '../delivery/delivery-reporter.ts';
import { DiscoveryMetrics } from '../discovery-metrics.ts';
import { MeshState } from '../mesh/mesh-state.ts';
import { adsHandlers } from './ads-service.ts';
import { ProxyConfigurations } from './proxy-configurations.ts';
import { ProxyRegistry } from './proxy-registry.ts';

const trustDomain = 'cluster.local';
const serverId = controlPlaneId('discovery', trustDomain);
const cartId = formatWorkloadId({ trustDomain, namespace: 'shop', serviceAccount: 'cart' });
const logger = pino({ level: 'silent' });

const cart = {
  WORKLOAD_NAME: 'cart-v1',
  NAMESPACE: 'shop',
  SERVICE_ACCOUNT: 'cart',
  LABELS: { app: 'cart' },
  INTERCEPTION_MODE: 'NONE',
  MALLA_INTERCEPTION: {
    mode: 'NONE',
    outbound: [{ host: 'pay.shop.svc.cluster.local', port: 80, bind: { address: '127.0.0.1', port: 20_001 } }],
    inbound: [],
  },
};

const pay = {
  apiVersion: 'v1' as const,
  kind: 'Service' as const,
  metadata: { name: 'pay', namespace: 'shop' },
  spec: { selector: { app: 'pay' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
};

describe('ADS over mutual TLS', () => {
  let pki: TestPki;
  let server: GrpcServer;
  let port: number;
  let mesh: MeshState;
  let notReady: string | undefined;
  const channels: Channel[] = [];
  const reported = new Map<string, DeliverySource>();

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

  async function connect(spiffeId: string, metadata: Record<string, unknown>) {
    const channel = openChannel({
      target: { host: '127.0.0.1', port },
      credentials: channelCredentials(await identity(spiffeId), [serverId]),
    });
    channels.push(channel);
    const stream = createClient(AggregatedDiscoveryService, channel).deltaAggregatedResources();
    const request = (fields: Parameters<typeof create<typeof DeltaDiscoveryRequestSchema>>[1]) =>
      stream.send(create(DeltaDiscoveryRequestSchema, fields));
    request({
      node: { id: 'x', metadata: metadata as never },
      typeUrl: typeUrls.cluster,
      resourceNamesSubscribe: ['*'],
    });
    return { request, responses: stream[Symbol.asyncIterator](), cancel: () => stream.cancel() };
  }

  beforeEach(async () => {
    pki = await TestPki.create(trustDomain);
    notReady = undefined;
    reported.clear();
    const snapshot = applyChanges(emptySnapshot(), { upserts: [pay] });
    mesh = new MeshState({ snapshot, logger, debounceMs: 1, debounceMaxMs: 10 });
    const configurations = new ProxyConfigurations();
    const proxies = new ProxyRegistry({
      mesh,
      logger,
      resources: (proxy, version) => configurations.resources(proxy, version),
      reporter: { changed: (id, source) => reported.set(id, source), closed: (id) => reported.delete(id) },
      metrics: new DiscoveryMetrics(new Registry(), '0'),
      discovery: 'discovery-0',
      now: Date.now,
    });
    let nonce = 0;
    const sessionOptions = () => ({ nonce: () => String(++nonce), now: Date.now });
    const handlers = adsHandlers({
      proxies,
      trustDomain,
      ownerOf: (namespace, name) => (namespace === 'shop' && name === 'pay-v1' ? 'pay' : undefined),
      checkIdentity: true,
      logger,
      notReady: () => notReady,
      sessionOptions,
    });
    server = new GrpcServer({ name: 'the test server', logger }).add(AggregatedDiscoveryService, handlers);
    port = await server.listen({
      host: '127.0.0.1',
      port: 0,
      credentials: serverCredentials(await identity(serverId), 'required'),
      setting: 'none',
    });
  });

  afterEach(async () => {
    for (const channel of channels.splice(0)) channel.close();
    mesh.stop();
    await server.close(500);
  });

  it('gives a proxy its clusters, then what changes, and keeps what it acknowledged', async () => {
    const { request, responses } = await connect(cartId, cart);
    const first = (await responses.next()).value!;
    expect(first.resources.map((r: { name: string }) => r.name)).toContain('outbound|80||pay.shop.svc.cluster.local');
    request({ typeUrl: typeUrls.cluster, responseNonce: first.nonce });
    mesh.applyConfig({
      revision: 9n,
      replace: false,
      upserts: [{ ...pay, metadata: { name: 'ship', namespace: 'shop' } }],
      deletes: [],
      changeIds: [],
    });
    const second = (await responses.next()).value!;
    expect(second.resources.map((r: { name: string }) => r.name)).toEqual(['outbound|80||ship.shop.svc.cluster.local']);
    request({ typeUrl: typeUrls.cluster, responseNonce: second.nonce });
    await expect.poll(() => reported.get('cart-v1.shop')?.deliveryState().revision).toBe('9');
  });

  it('shows a refusal with the words of the proxy', async () => {
    const { request, responses } = await connect(cartId, cart);
    const first = (await responses.next()).value!;
    request({
      typeUrl: typeUrls.cluster,
      responseNonce: first.nonce,
      errorDetail: { code: 13, message: 'bad cluster pay' },
    });
    const state = () => reported.get('cart-v1.shop')?.deliveryState().types[typeUrls.cluster];
    await expect.poll(() => state()?.nacked?.message).toBe('bad cluster pay');
    expect(state()?.acked).toBeUndefined();
  });

  it("refuses a proxy that asks for another's configuration", async () => {
    const { responses } = await connect(cartId, { ...cart, SERVICE_ACCOUNT: 'pay' });
    await expect(responses.next()).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it("refuses a proxy that bears the name of another's workload", async () => {
    const { responses } = await connect(cartId, { ...cart, WORKLOAD_NAME: 'pay-v1' });
    await expect(responses.next()).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('names the key of the node that is wrong', async () => {
    const { responses } = await connect(cartId, {
      ...cart,
      MALLA_INTERCEPTION: { mode: 'NONE', outbound: [{ host: 'pay', port: 0 }], inbound: [] },
    });
    await expect(responses.next()).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('node.metadata.MALLA_INTERCEPTION.outbound.0.port'),
    });
  });

  it('sends proxies elsewhere while it is not ready', async () => {
    notReady = 'the configuration is not loaded yet';
    const { responses } = await connect(cartId, cart);
    await expect(responses.next()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('not loaded yet'),
    });
  });
});
