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
/** Has connections of its own, while watches hold those of `rest`. */
let writer: RestClient;

beforeAll(async () => {
  mesh = await TestMesh.create();
  api = await RunningConfigApi.start(mesh);
  ({ rest } = api);
  writer = api.anotherClient();
});

afterAll(async () => {
  await writer?.close();
  await api?.close();
  await mesh?.remove();
});

const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';
const strategic = 'application/strategic-merge-patch+json';

describe('objects', () => {
  it('live: created, read, replaced, deleted', async () => {
    const created = await rest.post(virtualServices, virtualService('life'));
    expect(created).toMatchObject({ status: 201, body: { metadata: { generation: 1, name: 'life' } } });
    const { metadata } = created.body;
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(await rest.get(`${virtualServices}/life`)).toMatchObject({ status: 200, body: created.body });

    const replaced = await rest.put(`${virtualServices}/life`, virtualService('life', { weight: 90 }));
    expect(replaced).toMatchObject({
      status: 200,
      body: { metadata: { generation: 2, uid: metadata.uid, creationTimestamp: metadata.creationTimestamp } },
    });
    const labelled = await rest.put(
      `${virtualServices}/life`,
      virtualService('life', { weight: 90, labels: { a: 'b' } }),
    );
    expect(labelled.body.metadata.generation).toBe(2);

    expect(await rest.delete(`${virtualServices}/life`)).toMatchObject({
      status: 200,
      body: { kind: 'Status', status: 'Success' },
    });
    expect(await rest.get(`${virtualServices}/life`)).toMatchObject({
      status: 404,
      body: { kind: 'Status', reason: 'NotFound', details: { name: 'life' } },
    });
  });

  it('make no revision when a write changes nothing', async () => {
    const first = await rest.post(virtualServices, virtualService('same'));
    const again = await rest.put(`${virtualServices}/same`, virtualService('same'));
    expect(again.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it('are shown in every version of their kind, and take dry runs', async () => {
    await rest.post(virtualServices, virtualService('versions'));
    const beta = virtualServices.replace('/v1/', '/v1beta1/');
    expect((await rest.get(`${beta}/versions`)).body.apiVersion).toBe('networking.istio.io/v1beta1');
    expect((await rest.get(`${beta}/versions/status`)).status).toBe(200);
    expect(await rest.post(`${virtualServices}?dryRun=All`, virtualService('dry'))).toMatchObject({ status: 201 });
    expect((await rest.get(`${virtualServices}/dry`)).status).toBe(404);
    expect(await rest.delete(`${virtualServices}/versions?dryRun=All`)).toMatchObject({ status: 200 });
    expect((await rest.get(`${virtualServices}/versions`)).status).toBe(200);
  });

  it('conflict when they changed meanwhile', async () => {
    const first = (await rest.post(virtualServices, virtualService('race'))).body;
    await rest.put(`${virtualServices}/race`, virtualService('race', { weight: 50 }));
    const stale = await rest.put(`${virtualServices}/race`, {
      ...first,
      spec: virtualService('race', { weight: 10 }).spec,
    });
    expect(stale).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    const precondition = { preconditions: { resourceVersion: first.metadata.resourceVersion } };
    expect(await rest.delete(`${virtualServices}/race`, { body: precondition })).toMatchObject({ status: 409 });
  });

  it('come and go with their namespace', async () => {
    const inside = { ...virtualService('inside'), metadata: { name: 'inside', namespace: 'brief' } };
    const path = virtualServices.replace('default', 'brief');
    expect(await rest.post(path, inside)).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining('"brief" not found') },
    });
    await rest.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'brief' } });
    expect((await rest.post(path, inside)).status).toBe(201);
    expect((await rest.delete('/api/v1/namespaces/brief')).status).toBe(200);
    expect((await rest.get(`${path}/inside`)).status).toBe(404);
    expect(await rest.delete('/api/v1/namespaces/default')).toMatchObject({ status: 403 });
  });
});

describe('patches', () => {
  it('merge, edit by JSON pointer, and merge lists of core kinds by key', async () => {
    await rest.post(virtualServices, virtualService('patched'));
    const merged = await rest.patch(`${virtualServices}/patched`, merge, { metadata: { labels: { a: 'b' } } });
    expect(merged).toMatchObject({
      status: 200,
      body: { metadata: { labels: { a: 'b' } }, spec: { hosts: ['patched'] } },
    });
    const edited = await rest.patch(`${virtualServices}/patched`, json, [
      { op: 'replace', path: '/spec/http/0/timeout', value: '3s' },
    ]);
    expect(edited).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
    const added = await rest.patch(`${virtualServices}/patched`, json, [
      { op: 'add', path: '/spec/http/0/timeout', value: '3s' },
    ]);
    expect(added.body.spec.http[0].timeout).toBe('3s');

    const services = '/api/v1/namespaces/default/services';
    await rest.post(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80, name: 'http' }] },
    });
    const ports = await rest.patch(`${services}/web`, strategic, {
      spec: { ports: [{ port: 81, name: 'grpc' }] },
    });
    expect(ports.body.spec.ports).toMatchObject([
      { port: 80, name: 'http' },
      { port: 81, name: 'grpc' },
    ]);
    const gone = await rest.patch(`${services}/web`, strategic, { spec: { ports: [{ port: 80, $patch: 'delete' }] } });
    expect(gone.body.spec.ports).toMatchObject([{ port: 81, name: 'grpc' }]);
  });

  it('are tried again when others write at the same time', async () => {
    await rest.post(virtualServices, virtualService('busy'));
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        rest.patch(`${virtualServices}/busy`, merge, { metadata: { labels: { [`l${i}`]: 'x' } } }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(Object.keys((await rest.get(`${virtualServices}/busy`)).body.metadata.labels)).toHaveLength(6);
  });
});

describe('lists', () => {
  it('select by label and name, page at one revision, and come as tables', async () => {
    for (let i = 0; i < 5; i++)
      await rest.post(virtualServices, virtualService(`page-${i}`, { labels: { list: 'yes' } }));
    const selected = `${virtualServices}?labelSelector=list%3Dyes`;
    const first = (await rest.get(`${selected}&limit=2`)).body;
    expect(first.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['page-0', 'page-1']);
    await rest.delete(`${virtualServices}/page-2`);
    const second = (await rest.get(`${selected}&limit=9&continue=${first.metadata.continue}`)).body;
    expect(second.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual([
      'page-2',
      'page-3',
      'page-4',
    ]);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    expect((await rest.get(`${virtualServices}?fieldSelector=metadata.name%3Dpage-3`)).body.items).toHaveLength(1);
    const table = await rest.get(selected, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' });
    expect(table.body).toMatchObject({
      kind: 'Table',
      rows: { length: 4 },
      columnDefinitions: [
        { name: 'Name' },
        { name: 'Gateways' },
        { name: 'Hosts' },
        { name: 'Age' },
        { name: 'Findings', priority: 1 },
      ],
    });
    expect((await rest.delete(selected)).body.items).toHaveLength(4);
  });
});

describe('many objects', () => {
  const count = 1_200;
  beforeAll(async () => {
    await rest.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } });
    const path = virtualServices.replace('default', 'many');
    let next = 0;
    const write = async (): Promise<void> => {
      while (next < count) {
        const name = `many-${next++}`;
        const { status } = await rest.post(path, { ...virtualService(name), metadata: { name, namespace: 'many' } });
        expect(status).toBe(201);
      }
    };
    await Promise.all(Array.from({ length: 16 }, write));
  }, 120_000);

  it('are listed whole, in pages, and as rows, in one order', async () => {
    const path = virtualServices.replace('default', 'many');
    const nameOf = (item: { metadata: { name: string } }) => item.metadata.name;
    const whole = (await rest.get(path)).body.items.map(nameOf);
    expect(whole).toHaveLength(count);
    const paged: string[] = [];
    for (let token = ''; ;) {
      const { body } = await rest.get(`${path}?limit=500&continue=${token}`);
      paged.push(...body.items.map(nameOf));
      token = body.metadata.continue;
      if (token === undefined) break;
    }
    expect(paged).toEqual(whole);
    const table = await rest.get(path, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(table.body.rows.map(({ object }: { object: { metadata: { name: string } } }) => nameOf(object))).toEqual(
      whole,
    );
  });

  it('reach two hundred watchers, each with every change', async () => {
    const path = virtualServices.replace('default', 'many');
    const from = (await rest.get(`${path}?limit=1`)).body.metadata.resourceVersion;
    const watch = async (): Promise<number> => {
      const stop = new AbortController();
      let seen = 0;
      for await (const { type } of rest.watch(`${path}?watch=1&resourceVersion=${from}`, stop.signal)) {
        if (type === 'MODIFIED' && ++seen === 5) break;
      }
      stop.abort();
      return seen;
    };
    const watchers = Array.from({ length: 200 }, watch);
    for (let weight = 1; weight <= 5; weight++) {
      const { spec } = virtualService('many-0', { weight });
      expect((await writer.patch(`${path}/many-0`, merge, { spec })).status).toBe(200);
    }
    expect(await Promise.all(watchers)).toEqual(Array(200).fill(5));
  });
});

describe('watches', () => {
  it('give the state, then changes; follow labels; resume; and tell bookmarks', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    await rest.post(virtualServices, virtualService('w1', { labels: { w: 'yes' } }));
    const watching = (async () => {
      for await (const { type, object } of rest.watch(`${virtualServices}?watch=1&labelSelector=w%3Dyes`, stop.signal))
        seen.push(`${type} ${object.metadata.name}`);
    })();
    await expect.poll(() => seen).toEqual(['ADDED w1']);
    await rest.patch(`${virtualServices}/w1`, merge, { spec: { hosts: ['other'] } });
    await rest.patch(`${virtualServices}/w1`, merge, { metadata: { labels: { w: 'no' } } });
    const back = await rest.patch(`${virtualServices}/w1`, merge, { metadata: { labels: { w: 'yes' } } });
    await rest.delete(`${virtualServices}/w1`);
    await expect.poll(() => seen).toEqual(['ADDED w1', 'MODIFIED w1', 'DELETED w1', 'ADDED w1', 'DELETED w1']);
    stop.abort();
    await watching;

    const resumed: string[] = [];
    const from = `resourceVersion=${back.body.metadata.resourceVersion}&timeoutSeconds=1`;
    for await (const { type } of rest.watch(`${virtualServices}?watch=1&${from}`)) resumed.push(type);
    expect(resumed).toEqual(['DELETED']);
    const initial: unknown[] = [];
    for await (const event of rest.watch(
      `${virtualServices}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1`,
    ))
      initial.push(event);
    expect(initial.at(-1)).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  it('end with 410 when their revision is not kept', async () => {
    const events: unknown[] = [];
    for await (const event of rest.watch(`${virtualServices}?watch=1&resourceVersion=999999999&timeoutSeconds=2`))
      events.push(event);
    expect(events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
  });
});
