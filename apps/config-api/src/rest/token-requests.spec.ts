import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh, type Answer, type RestClient } from '../../test/running-config-api.ts';

const accounts = '/api/v1/namespaces/default/serviceaccounts';

describe('tokens of service accounts', () => {
  let mesh: TestMesh;
  let api: RunningConfigApi;
  let rest: RestClient;
  beforeAll(async () => {
    mesh = await TestMesh.create();
    api = await RunningConfigApi.start(mesh);
    rest = api.rest;
  });
  afterAll(async () => {
    await api?.close();
    await mesh?.remove();
  });

  const makeAccount = (): Promise<Answer> =>
    rest.post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
  const ask = (spec: object = {}, query = ''): Promise<Answer> =>
    rest.post(`${accounts}/robot/token${query}`, { spec });

  it('make callers with the name and groups of their account', async () => {
    expect((await ask()).status).toBe(404);
    await makeAccount();
    const made = await ask({ expirationSeconds: 900 });
    expect(made).toMatchObject({ status: 201, body: { kind: 'TokenRequest', spec: { expirationSeconds: 900 } } });
    const { token, expirationTimestamp } = made.body.status;
    expect(Date.parse(expirationTimestamp) - Date.now()).toBeGreaterThan(800_000);
    const { body } = await rest.get('/apis/malla.io/v1/whoami', { token });
    expect(body).toMatchObject({ name: 'system:serviceaccount:default:robot' });
    expect(body.groups).toContain('system:serviceaccounts:default');
    expect((await rest.get(accounts, { token })).status).toBe(403);
    expect((await rest.post(`${accounts}/robot/token`, {}, { token })).status).toBe(403);
  });

  it('end with their account, also when one of the same name follows', async () => {
    const { token } = (await ask()).body.status;
    expect((await rest.get('/apis/malla.io/v1/whoami', { token })).status).toBe(200);
    await rest.delete(`${accounts}/robot`);
    expect((await rest.get('/apis/malla.io/v1/whoami', { token })).status).toBe(401);
    await makeAccount();
    expect((await rest.get('/apis/malla.io/v1/whoami', { token })).status).toBe(401);
  });

  it('are refused for other audiences, other objects and odd times, and not made by dry runs', async () => {
    for (const spec of [
      { audiences: ['other'] },
      { expirationSeconds: 5 },
      { boundObjectRef: { kind: 'Pod' } },
      { more: 1 },
    ])
      expect((await ask(spec)).status).toBe(400);
    expect((await ask({}, '?dryRun=All')).body.status.token).toBe('');
    expect((await rest.get(`${accounts}/robot/token`)).status).toBe(405);
    expect(
      (
        await rest.post('/apis/malla.io/v1/accesstokens', {
          name: 'system:admin',
          grants: [{ role: 'viewer', namespace: '*' }],
        })
      ).status,
    ).toBe(400);
  });
});
