import { describe, expect, it } from 'vitest';
import { type Answer } from '../../test/running-config-api.ts';
import { suiteConfigApi } from '../../test/suite-config-api.ts';

const accounts = '/api/v1/namespaces/default/serviceaccounts';

describe('tokens of service accounts', () => {
  const config = suiteConfigApi();

  const makeAccount = (): Promise<Answer> =>
    config.rest.post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
  const ask = (spec: object = {}, query = ''): Promise<Answer> =>
    config.rest.post(`${accounts}/robot/token${query}`, { spec });

  it('make callers with the name and groups of their account', async () => {
    expect((await ask()).status).toBe(404);
    await makeAccount();
    const made = await ask({ expirationSeconds: 900 });
    expect(made).toMatchObject({ status: 201, body: { kind: 'TokenRequest', spec: { expirationSeconds: 900 } } });
    const { token, expirationTimestamp } = made.body.status;
    expect(Date.parse(expirationTimestamp) - Date.now()).toBeGreaterThan(800_000);
    const { body } = await config.rest.get('/apis/malla.io/v1/whoami', { token });
    expect(body).toMatchObject({ name: 'system:serviceaccount:default:robot' });
    expect(body.groups).toContain('system:serviceaccounts:default');
    expect((await config.rest.get(accounts, { token })).status).toBe(403);
    expect((await config.rest.post(`${accounts}/robot/token`, {}, { token })).status).toBe(403);
  });

  it('end with their account, also when one of the same name follows', async () => {
    const { token } = (await ask()).body.status;
    expect((await config.rest.get('/apis/malla.io/v1/whoami', { token })).status).toBe(200);
    await config.rest.delete(`${accounts}/robot`);
    expect((await config.rest.get('/apis/malla.io/v1/whoami', { token })).status).toBe(401);
    await makeAccount();
    expect((await config.rest.get('/apis/malla.io/v1/whoami', { token })).status).toBe(401);
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
    expect((await config.rest.get(`${accounts}/robot/token`)).status).toBe(405);
    expect(
      (
        await config.rest.post('/apis/malla.io/v1/accesstokens', {
          name: 'system:admin',
          grants: [{ role: 'viewer', namespace: '*' }],
        })
      ).status,
    ).toBe(400);
  });
});
