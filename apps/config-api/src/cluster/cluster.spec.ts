import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '@malla/model';
import { FakeKubeApi } from '@malla/testkit/kube';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh } from '../../test/running-config-api.ts';

const istio = 'networking.istio.io/v1';
const object = (apiVersion: string, kind: string, name: string, rest: object = {}, namespace = 'shop'): Resource =>
  ({ apiVersion, kind, metadata: { name, namespace }, ...rest }) as Resource;
const namespace = (name: string): Resource => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const virtualService = (name: string, weight = 100): Resource =>
  object(istio, 'VirtualService', name, {
    spec: { hosts: [name], http: [{ route: [{ destination: { host: 'cart' }, weight }] }] },
  });
const secret = (name: string): Resource =>
  object('v1', 'Secret', name, { type: 'Opaque', data: { 'tls.key': 'c2VjcmV0' } }, 'istio-system');
const gateway = (credentialName: string): Resource =>
  object(istio, 'Gateway', 'edge', {
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [
        {
          port: { number: 443, name: 'https', protocol: 'HTTPS' },
          hosts: ['*'],
          tls: { mode: 'SIMPLE', credentialName },
        },
      ],
    },
  });
const broken = object('security.istio.io/v1', 'AuthorizationPolicy', 'broken', {
  spec: { action: 'ALLOW', rules: [{ from: [{ source: {} }] }], mistake: true },
});

/** The status that stands in the cluster, by condition. */
function statusIn(api: FakeKubeApi, like: Resource): Record<string, string> {
  const { conditions = [] } = (api.find(like)?.['status'] ?? {}) as { conditions?: Condition[] };
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

describe('config-api with a Kubernetes cluster as its source', () => {
  let cluster: FakeKubeApi;
  let mesh: TestMesh;
  let api: RunningConfigApi;

  const start = (): Promise<RunningConfigApi> =>
    RunningConfigApi.start(mesh, 'one', {
      MALLA_KUBERNETES: join(mesh.folder, 'kubeconfig'),
      MALLA_KUBERNETES_SECRET_NAMESPACES: 'istio-system,forbidden',
    });
  const names = async (path: string): Promise<string[]> =>
    ((await api.rest.get(path)).body.items as Resource[]).map(({ metadata }) => metadata.name);
  const virtualServices = `/apis/${istio}/namespaces/shop/virtualservices`;

  beforeAll(async () => {
    cluster = await FakeKubeApi.start();
    mesh = await TestMesh.create();
    writeFileSync(join(mesh.folder, 'kubeconfig'), cluster.kubeconfig);
    for (const each of ['default', 'shop', 'istio-system', 'empty']) cluster.put(namespace(each));
    for (const each of [virtualService('cart'), virtualService('pay'), gateway('edge'), broken]) cluster.put(each);
    for (const each of [secret('edge'), secret('edge-cacert'), secret('other')]) cluster.put(each);
    cluster.put(object('v1', 'ConfigMap', 'istio', { data: { mesh: 'enableTracing: true\n' } }, 'istio-system'));
    // A role that is missing in one namespace keeps nothing else back.
    cluster.refuse(/namespaces\/forbidden\/secrets/, 403, 1_000);
    api = await start();
  });

  afterAll(async () => {
    await api?.close();
    await cluster?.stop();
    await mesh?.remove();
  });

  it('serves the whole cluster as soon as it serves', async () => {
    expect(await names(virtualServices)).toEqual(['cart', 'pay']);
    const { body } = await api.rest.get(`${virtualServices}/cart`);
    const there = cluster.find(virtualService('cart'));
    expect(body.metadata.uid).toBe(there?.metadata.uid);
    expect(body.metadata.generation).toBe(1);
    expect(await names('/api/v1/namespaces')).toEqual(['default', 'empty', 'istio-system', 'malla-system', 'shop']);
  });

  it('takes Secrets that something names, and no others', async () => {
    expect(await names('/api/v1/secrets')).toEqual(['edge', 'edge-cacert']);
    cluster.put(gateway('other'));
    await expect.poll(() => names('/api/v1/secrets')).toEqual(['other']);
  });

  it("takes the mesh's ConfigMap for a MeshConfig, unless there is one", async () => {
    const path = '/apis/mesh.istio.io/v1alpha1/meshconfigs';
    expect((await api.rest.get(path)).body.items[0].spec).toEqual({ enableTracing: true });
    const config = {
      apiVersion: 'mesh.istio.io/v1alpha1',
      kind: 'MeshConfig',
      metadata: { name: 'default' },
      spec: {},
    };
    cluster.put(config);
    await expect.poll(() => names(path)).toEqual(['default']);
    cluster.remove(config);
    await expect.poll(() => names(path)).toEqual(['istio']);
  });

  it('follows changes, each with a revision; a status is none', async () => {
    cluster.put(virtualService('cart', 50));
    const history = async (): Promise<unknown[]> =>
      (await api.rest.get(`/apis/malla.io/v1/history?resource=virtualservices&namespace=shop&name=cart`)).body.items;
    await expect.poll(async () => (await history()).length).toBe(2);
    await expect.poll(() => statusIn(cluster, virtualService('cart'))).toMatchObject({ Accepted: 'True Valid' });
    cluster.remove(virtualService('pay'));
    await expect.poll(() => names(virtualServices)).toEqual(['cart']);
    expect(await history()).toHaveLength(2);
  });

  it('writes back what became of an object, once', async () => {
    const status = (): Record<string, string> => statusIn(cluster, virtualService('cart'));
    await expect
      .poll(status)
      .toMatchObject({ Reconciled: 'Unknown DeliveriesUnknown', PassedAnalysis: 'False Findings' });
    const service = object('v1', 'Service', 'cart', { spec: { ports: [{ port: 80, name: 'http' }] } });
    cluster.put(service);
    await expect.poll(() => status()['PassedAnalysis']).toBe('True NoFindings');
    const written = (): number => cluster.requests.filter(({ url }) => url.includes('/cart/status')).length;
    const before = written();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(written()).toBe(before);
  });

  it('keeps the last good version of what is not valid, and says so', async () => {
    expect(statusIn(cluster, broken)).toMatchObject({ Accepted: 'False Invalid', Reconciled: 'False NotAccepted' });
    const policies = '/apis/security.istio.io/v1/namespaces/shop/authorizationpolicies';
    expect(await names(policies)).toEqual([]);
    cluster.put({ ...broken, spec: { action: 'ALLOW' } });
    await expect.poll(() => names(policies)).toEqual(['broken']);
    cluster.put({ ...broken, spec: { action: 'NONSENSE' } });
    await expect.poll(() => statusIn(cluster, broken)['Accepted']).toBe('False Invalid');
    expect((await api.rest.get(`${policies}/broken`)).body.spec).toEqual({ action: 'ALLOW' });
    cluster.put({ ...broken, spec: { action: 'ALLOW' } });
    await expect.poll(() => statusIn(cluster, broken)['Accepted']).toBe('True Valid');
  });

  it('refuses writes of what comes from the cluster, and says where it is', async () => {
    const refused = await api.rest.post(virtualServices, virtualService('mine'));
    expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining(cluster.url)]);
    expect((await api.rest.delete(`${virtualServices}/cart`)).status).toBe(403);
    expect((await api.rest.delete(virtualServices)).status).toBe(403);
    expect((await api.rest.post('/api/v1/namespaces', namespace('mine'))).status).toBe(403);
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'readers' },
      rules: [],
    };
    const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles';
    expect((await api.rest.post(roles, role)).status).toBe(201);
  });

  it('drops a namespace with all that is in it', async () => {
    cluster.put(namespace('gone'));
    const inside = object(istio, 'Gateway', 'edge', { spec: gateway('x')['spec'] }, 'gone');
    cluster.put(inside);
    await expect.poll(() => names(`/apis/${istio}/namespaces/gone/gateways`)).toEqual(['edge']);
    cluster.remove(namespace('gone'));
    cluster.remove(inside);
    await expect.poll(() => names('/api/v1/namespaces')).not.toContain('gone');
  });

  it('after a downtime comes to what is there then', async () => {
    await api.close();
    cluster.remove(virtualService('cart'));
    cluster.put(virtualService('new'));
    cluster.put(gateway('edge'));
    cluster.store.compact();
    api = await start();
    await expect.poll(() => names(virtualServices)).toEqual(['new']);
    await expect.poll(() => names('/api/v1/secrets')).toEqual(['edge', 'edge-cacert']);
  });

  it('serves the last state that it knows while the cluster is away', async () => {
    await api.close();
    await cluster.away();
    api = await start();
    expect(await names(virtualServices)).toEqual(['new']);
    await cluster.back();
    cluster.put(virtualService('newer'));
    await expect.poll(() => names(virtualServices)).toEqual(['new', 'newer']);
  });
});
