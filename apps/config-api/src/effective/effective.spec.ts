import { openRedis, redisKeys, WorkloadLeases } from '@malla/redis';
import { findRedisServer, startRedis } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh, type RestClient } from '../../test/running-config-api.ts';

let mesh: TestMesh;
let api: RunningConfigApi;
let rest: RestClient;
const malla = '/apis/malla.io/v1';
const workloads = `${malla}/namespaces/default/workloads`;

async function put(path: string, kind: string, name: string, spec: object, labels?: object): Promise<void> {
  const group = path.startsWith('/api/') ? 'v1' : path.split('/').slice(2, 4).join('/');
  const object = { apiVersion: group, kind, metadata: { name, ...(labels === undefined ? {} : { labels }) }, spec };
  expect((await rest.post(path, object)).status, `${kind} ${name}`).toBe(201);
}

beforeAll(async () => {
  mesh = await TestMesh.create();
  api = await RunningConfigApi.start(mesh);
  ({ rest } = api);
  const core = '/api/v1/namespaces/default';
  const security = '/apis/security.istio.io/v1/namespaces';
  const selector = { matchLabels: { app: 'reviews' } };
  await put(`${core}/services`, 'Service', 'reviews', {
    selector: { app: 'reviews' },
    ports: [{ name: 'http', port: 80, targetPort: 'web' }],
  });
  const container = { name: 'app', image: 'reviews', ports: [{ name: 'web', containerPort: 9080 }] };
  await put(`${core}/pods`, 'Pod', 'reviews-1', { containers: [container] }, { app: 'reviews' });
  await put('/apis/networking.istio.io/v1/namespaces/default/workloadentries', 'WorkloadEntry', 'vm', {
    address: '192.0.2.1',
    labels: { app: 'vm' },
  });
  await put(`${security}/istio-system/peerauthentications`, 'PeerAuthentication', 'all', { mtls: { mode: 'STRICT' } });
  await put(`${security}/default/authorizationpolicies`, 'AuthorizationPolicy', 'only', {
    selector,
    rules: [{ to: [{ operation: { methods: ['GET'] } }] }],
  });
});

afterAll(async () => {
  await api?.close();
  await mesh?.remove();
});

async function viewer(namespace: string): Promise<string> {
  const grants = [{ role: 'viewer', namespace }];
  return (await rest.post(`${malla}/accesstokens`, { name: 'spec', grants })).body.token;
}

describe('workloads', () => {
  it('are Pods and WorkloadEntries', async () => {
    const { status, body } = await rest.get(workloads);
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { name: 'reviews-1', source: 'pod', labels: { app: 'reviews' }, serviceAccount: 'default' },
      { name: 'vm', source: 'workloadEntry', labels: { app: 'vm' } },
    ]);
  });

  it('tell what applies to them and where it comes from, and follow changes', async () => {
    const { status, body } = await rest.get(`${workloads}/reviews-1/effective`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'EffectiveConfiguration',
      services: ['reviews.default.svc.cluster.local'],
      ports: [{ port: 9080, mutualTls: { mode: 'strict', origin: { namespace: 'istio-system', name: 'all' } } }],
      authorization: {
        deny: [],
        allow: [{ origin: { name: 'only' }, level: 'workload', rules: 1 }],
        otherwise: 'deny',
      },
    });
    await rest.delete('/apis/security.istio.io/v1/namespaces/default/authorizationpolicies/only');
    const later = await rest.get(`${workloads}/reviews-1/effective`);
    expect(later.body.authorization).toEqual({ deny: [], allow: [], otherwise: 'allow' });
    expect(later.body.revision).toBeGreaterThan(body.revision);
  });

  it('are shown to those who may read them', async () => {
    const [here, elsewhere] = [await viewer('default'), await viewer('elsewhere')];
    expect((await rest.get(`${workloads}/vm/effective`, { token: here })).status).toBe(200);
    expect((await rest.get(`${workloads}/vm/effective`, { token: elsewhere })).status).toBe(403);
    expect((await rest.get(workloads, { token: elsewhere })).status).toBe(403);
  });

  it('that nobody knows are not found', async () => {
    expect((await rest.get(`${workloads}/nobody/effective`)).body.message).toContain('no workload "nobody"');
    expect((await rest.get(`${workloads}/vm/other`)).status).toBe(404);
    expect((await rest.post(`${workloads}/vm/effective`, {})).status).toBe(405);
  });
});

const dangling = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: lost }
spec:
  hosts: [lost]
  gateways: [nowhere]
  http: [{ route: [{ destination: { host: reviews } }] }]
`;

describe('analyze', () => {
  it('finds what is wrong with posted objects among the stored ones, with their place', async () => {
    const { status, body } = await rest.post(`${malla}/analyze`, dangling, { type: 'application/yaml' });
    expect(status).toBe(200);
    const found = body.findings.find(({ code }: { code: string }) => code === 'IST0101');
    expect(found).toMatchObject({
      level: 'error',
      origin: 'VirtualService default/lost',
      path: 'spec.gateways[0]',
      line: 7,
    });
    expect((await rest.get('/apis/networking.istio.io/v1/namespaces/default/virtualservices/lost')).status).toBe(404);
  });

  it('takes objects that were posted together as there, and forgets them', async () => {
    const gateway = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: 'nowhere' },
      spec: { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] },
    };
    const codes = async (body: string) => {
      const answer = await rest.post(`${malla}/analyze`, body, { type: 'application/yaml' });
      return answer.body.findings.map(({ code }: { code: string }) => code);
    };
    expect(await codes(`${dangling}\n---\n${JSON.stringify(gateway)}`)).not.toContain('IST0101');
    expect(await codes(dangling)).toContain('IST0101');
  });

  it('tells documents that do not read, and refuses what holds no object', async () => {
    const { body } = await rest.post(`${malla}/analyze`, 'kind: [', { type: 'application/yaml' });
    expect(body.findings).toEqual([]);
    expect(body.problems.length).toBeGreaterThan(0);
    expect((await rest.post(`${malla}/analyze`, '---', { type: 'application/yaml' })).status).toBe(400);
    expect((await rest.post(`${malla}/analyze`, dangling, { type: 'text/html' })).status).toBe(415);
    expect((await rest.post(`${malla}/analyze?scope=some`, dangling, { type: 'text/yaml' })).status).toBe(400);
  });

  it('needs rights where the objects would be, and everywhere for the whole mesh', async () => {
    const token = await viewer('default');
    const post = (path: string) => rest.post(`${malla}/${path}`, dangling, { type: 'application/yaml', token });
    expect((await post('analyze')).status).toBe(200);
    expect((await post('analyze?namespace=elsewhere')).status).toBe(403);
    expect((await post('analyze?scope=mesh')).status).toBe(403);
    const whole = await rest.post(`${malla}/analyze?scope=mesh`, dangling, { type: 'application/yaml' });
    expect(whole.body.findings.map(({ code }: { code: string }) => code)).toContain('IST0101');
  });
});

describe('InspectionService', () => {
  it('gives the answers of the REST API', async () => {
    const client = await api.inspection();
    const metadata = { authorization: `Bearer ${mesh.adminToken('one')}` };
    const key = { namespace: 'default', name: 'vm' };
    const { workload, revision, json } = await client.describeWorkload(key, { metadata });
    const { body } = await rest.get(`${workloads}/vm/effective`);
    const { kind: _, apiVersion: _version, workload: summary, revision: at, ...effective } = body;
    expect(JSON.parse(Buffer.from(json).toString())).toEqual(effective);
    expect(workload).toMatchObject(summary);
    expect(Number(revision)).toBe(at);
    expect((await client.listWorkloads({ namespace: 'default' }, { metadata })).workloads.length).toBe(2);
    const { findings } = await client.analyze({ manifests: dangling }, { metadata });
    expect(findings.map(({ code }) => code)).toContain('IST0101');
    await expect(client.describeWorkload(key, {})).rejects.toMatchObject({ code: 'permission_denied' });
  });
});

const redisProgram = findRedisServer();
if (redisProgram === undefined) console.warn('There is no Redis server: its part of the spec is skipped');

describe.skipIf(redisProgram === undefined)('registered workloads', () => {
  it('count before stored ones of the same name; without Redis what is stored is still told', async () => {
    const redis = await startRedis();
    const own = await TestMesh.create();
    const other = await RunningConfigApi.start(own, 'with-redis', { REDIS_URL: redis.url });
    const connection = openRedis({ url: redis.url, name: 'spec' });
    try {
      await new Promise<void>((resolve) => connection.once('ready', () => resolve()));
      const entry = (name: string) => ({
        apiVersion: 'networking.istio.io/v1',
        kind: 'WorkloadEntry',
        metadata: { name },
        spec: { address: '192.0.2.1', labels: { app: 'stored' } },
      });
      for (const name of ['both', 'stored'])
        await other.rest.post('/apis/networking.istio.io/v1/namespaces/default/workloadentries', entry(name));
      const record = (name: string) =>
        JSON.stringify({
          workload: { name, namespace: 'default', serviceAccount: 'sa', labels: { app: 'live' }, ports: { web: 9080 } },
          healthy: true,
        });
      const leases = new WorkloadLeases(connection, redisKeys('default'));
      for (const name of ['both', 'live']) await leases.register(`default/${name}`, record(name), 60_000);
      const { body } = await other.rest.get(workloads);
      expect(body.items.map(({ name, source }: { name: string; source: string }) => [name, source])).toEqual([
        ['both', 'registration'],
        ['live', 'registration'],
        ['stored', 'workloadEntry'],
      ]);
      const live = await other.rest.get(`${workloads}/both/effective`);
      expect(live.body.workload).toMatchObject({ serviceAccount: 'sa', labels: { app: 'live' } });
      connection.disconnect();
      await redis[Symbol.asyncDispose]();
      await expect.poll(async () => (await other.rest.get(`${workloads}/live/effective`)).status).toBe(503);
      expect((await other.rest.get(`${workloads}/stored/effective`)).status).toBe(200);
    } finally {
      connection.disconnect();
      await other.close();
      await own.remove();
    }
  });
});
