import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  RunningConfigApi,
  TestMesh,
  virtualService,
  virtualServices,
  type RestClient,
} from '../../test/running-config-api.ts';

let mesh: TestMesh;
let api: RunningConfigApi;
let rest: RestClient;
const malla = '/apis/malla.io/v1';
const secrets = '/api/v1/namespaces/default/secrets';

beforeAll(async () => {
  mesh = await TestMesh.create();
  api = await RunningConfigApi.start(mesh);
  ({ rest } = api);
});

afterAll(async () => {
  await api?.close();
  await mesh?.remove();
});

async function newToken(grants: unknown, ttlSeconds?: number): Promise<{ token: string; id: string }> {
  const { status, body } = await rest.post(`${malla}/accesstokens`, {
    name: 'spec',
    grants,
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
  });
  expect(status).toBe(201);
  return body;
}

describe('history', () => {
  const naming = 'resource=virtualservices.networking.istio.io&name=past';
  let first: number;

  beforeAll(async () => {
    first = Number(
      (await rest.post(virtualServices, virtualService('past', { weight: 10 }))).body.metadata.resourceVersion,
    );
    await rest.put(`${virtualServices}/past`, virtualService('past', { weight: 20 }));
  });

  it('tells who changed what, and the difference', async () => {
    const { body } = await rest.get(`${malla}/history?${naming}`);
    expect(body.items).toMatchObject([
      { operation: 'replaced', author: 'admin', object: { metadata: { generation: 2 } } },
      { operation: 'created', revision: first },
    ]);
    const diff = await rest.get(`${malla}/diff?${naming}&from=${first}`);
    expect(diff.body.patch).toEqual([{ op: 'replace', path: '/spec/http/0/route/0/weight', value: 20 }]);
  });

  it('leads back, as a new revision, also after a deletion', async () => {
    const rollback = { resource: 'vs', name: 'past', toRevision: first };
    const tried = await rest.post(`${malla}/rollback`, { ...rollback, dryRun: true });
    expect(tried.body.spec.http[0].route[0].weight).toBe(10);
    expect((await rest.get(`${virtualServices}/past`)).body.spec.http[0].route[0].weight).toBe(20);
    await rest.delete(`${virtualServices}/past`);
    const back = await rest.post(`${malla}/rollback`, rollback);
    expect(Number(back.body.metadata.resourceVersion)).toBeGreaterThan(first);
    expect((await rest.get(`${virtualServices}/past`)).body.spec).toEqual(virtualService('past', { weight: 10 }).spec);
    const { body } = await rest.get(`${malla}/history?${naming}`);
    expect(body.items.map(({ operation }: { operation: string }) => operation)).toEqual([
      'created',
      'deleted',
      'replaced',
      'created',
    ]);
  });

  it('hides the values of secrets, and says which changed', async () => {
    const secret = (value: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hush' },
      stringData: { pin: value, same: 'one' },
    });
    const created = Number((await rest.post(secrets, secret('first'))).body.metadata.resourceVersion);
    await rest.put(`${secrets}/hush`, secret('second'));
    const history = await rest.get(`${malla}/history?resource=secrets&name=hush`);
    expect(history.body.items[0].object.data).toEqual({ pin: '[redacted]', same: '[redacted]' });
    const diff = await rest.get(`${malla}/diff?resource=secret&name=hush&from=${created}`);
    expect(diff.body.patch).toEqual([{ op: 'replace', path: '/data/pin', value: '[redacted, changed]' }]);
    await rest.post(`${malla}/rollback`, { resource: 'secrets', name: 'hush', toRevision: created });
    expect(Buffer.from((await rest.get(`${secrets}/hush`)).body.data.pin, 'base64').toString()).toBe('first');
  });

  it('refuses what it cannot know', async () => {
    expect((await rest.get(`${malla}/history?resource=virtualservice&name=never`)).status).toBe(404);
    expect((await rest.get(`${malla}/history?resource=virtualservicess&name=x`)).body.message).toContain(
      'did you mean "virtualservices"',
    );
    expect((await rest.get(`${malla}/diff?${naming}`)).status).toBe(400);
    expect((await rest.post(`${malla}/rollback`, { resource: 'vs', name: 'past' })).body.message).toContain(
      'toRevision',
    );
    expect((await rest.get(`${malla}/nothing`)).status).toBe(404);
    expect((await rest.post(`${malla}/history`, {})).status).toBe(405);
  });
});

describe('access', () => {
  it('needs a token that is known, not expired and not revoked', async () => {
    const { token, id } = await newToken([{ role: 'viewer', namespace: 'default' }]);
    expect((await rest.get(`${malla}/whoami`, { token })).body).toMatchObject({
      name: 'spec',
      grants: [{ role: 'viewer', namespace: 'default' }],
    });
    const brief = await newToken([{ role: 'viewer', namespace: '*' }], 1);
    await expect.poll(async () => (await rest.get(virtualServices, { token: brief.token })).status).toBe(401);
    expect((await rest.get(virtualServices, { token: brief.token })).body.message).toContain('expired');
    expect((await rest.delete(`${malla}/accesstokens/${id}`)).status).toBe(200);
    for (const bad of [token, 'malla_none', null]) {
      expect(await rest.get(virtualServices, { token: bad })).toMatchObject({
        status: 401,
        body: { kind: 'Status', reason: 'Unauthorized' },
      });
    }
    expect((await rest.get(virtualServices, { token: null })).headers['www-authenticate']).toContain('Bearer');
  });

  it('follows roles and namespaces', async () => {
    await rest.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const shop = virtualServices.replace('default', 'shop');
    const { token: viewer } = await newToken([{ role: 'viewer', namespace: 'shop' }]);
    const { token: editor } = await newToken([{ role: 'editor', namespace: 'shop' }]);
    const object = { ...virtualService('mine'), metadata: { name: 'mine', namespace: 'shop' } };
    const statuses = async (token: string) => [
      (await rest.get(shop, { token })).status,
      (await rest.post(`${shop}?dryRun=All`, object, { token })).status,
      (await rest.get('/api/v1/namespaces/shop/secrets', { token })).status,
      (await rest.get(virtualServices, { token })).status,
      (await rest.get('/apis/networking.istio.io/v1/virtualservices', { token })).status,
      (await rest.get('/api/v1/namespaces', { token })).status,
      (await rest.delete('/api/v1/namespaces/shop?dryRun=All', { token })).status,
      (await rest.get(`${malla}/audit`, { token })).status,
      (await rest.post(`${malla}/accesstokens`, { name: 'x', grants: [{ role: 'admin', namespace: '*' }] }, { token }))
        .status,
      (await rest.post(`${malla}/tokens`, { namespace: 'shop', serviceAccount: 'x' }, { token })).status,
    ];
    expect(await statuses(viewer)).toEqual([200, 403, 403, 403, 403, 200, 403, 403, 403, 403]);
    expect(await statuses(editor)).toEqual([200, 201, 200, 403, 403, 200, 403, 403, 403, 403]);
  });

  it('leaves a trail: every write and every refusal, with who, what and result', async () => {
    await rest.post(virtualServices, virtualService('trail'), {});
    await rest.get(virtualServices, { token: 'malla_wrong' });
    const { body } = await rest.get(`${malla}/audit?limit=500`);
    expect(body.items).toContainEqual(
      expect.objectContaining({
        subject: 'admin',
        verb: 'create',
        resource: 'virtualservices.networking.istio.io',
        namespace: 'default',
        name: 'trail',
        decision: 'allow',
        code: 201,
      }),
    );
    expect(body.items).toContainEqual(
      expect.objectContaining({ subject: 'unknown', verb: 'list', code: 401, decision: 'forbid' }),
    );
    expect(JSON.stringify(body)).not.toContain('malla_wrong');
  });
});

describe('what is not there', () => {
  it('is said: no Redis, no deliveries', async () => {
    expect(await rest.get(`${malla}/proxies`)).toMatchObject({
      status: 503,
      body: { message: expect.stringContaining('REDIS_URL') },
    });
  });
});
