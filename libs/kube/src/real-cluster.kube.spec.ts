import type { Resource } from '@malla/model';
import { TestCluster } from '@malla/testkit/kube';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigAccess } from './access/kubeconfig.ts';
import { KubeClient } from './client/kube-client.ts';
import { reviewToken } from './client/token-review.ts';
import { kubeKind } from './kube-kind.ts';
import { ListWatch } from './watch/list-watch.ts';
import { watchEvents } from './watch/watch-events.ts';

const obstacle = TestCluster.obstacle();
const configMaps = kubeKind<Resource>('', 'ConfigMap');
const namespaces = kubeKind<Resource>('', 'Namespace');
const accounts = kubeKind<Resource>('', 'ServiceAccount');
const namespace = `kube-${process.pid}`;

const configMap = (name: string, data: Record<string, string> = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

describe.skipIf(obstacle !== undefined)(
  `@malla/kube with a real API server${obstacle === undefined ? '' : ` (${obstacle})`}`,
  () => {
    let cluster: TestCluster;
    let client: KubeClient;

    beforeAll(async () => {
      cluster = await TestCluster.start();
      client = new KubeClient(kubeconfigAccess(cluster.kubeconfig));
      await client.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    });

    afterAll(async () => {
      await client?.delete(namespaces, { name: namespace });
      await client?.close();
      await cluster?.stop();
    });

    it('lists in pages and follows every change', async () => {
      for (let i = 0; i < 12; i++) await client.apply(configMaps, configMap(`m${i}`));
      const names = new Set<string>();
      const phases: string[] = [];
      const watch = new ListWatch<Resource>({
        client,
        kind: configMaps,
        namespace,
        labelSelector: '!kubernetes',
        pageSize: 5,
        logger: pino({ level: 'silent' }),
        backoff: { next: () => 100, reset: () => undefined },
        onState: ({ phase }) => phases.push(phase),
        handler: {
          replace: (objects) => objects.forEach(({ metadata }) => names.add(metadata.name)),
          set: ({ metadata }) => void names.add(metadata.name),
          delete: ({ metadata }) => void names.delete(metadata.name),
        },
      });
      watch.start();
      await watch.whenSynced();
      expect([...names].filter((name) => name.startsWith('m'))).toHaveLength(12);
      await client.delete(configMaps, { namespace, name: 'm3' });
      await client.apply(configMaps, configMap('late', { a: 'b' }));
      await expect.poll(() => names.has('late') && !names.has('m3')).toBe(true);
      await watch.stop();
      expect(phases).toEqual(['watching', 'stopped']);
    });

    it('is told that a state is forgotten', async () => {
      const events = watchEvents(client, configMaps, {
        resourceVersion: '1',
        timeoutSeconds: 30,
        idleMs: 30_000,
        signal: AbortSignal.timeout(30_000),
      });
      const read = async (): Promise<void> => {
        for await (const event of events) expect(event).toBeDefined();
      };
      // A young server may still know its first states: then nothing is wrong.
      await read().catch((error: unknown) => expect(error).toMatchObject({ code: 'expired' }));
    });

    it('applies as manager malla, and only what it was asked for', async () => {
      await client.create(configMaps, configMap('shared', { theirs: '1' }));
      const applied = await client.apply(configMaps, configMap('shared', { ours: '2' }));
      expect(applied['data']).toEqual({ theirs: '1', ours: '2' });
      const again = await client.apply(configMaps, configMap('shared', { ours: '2' }));
      expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
      const { resourceVersion = '' } = applied.metadata;
      await client.apply(configMaps, configMap('shared', { ours: '3' }));
      const stale = { ...configMap('shared'), metadata: { name: 'shared', namespace, resourceVersion } };
      await expect(client.apply(configMaps, stale)).rejects.toMatchObject({ code: 'conflict' });
    });

    it('reviews tokens of service accounts', async () => {
      await client.apply(accounts, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'cart', namespace },
      });
      const token = async (audience: string): Promise<string> => {
        const path = `/api/v1/namespaces/${namespace}/serviceaccounts/cart/token`;
        const body = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec: { audiences: [audience] } };
        return (await client.json<{ status: { token: string } }>({ method: 'POST', path, body })).status.token;
      };
      const { username, groups } = await reviewToken(client, await token('istio-ca'), 'istio-ca');
      expect(username).toBe(`system:serviceaccount:${namespace}:cart`);
      expect(groups).toContain(`system:serviceaccounts:${namespace}`);
      const refused = { code: 'unauthenticated' };
      await expect(reviewToken(client, await token('vault'), 'istio-ca')).rejects.toMatchObject(refused);
      await expect(reviewToken(client, 'nonsense', 'istio-ca')).rejects.toMatchObject(refused);
    });

    it('knows what is served', async () => {
      expect(await client.serves(configMaps)).toBe(true);
      const none = { group: 'none.example', version: 'v1', kind: 'None', plural: 'nones', namespaced: true };
      expect(await client.serves(none)).toBe(false);
    });
  },
);
