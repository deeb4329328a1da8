import { writeFileSync } from 'node:fs';
import { MallaError, type Resource } from '@malla/model';
import { FakeKubeApi, TemporaryFolder } from '@malla/testkit/kube';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigAccess } from '../access/kubeconfig.ts';
import { kubeKind } from '../kube-kind.ts';
import { KubeClient } from './kube-client.ts';
import { kubeErrorDetails } from './kube-error.ts';
import { reviewToken } from './token-review.ts';

const gateways = kubeKind<Resource>('networking.istio.io', 'Gateway');
const gateway = (spec: object = {}): Resource => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'shop' },
  spec,
});

describe('KubeClient', () => {
  let api: FakeKubeApi;
  let client: KubeClient;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    api = await FakeKubeApi.start();
    folder = new TemporaryFolder('malla-kube-client-');
    writeFileSync(folder.join('kubeconfig'), api.kubeconfig);
    client = new KubeClient(kubeconfigAccess(folder.join('kubeconfig')));
  });

  afterAll(async () => {
    await client.close();
    await api.stop();
    folder[Symbol.dispose]();
  });

  afterEach(() => {
    if (api.find(gateway()) !== undefined) api.remove(gateway());
  });

  const failure = (promise: Promise<unknown>): Promise<MallaError> =>
    promise.then(
      () => expect.fail('no failure'),
      (error: unknown) => MallaError.from(error),
    );

  it('makes, reads, replaces and deletes', async () => {
    const made = await client.create(gateways, gateway({ a: 1 }));
    expect((await failure(client.create(gateways, gateway()))).code).toBe('already_exists');
    const next = await client.replace(gateways, { ...made, spec: { a: 2 } });
    expect(next.metadata.generation).toBe(2);
    expect((await failure(client.replace(gateways, made))).code).toBe('conflict');
    expect(await client.get(gateways, { namespace: 'shop', name: 'edge' })).toEqual(next);
    await client.delete(gateways, { namespace: 'shop', name: 'edge' });
    const error = await failure(client.get(gateways, { namespace: 'shop', name: 'edge' }));
    expect([error.code, kubeErrorDetails(error)?.reason]).toEqual(['not_found', 'NotFound']);
  });

  it('applies a status as manager malla, at the version that it was made for', async () => {
    const made = await client.create(gateways, gateway());
    const status = { conditions: [{ type: 'Reconciled', status: 'True' }] };
    const { resourceVersion = '' } = made.metadata;
    const fields = { ...gateway(), metadata: { ...gateway().metadata, resourceVersion }, status };
    const { spec: _, ...applied } = fields as Resource & { spec?: unknown };
    expect((await client.apply(gateways, applied as Resource, 'status'))['status']).toEqual(status);
    expect(api.requests.at(-1)?.url).toContain('fieldManager=malla&force=true');
    const stale = { ...applied, status: { conditions: [] } } as Resource;
    expect((await failure(client.apply(gateways, stale, 'status'))).code).toBe('conflict');
  });

  it('asks once more with fresh credentials when those it has are refused', async () => {
    api.refuse(/shop/, 401, 1);
    await client.create(gateways, gateway());
    api.refuse(/shop/, 401, 2);
    expect((await failure(client.get(gateways, { namespace: 'shop', name: 'edge' }))).code).toBe('unauthenticated');
  });

  it('says that there is no answer', async () => {
    await api.away();
    const error = await failure(client.list(gateways));
    await api.back();
    expect([error.code, kubeErrorDetails(error)]).toEqual(['unavailable', undefined]);
    expect(error.message).toContain(api.url);
  });

  it('reviews tokens for an audience', async () => {
    const username = 'system:serviceaccount:shop:cart';
    api.tokens.set('good', { username, audiences: ['istio-ca'] });
    api.tokens.set('other', { username, audiences: ['vault'] });
    expect((await reviewToken(client, 'good', 'istio-ca')).username).toBe(username);
    expect((await failure(reviewToken(client, 'other', 'istio-ca'))).code).toBe('unauthenticated');
    expect((await failure(reviewToken(client, 'none', 'istio-ca'))).code).toBe('unauthenticated');
    api.refuse(/tokenreviews/, 503, 1);
    expect((await failure(reviewToken(client, 'good', 'istio-ca'))).code).toBe('unavailable');
  });
});
