import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  RunningConfigApi,
  TestMesh,
  virtualService,
  virtualServices,
  type Answer,
  type RestClient,
} from '../../test/running-config-api.ts';

const group = 'rbac.authorization.k8s.io';
const root = `/apis/${group}/v1`;

describe('roles', () => {
  let mesh: TestMesh;
  let api: RunningConfigApi;
  let rest: RestClient;
  beforeAll(async () => {
    mesh = await TestMesh.create();
    api = await RunningConfigApi.start(mesh);
    rest = api.rest;
    await rest.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  });
  afterAll(async () => {
    await api?.close();
    await mesh?.remove();
  });

  /** A call of somebody else, as the administrator may make it. */
  const as = (
    user: string,
    method: string,
    path: string,
    body?: unknown,
    groups: readonly string[] = [],
  ): Promise<Answer> =>
    rest.call(method, path, {
      ...(body === undefined ? {} : { body }),
      headers: { 'impersonate-user': user, ...(groups.length === 0 ? {} : { 'impersonate-group': groups.join(', ') }) },
    });
  const bind = (name: string, namespace: string, kind: string, role: string, subject: object): Promise<Answer> =>
    rest.post(`${root}/namespaces/${namespace}/rolebindings`, {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: group, kind, name: role },
      subjects: [subject],
    });
  const user = (name: string): object => ({ kind: 'User', apiGroup: group, name });
  const shop = virtualServices.replace('default', 'shop');
  const inShop = (name: string): object => ({ ...virtualService(name), metadata: { name, namespace: 'shop' } });

  it('are there from the start, and give nothing to who is bound to none', async () => {
    const names = (await rest.get(`${root}/clusterroles`)).body.items.map(
      ({ metadata }: { metadata: { name: string } }) => metadata.name,
    );
    expect(names).toEqual(expect.arrayContaining(['admin', 'cluster-admin', 'edit', 'view']));
    const refused = await as('nobody', 'GET', virtualServices);
    expect(refused).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
    expect(refused.body.message).toBe(
      'virtualservices.networking.istio.io is forbidden: User "nobody" cannot list resource "virtualservices" in API group "networking.istio.io" in the namespace "default"',
    );
    expect((await as('nobody', 'GET', '/apis')).status).toBe(200);
  });

  it('hold per namespace and verb, for users, groups and service accounts', async () => {
    expect(await bind('viewers', 'shop', 'ClusterRole', 'view', user('vera'))).toMatchObject({ status: 201 });
    await bind('editors', 'shop', 'ClusterRole', 'edit', { kind: 'Group', apiGroup: group, name: 'developers' });
    await bind('robots', 'shop', 'ClusterRole', 'edit', { kind: 'ServiceAccount', name: 'robot', namespace: 'shop' });
    expect((await as('vera', 'GET', shop)).status).toBe(200);
    expect((await as('vera', 'GET', virtualServices)).status).toBe(403);
    expect((await as('vera', 'GET', '/api/v1/namespaces/shop/secrets')).status).toBe(403);
    expect((await as('vera', 'POST', shop, inShop('a'))).status).toBe(403);
    expect((await as('dave', 'POST', shop, inShop('a'), ['developers'])).status).toBe(201);
    expect((await as('dave', 'PUT', `${shop}/a/status`, { ...inShop('a'), status: {} }, ['developers'])).status).toBe(
      403,
    );
    expect((await as('system:serviceaccount:shop:robot', 'DELETE', `${shop}/a`)).status).toBe(200);
    expect((await as('system:serviceaccount:default:robot', 'GET', shop)).status).toBe(403);
  });

  it('may be of single objects and subresources', async () => {
    const role = {
      apiVersion: `${group}/v1`,
      kind: 'Role',
      metadata: { name: 'one' },
      rules: [
        {
          apiGroups: ['networking.istio.io'],
          resources: ['virtualservices'],
          verbs: ['get', 'update'],
          resourceNames: ['one'],
        },
        { apiGroups: ['networking.istio.io'], resources: ['virtualservices/status'], verbs: ['patch'] },
      ],
    };
    expect((await rest.post(`${root}/namespaces/shop/roles`, role)).status).toBe(201);
    await bind('one', 'shop', 'Role', 'one', user('olga'));
    await rest.post(shop, inShop('one'));
    await rest.post(shop, inShop('two'));
    expect((await as('olga', 'GET', `${shop}/one`)).status).toBe(200);
    expect((await as('olga', 'GET', `${shop}/two`)).status).toBe(403);
    expect((await as('olga', 'GET', shop)).status).toBe(403);
    const status = {
      headers: { 'impersonate-user': 'olga' },
      type: 'application/merge-patch+json',
      body: { status: { note: 'x' } },
    };
    expect((await rest.call('PATCH', `${shop}/two/status`, status)).status).toBe(200);
    expect((await rest.call('PATCH', `${shop}/two`, status)).status).toBe(403);
  });

  it('cannot be used to get more rights than one has', async () => {
    await bind('admins', 'shop', 'ClusterRole', 'admin', user('anna'));
    const role = (rules: object[]): object => ({
      apiVersion: `${group}/v1`,
      kind: 'Role',
      metadata: { generateName: 'r-' },
      rules,
    });
    const roles = `${root}/namespaces/shop/roles`;
    const held = await as('anna', 'POST', roles, role([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]));
    expect(held).toMatchObject({
      status: 201,
      body: { metadata: { name: expect.stringMatching(/^r-[a-z0-9]{5}$/) as string } },
    });
    for (const more of [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { apiGroups: ['malla.io'], resources: ['audit'], verbs: ['list'] },
    ])
      expect(await as('anna', 'POST', roles, role([more]))).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('not currently held') as string },
      });
    const binding = {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'x' },
      subjects: [user('anna')],
    };
    const bindings = `${root}/namespaces/shop/rolebindings`;
    const give = (name: string): object => ({
      ...binding,
      metadata: { name: `give-${name}` },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
    });
    expect((await as('anna', 'POST', bindings, give('edit'))).status).toBe(201);
    expect((await as('anna', 'POST', bindings, give('cluster-admin'))).status).toBe(403);
    expect(
      (await as('anna', 'POST', `${root}/clusterrolebindings`, { ...give('edit'), kind: 'ClusterRoleBinding' })).status,
    ).toBe(403);
    const stored = (await rest.get(`${bindings}/give-edit`)).body;
    expect(
      await rest.put(`${bindings}/give-edit`, {
        ...stored,
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'admin' },
      }),
    ).toMatchObject({ status: 422 });
  });

  it('answer reviews, and let nobody be somebody else without the right to', async () => {
    const can = (who: string, attributes: object): Promise<Answer> =>
      as(who, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        spec: { resourceAttributes: attributes },
      });
    const attributes = { namespace: 'shop', verb: 'list', group: 'networking.istio.io', resource: 'virtualservices' };
    expect((await can('vera', attributes)).body.status).toMatchObject({
      allowed: true,
      reason: expect.stringContaining('viewers') as string,
    });
    expect((await can('vera', { ...attributes, verb: 'delete' })).body.status).toEqual({ allowed: false });
    const rules = await as('vera', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      spec: { namespace: 'shop' },
    });
    expect(
      rules.body.status.resourceRules.some(({ resources }: { resources: string[] }) =>
        resources.includes('virtualservices'),
      ),
    ).toBe(true);
    const self = await as('vera', 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(self.body.status.userInfo).toEqual({ username: 'vera', groups: ['system:authenticated'] });
    const other = await rest.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { user: 'vera', resourceAttributes: attributes },
    });
    expect(other.body.status.allowed).toBe(true);
    const { token } = (
      await rest.post('/apis/malla.io/v1/accesstokens', {
        name: 'weak',
        grants: [{ role: 'viewer', namespace: 'shop' }],
      })
    ).body;
    const posing = await rest.call('GET', shop, { token, headers: { 'impersonate-user': 'admin' } });
    expect(posing).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('cannot impersonate') as string },
    });
    expect(
      (await rest.call('GET', shop, { headers: { 'impersonate-user': 'x', 'impersonate-uid': '1' } })).status,
    ).toBe(400);
    const review = await rest.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
    expect(review.body).toMatchObject({ spec: {}, status: { authenticated: true, user: { username: 'weak' } } });
    const unknown = await rest.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'malla_x' } });
    expect(unknown.body.status.authenticated).toBe(false);
  });
});
