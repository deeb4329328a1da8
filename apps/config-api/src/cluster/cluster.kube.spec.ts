import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubeconfigAccess, KubeClient, kubeKind } from '@malla/kube';
import { customResourceDefinition, type Resource } from '@malla/model';
import { DeliveryMap, openRedis, redisKeys, type DeliveryState } from '@malla/redis';
import { findRedisServer, startRedis, waitFor, type RedisServer } from '@malla/testkit';
import { actAsServiceAccount, TestCluster } from '@malla/testkit/kube';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh } from '../../test/running-config-api.ts';
import { mirroredKinds } from './mirrored-kinds.ts';

const obstacle = TestCluster.obstacle() ?? (findRedisServer() === undefined ? 'there is no Redis server' : undefined);
const namespace = `config-api-${process.pid}`;
const services = kubeKind<Resource>('networking.istio.io', 'VirtualService');

const virtualService = (host: string): Resource => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'cart', namespace },
  spec: { hosts: [host], http: [{ route: [{ destination: { host: 'cart' } }] }] },
});

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

describe.skipIf(obstacle !== undefined)(
  `config-api as mirror of a real cluster${obstacle === undefined ? '' : ` (${obstacle})`}`,
  () => {
    let cluster: TestCluster;
    let client: KubeClient;
    let mesh: TestMesh;
    let redis: RedisServer;
    let first: RunningConfigApi;
    let second: RunningConfigApi;

    const start = (replica: string): Promise<RunningConfigApi> =>
      RunningConfigApi.start(mesh, replica, {
        MALLA_KUBERNETES: join(mesh.folder, 'kubeconfig'),
        REDIS_URL: redis.url,
      });
    const conditions = async (): Promise<Record<string, string>> => {
      const { status } = (await client.get(services, { namespace, name: 'cart' })) as {
        status?: { conditions?: Condition[] };
      };
      return Object.fromEntries((status?.conditions ?? []).map((each) => [each.type, `${each.status} ${each.reason}`]));
    };
    const path = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/cart`;

    beforeAll(async () => {
      cluster = await TestCluster.start();
      client = new KubeClient(kubeconfigAccess(cluster.kubeconfig));
      for (const kind of mirroredKinds) await install(client, customResourceDefinition(kind) as unknown as Resource);
      await client.apply(kubeKind<Resource>('', 'Namespace'), {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
      await waitFor(() => client.serves(services), { what: 'the CRDs to be served' });
      await client.apply(services, virtualService('cart'));
      [mesh, redis] = await Promise.all([TestMesh.create(), startRedis()]);
      // With the rights that it has where it is installed, and no others.
      await actAsServiceAccount(cluster, {
        namespace: 'malla-system',
        name: 'config-api',
        manifest: fileURLToPath(new URL('../../../../k8s/base/config-api/rbac.yaml', import.meta.url)),
        file: join(mesh.folder, 'kubeconfig'),
      });
      first = await start('one');
      second = await start('two');
    });

    afterAll(async () => {
      await first?.close();
      await second?.close();
      await client?.delete(kubeKind('', 'Namespace'), { name: namespace });
      await client?.close();
      await redis?.[Symbol.asyncDispose]();
      await mesh?.remove();
      await cluster?.stop();
    });

    it('serves what is in the cluster, on every replica', async () => {
      for (const api of [first, second])
        await expect.poll(async () => (await api.rest.get(path)).body.spec?.hosts).toEqual(['cart']);
    });

    it('tells in the status when the proxies have it, and when they do not have the newest version', async () => {
      await expect.poll(conditions).toMatchObject({ Accepted: 'True Valid', Reconciled: 'Unknown NoProxies' });
      const connection = openRedis({ url: redis.url, name: 'spec' });
      await expect.poll(() => connection.ping()).toBe('PONG');
      const map = new DeliveryMap(connection, redisKeys('default'));
      const acknowledge = (revision: number): Promise<unknown> => map.put([proxyAt(revision)]);
      await acknowledge(Number((await first.rest.get(path)).body.metadata.resourceVersion));
      await expect.poll(conditions).toMatchObject({ Reconciled: 'True AllAcknowledged' });
      await client.apply(services, virtualService('cart.example'));
      await expect.poll(conditions).toMatchObject({ Reconciled: 'False Pending' });
      await acknowledge(Number((await first.rest.get(path)).body.metadata.resourceVersion));
      await expect.poll(conditions).toMatchObject({ Reconciled: 'True AllAcknowledged' });
      connection.disconnect();
    });

    it('goes on when the replica that mirrors is gone', async () => {
      await first.close();
      await client.apply(services, virtualService('cart.test'));
      await expect.poll(async () => (await second.rest.get(path)).body.spec?.hosts).toEqual(['cart.test']);
      await client.delete(services, { namespace, name: 'cart' });
      await expect.poll(async () => (await second.rest.get(path)).status).toBe(404);
      first = await start(`again-${randomUUID()}`);
    });
  },
);

async function install(client: KubeClient, definition: Resource): Promise<void> {
  const kind = kubeKind<Resource>('apiextensions.k8s.io', 'CustomResourceDefinition');
  await client.apply(kind, definition);
}

/** A proxy that has acknowledged everything up to a revision. */
function proxyAt(revision: number): DeliveryState {
  return {
    id: 'sidecar~10.0.0.1~cart.shop~shop.svc.cluster.local',
    namespace,
    type: 'sidecar',
    cluster: 'local',
    version: '0.1.0',
    dataPlane: 'builtin',
    connectedSince: new Date().toISOString(),
    discovery: 'one',
    revision: String(revision),
    types: {},
  };
}
