import { KubeClient, kubeconfigAccess } from '@malla/kube';
import { KubeRegistry } from '@malla/kube-registry';
import type { Resource } from '@malla/model';
import { Health } from '@malla/observability';
import { emptySnapshot } from '@malla/snapshot';
import { waitFor } from '@malla/testkit';
import { TestCluster } from '@malla/testkit/kube';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node, pod, podStatus, service } from '../../test/cluster-objects.ts';
import { MeshState } from '../mesh/mesh-state.ts';
import { KubernetesSource } from './kubernetes-source.ts';
import { RegistryMetrics } from './registry-metrics.ts';

const obstacle = TestCluster.obstacle();
const namespace = `registry-${process.pid}`;
const host = `web.${namespace}.svc.cluster.local`;
const within = (object: Resource): Resource => ({ ...object, metadata: { ...object.metadata, namespace } });

describe.skipIf(obstacle !== undefined)(
  `the registry from a real API server${obstacle === undefined ? '' : ` (${obstacle})`}`,
  () => {
    let cluster: TestCluster;
    let source: KubernetesSource;
    let mesh: MeshState;

    beforeAll(async () => {
      cluster = await TestCluster.start();
      const logger = pino({ level: 'silent' });
      mesh = new MeshState({ snapshot: emptySnapshot(), logger, debounceMs: 1, debounceMaxMs: 5 });
      const registry = new KubeRegistry({ domainSuffix: 'cluster.local', cluster: 'Kubernetes' });
      source = new KubernetesSource({
        client: new KubeClient(kubeconfigAccess(cluster.kubeconfig)),
        registry,
        onChange: (changes) => mesh.applyKubernetes(changes),
        health: new Health().check('kubernetes'),
        metrics: new RegistryMetrics(new Registry(), () => registry.figures),
        logger,
      });
      await send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
      await send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'web' } });
      await send('POST', '/api/v1/nodes', node());
      await send('POST', path('services'), without(service(), 'clusterIP'));
    });

    afterAll(async () => {
      await source?.stop();
      mesh?.stop();
      await cluster?.api.send('DELETE', `/api/v1/nodes/${node().metadata.name}`);
      await cluster?.api.send('DELETE', `/api/v1/namespaces/${namespace}`);
      await cluster?.stop();
    });

    const path = (plural: string) => `/api/v1/namespaces/${namespace}/${plural}`;
    const members = () => mesh.current.snapshot.workloadSets.get(host)?.workloads ?? [];
    const shown = () => members().map(({ name, healthy }) => `${name}${healthy ? '' : ' (out)'}`);
    const until = (what: string, look: () => boolean) => waitFor(look, { what });

    async function send(method: string, to: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
      const answer = await cluster.api.send(method, to, body);
      if (answer.status >= 300) throw new Error(`${method} ${to}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    }

    async function setStatus(name: string, address: string, ready: boolean): Promise<void> {
      const current = await send('GET', `${path('pods')}/${name}`, undefined);
      await send('PUT', `${path('pods')}/${name}/status`, {
        ...current,
        status: { phase: 'Running', ...podStatus(address, ready) },
      });
    }

    it('has the Service with the address that the cluster gave it, and Pods as Kubernetes lists them', async () => {
      source.start();
      await until('readiness', () => source.notReady === undefined);
      for (const name of ['web-1', 'web-2']) await send('POST', path('pods'), within(pod(name, '')));
      await setStatus('web-1', '10.1.0.1', true);
      await setStatus('web-2', '10.1.0.2', false);
      await until('both Pods', () => shown().join() === 'web-1,web-2 (out)');
      const [first] = members();
      expect(first).toMatchObject({
        addresses: ['10.1.0.1'],
        ports: { http: 8080 },
        serviceAccount: 'web',
        mutualTls: true,
      });
      expect(first?.locality).toBe('eu/eu-1');
      expect(mesh.current.snapshot.services.get(host)?.virtualAddress).toMatch(/^10\./);
    });

    it('follows readiness and ends', async () => {
      await setStatus('web-2', '10.1.0.2', true);
      await until('the second in rotation', () => shown().join() === 'web-1,web-2');
      await setStatus('web-1', '10.1.0.1', false);
      await until('the first out of it', () => shown().join() === 'web-1 (out),web-2');
      await send('DELETE', `${path('pods')}/web-2`, { gracePeriodSeconds: 0 });
      await until('the second gone', () => shown().join() === 'web-1 (out)');
      expect(mesh.current.snapshot.pods.has(`${namespace}/web-2`)).toBe(false);
    });
  },
);

function without(object: Resource, field: string): Resource {
  const { [field]: _, ...spec } = object['spec'] as Record<string, unknown>;
  return within({ ...object, spec });
}
