import { MallaError } from '@malla/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  RunningConfigApi,
  TestMesh,
  virtualService,
  virtualServices,
  type RestClient,
} from '../../test/running-config-api.ts';

/** What a call came to, by either face of the API. */
interface Outcome {
  /** The HTTP status, or that which the gRPC code stands for. */
  readonly code: string;
  readonly message: string;
}

const ok: Outcome = { code: 'ok', message: '' };
const codes: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  410: 'expired',
  422: 'invalid',
};

describe('gRPC and REST', () => {
  let mesh: TestMesh;
  let api: RunningConfigApi;
  let rest: RestClient;
  let client: Awaited<ReturnType<RunningConfigApi['client']>>;
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    mesh = await TestMesh.create();
    api = await RunningConfigApi.start(mesh);
    rest = api.rest;
    client = await api.client();
    tokens['admin'] = mesh.adminToken('one');
    for (const [name, role] of Object.entries({ viewer: 'viewer', editor: 'editor' }))
      tokens[name] = (
        await rest.post('/apis/malla.io/v1/accesstokens', { name, grants: [{ role, namespace: 'default' }] })
      ).body.token;
    // Rights by a role binding, not by the token itself.
    tokens['bound'] = (
      await rest.post('/apis/malla.io/v1/accesstokens', {
        name: 'bound',
        grants: [{ role: 'viewer', namespace: 'istio-system' }],
      })
    ).body.token;
    await rest.post('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'bound' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bound' }],
    });
  });
  afterAll(async () => {
    await api?.close();
    await mesh?.remove();
  });

  const restOutcome = async (method: string, path: string, who: string, body?: unknown): Promise<Outcome> => {
    const answer = await rest.call(method, path, {
      token: tokens[who] ?? who,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status < 300) return ok;
    const conflict = answer.body.reason === 'AlreadyExists' ? 'already_exists' : 'conflict';
    return {
      code: codes[answer.status] ?? (answer.status === 409 ? conflict : String(answer.status)),
      message: answer.body.message,
    };
  };
  const grpcOutcome = async (
    who: string,
    run: (options: { metadata: Record<string, string> }) => Promise<unknown>,
  ): Promise<Outcome> => {
    try {
      await run({ metadata: { authorization: `Bearer ${tokens[who] ?? who}` } });
      return ok;
    } catch (thrown) {
      const { code, message } = MallaError.from(thrown);
      return { code, message };
    }
  };
  const key = (name: string) => ({ group: 'networking.istio.io', kind: 'VirtualService', namespace: 'default', name });
  const bytes = (object: unknown): Uint8Array => Buffer.from(JSON.stringify(object));
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'default' },
    data: { a: 'Yg==' },
  };
  const callers = ['admin', 'editor', 'viewer', 'bound', 'malla_unknown'];

  it.each(callers)('let %s do the same, and refuse it in the same words', async (who) => {
    const object = (name: string) => virtualService(`${name}-${who.replace('_', '-')}`);
    const name = object('r').metadata.name;
    const cases: readonly (readonly [string, () => Promise<Outcome>, () => Promise<Outcome>])[] = [
      [
        'create',
        () => restOutcome('POST', virtualServices, who, object('r')),
        () => grpcOutcome(who, (options) => client.create({ json: bytes(object('g')) }, options)),
      ],
      [
        'create again',
        () => restOutcome('POST', virtualServices, who, object('r')),
        () => grpcOutcome(who, (options) => client.create({ json: bytes(object('r')) }, options)),
      ],
      [
        'replace',
        () => restOutcome('PUT', `${virtualServices}/${name}`, who, object('r')),
        () => grpcOutcome(who, (options) => client.replace({ json: bytes(object('r')) }, options)),
      ],
      [
        'get',
        () => restOutcome('GET', `${virtualServices}/${name}`, who),
        () => grpcOutcome(who, (options) => client.get({ key: key(name) }, options)),
      ],
      [
        'get what is not there',
        () => restOutcome('GET', `${virtualServices}/none`, who),
        () => grpcOutcome(who, (options) => client.get({ key: key('none') }, options)),
      ],
      [
        'list',
        () => restOutcome('GET', virtualServices, who),
        () =>
          grpcOutcome(who, (options) =>
            client.list({ group: 'networking.istio.io', kind: 'VirtualService', namespace: 'default' }, options),
          ),
      ],
      [
        'list secrets',
        () => restOutcome('GET', '/api/v1/namespaces/default/secrets', who),
        () => grpcOutcome(who, (options) => client.list({ group: '', kind: 'Secret', namespace: 'default' }, options)),
      ],
      [
        'create a secret',
        () => restOutcome('POST', '/api/v1/namespaces/default/secrets?dryRun=All', who, secret),
        () => grpcOutcome(who, (options) => client.create({ json: bytes(secret), dryRun: true }, options)),
      ],
      [
        'delete what is not there',
        () => restOutcome('DELETE', `${virtualServices}/none`, who),
        () => grpcOutcome(who, (options) => client.delete({ key: key('none') }, options)),
      ],
      [
        'delete',
        () => restOutcome('DELETE', `${virtualServices}/${name}?dryRun=All`, who),
        () => grpcOutcome(who, (options) => client.delete({ key: key(name), dryRun: true }, options)),
      ],
    ];
    for (const [what, byRest, byGrpc] of cases) expect([what, await byRest()]).toEqual([what, await byGrpc()]);
  });

  it('check objects alike', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'root' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    };
    const bad: readonly object[] = [
      { ...virtualService('x'), spec: { hots: ['x'] } },
      {
        ...virtualService('x'),
        spec: { hosts: ['x'], http: [{ route: [{ destination: { host: 'x' }, weight: 'y' }] }] },
      },
      { ...virtualService('X') },
      { ...virtualService('x'), metadata: { name: 'x', namespace: 'nowhere' } },
      { ...virtualService('x'), metadata: { name: 'x', namespace: 'default', resourceVersion: '1' } },
      { ...secret, data: { a: '!' } },
    ];
    for (const object of bad) {
      const { namespace } = (object as { metadata: { namespace: string } }).metadata;
      const plural =
        (object as { kind: string }).kind === 'Secret'
          ? '/api/v1/namespaces/default/secrets'
          : virtualServices.replace('default', namespace);
      const [byRest, byGrpc] = [
        await restOutcome('POST', plural, 'admin', object),
        await grpcOutcome('admin', (options) => client.create({ json: bytes(object) }, options)),
      ];
      expect(byRest).toEqual(byGrpc);
      expect(byRest.code).not.toBe('ok');
    }
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
    expect(await restOutcome('POST', roles, 'bound', role)).toEqual(
      await grpcOutcome('bound', (options) => client.create({ json: bytes(role) }, options)),
    );
  });

  it('tell conflicts alike', async () => {
    await rest.post(virtualServices, virtualService('contested'));
    const stale = {
      ...virtualService('contested', { weight: 1 }),
      metadata: { name: 'contested', namespace: 'default', resourceVersion: '1' },
    };
    const byRest = await restOutcome('PUT', `${virtualServices}/contested`, 'admin', stale);
    expect(byRest).toEqual(await grpcOutcome('admin', (options) => client.replace({ json: bytes(stale) }, options)));
    expect(byRest.code).toBe('conflict');
    await rest.call('DELETE', `${virtualServices}/contested`);
  });

  it('hold objects until their finalizers are gone, alike', async () => {
    const held = {
      ...virtualService('held'),
      metadata: { name: 'held', namespace: 'default', finalizers: ['example.com/wait'] },
    };
    await rest.post(virtualServices, held);
    const options = { metadata: { authorization: `Bearer ${tokens['admin']}` } };
    const marked = await client.delete({ key: key('held') }, options);
    expect(JSON.parse(Buffer.from(marked.json).toString())).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) as string },
    });
    expect((await rest.get(`${virtualServices}/held`)).status).toBe(200);
    await client.replace({ json: bytes(virtualService('held')) }, options);
    expect((await rest.get(`${virtualServices}/held`)).status).toBe(404);
  });
});
