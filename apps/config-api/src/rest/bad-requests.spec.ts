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

beforeAll(async () => {
  mesh = await TestMesh.create();
  api = await RunningConfigApi.start(mesh);
  ({ rest } = api);
});

afterAll(async () => {
  await api?.close();
  await mesh?.remove();
});

describe('bad requests', () => {
  const bad = virtualService('bad');
  const cases: readonly [
    string,
    { method?: string; path?: string; body?: unknown; type?: string; accept?: string },
    number,
    string,
  ][] = [
    ['not JSON', { body: '{"a":' }, 400, 'not JSON'],
    ['JSON that is cut within a secret', { body: '{"data":{"pin": hunter2}}' }, 400, "Unexpected token 'h'\""],
    [
      'options of a deletion that are none',
      { method: 'DELETE', path: `${virtualServices}/x`, body: 'null' },
      400,
      'DeleteOptions',
    ],
    ['a URL that is none', { method: 'GET', path: '/apis/malla.io/v1/%' }, 400, 'well-formed'],
    ['no body', {}, 400, 'no body'],
    ['a list as body', { body: '[]' }, 400, 'must be'],
    ['another kind than the path', { body: { ...bad, kind: 'Service' } }, 400, 'does not match'],
    ['another version than the path', { body: { ...bad, apiVersion: 'v1' } }, 400, 'does not match'],
    [
      'another namespace than the path',
      { body: { ...bad, metadata: { name: 'bad', namespace: 'x' } } },
      400,
      'does not match',
    ],
    ['an unknown field', { body: { ...bad, spec: { ...bad.spec, htpp: [] } } }, 422, 'did you mean \\"http\\"'],
    ['a wrong type', { body: { ...bad, spec: { hosts: 'bad' } } }, 422, 'spec.hosts'],
    ['a name that is none', { body: { ...bad, metadata: { name: 'B_d' } } }, 422, 'metadata.name'],
    [
      'metadata that is not served',
      { body: { ...bad, metadata: { name: 'bad', clusterName: 'x' } } },
      422,
      'clusterName',
    ],
    [
      'a field that makes a prototype',
      {
        body: '{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"bad"},"__proto__":{}}',
      },
      422,
      '__proto__',
    ],
    [
      'a resourceVersion on create',
      { body: { ...bad, metadata: { name: 'bad', resourceVersion: '1' } } },
      400,
      'resourceVersion',
    ],
    ['an unknown media type', { body: 'x', type: 'application/xml' }, 415, 'application/xml'],
    [
      'an unknown resource',
      { method: 'GET', path: '/apis/networking.istio.io/v1/virtualservice' },
      404,
      'virtualservices',
    ],
    ['an unknown group', { method: 'GET', path: '/apis/example.com/v1/things' }, 404, 'not served'],
    ['an unknown path', { method: 'GET', path: '/nothing' }, 404, 'could not find'],
    ['an unknown subresource', { method: 'GET', path: `${virtualServices}/x/scale` }, 404, 'subresource'],
    [
      'a status of an object that is not there',
      { method: 'PUT', path: `${virtualServices}/x/status`, body: {} },
      404,
      'not found',
    ],
    ['an unknown verb', { method: 'PATCH', body: {} }, 405, 'not a verb'],
    [
      'a field selector on a spec',
      { method: 'GET', path: `${virtualServices}?fieldSelector=spec.a%3Db` },
      400,
      'metadata.name',
    ],
    [
      'a label selector that is none',
      { method: 'GET', path: `${virtualServices}?labelSelector=a%3D%3D%3Db` },
      400,
      'label requirement',
    ],
    ['a limit that is no number', { method: 'GET', path: `${virtualServices}?limit=-1` }, 400, 'limit'],
    ['a token that is not ours', { method: 'GET', path: `${virtualServices}?continue=x` }, 400, 'continue'],
    ['a dry run of another kind', { path: `${virtualServices}?dryRun=Some`, body: bad }, 400, 'dryRun'],
    [
      'an apply without a manager',
      { method: 'PATCH', path: `${virtualServices}/x`, body: '{}', type: 'application/apply-patch+yaml' },
      422,
      'fieldManager',
    ],
    [
      'a media type that is not served',
      { method: 'GET', path: virtualServices, accept: 'text/html' },
      406,
      'media types',
    ],
    [
      'a body that is too large',
      { body: { ...bad, metadata: { name: 'bad', annotations: { a: 'x'.repeat(4_000_000) } } } },
      413,
      'larger',
    ],
  ];

  it.each(cases)('%s', async (_name, { method = 'POST', path = virtualServices, ...options }, status, message) => {
    const answer = await rest.call(method, path, options);
    expect([answer.status, answer.body.code, answer.body.kind]).toEqual([status, status, 'Status']);
    expect(JSON.stringify(answer.body)).toContain(message);
  });

  it('leave nothing behind', async () => {
    expect((await rest.get(`${virtualServices}/bad`)).status).toBe(404);
  });

  it('name each field that is wrong', async () => {
    const spec = { hosts: ['a'], http: [{ route: [{ destination: { host: 'a' }, weight: 'x' }], timeout: 'soon' }] };
    const { body } = await rest.post(virtualServices, { ...bad, spec });
    expect(body.details.causes.map((cause: { field: string }) => cause.field).sort()).toEqual([
      'spec.http[0].route[0].weight',
      'spec.http[0].timeout',
    ]);
  });
});

describe('documents', () => {
  it('tell groups, versions, kinds and schemas', async () => {
    expect((await rest.get('/api')).body.versions).toEqual(['v1']);
    expect((await rest.get('/apis')).body.groups.map((group: { name: string }) => group.name)).toContain(
      'networking.istio.io',
    );
    expect((await rest.get('/api/v1')).body.resources.map((each: { name: string }) => each.name)).toContain('services');
    const index = (await rest.get('/openapi/v3')).body.paths;
    for (const { serverRelativeURL } of Object.values(index) as { serverRelativeURL: string }[]) {
      const { status, body } = await rest.get(serverRelativeURL);
      expect([status, body.openapi]).toEqual([200, '3.0.0']);
    }
    expect((await rest.get('/openapi/v2')).body.swagger).toBe('2.0');
    expect((await rest.get('/version', { token: null })).body.major).toBe('1');
  });
});
