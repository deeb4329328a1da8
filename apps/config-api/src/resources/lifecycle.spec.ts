import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  RunningConfigApi,
  TestMesh,
  virtualService,
  virtualServices,
  type Answer,
  type RestClient,
} from '../../test/running-config-api.ts';

const merge = 'application/merge-patch+json';
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('the life of an object', () => {
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

  const configMap = (name: string, metadata: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
  });
  const make = async (name: string, metadata: object = {}): Promise<Answer['body']> =>
    (await rest.post(configMaps, configMap(name, metadata))).body;
  const isThere = async (name: string): Promise<boolean> => (await rest.get(`${configMaps}/${name}`)).status === 200;
  const ownedBy = (owner: Answer['body'], more: object = {}): object => ({
    ownerReferences: [
      { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid, ...more },
    ],
  });

  it('begins with a name made up by the server, where asked for', async () => {
    const names = await Promise.all(
      [1, 2, 3].map(
        async () =>
          (await rest.post(configMaps, configMap('', { generateName: 'made-' }))).body.metadata.name as string,
      ),
    );
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('goes on until its finalizers are removed', async () => {
    await make('held', { finalizers: ['example.com/a', 'example.com/b'] });
    const marked = await rest.delete(`${configMaps}/held`);
    expect(marked).toMatchObject({
      status: 200,
      body: { kind: 'ConfigMap', metadata: { deletionTimestamp: expect.any(String) as string, generation: 2 } },
    });
    const again = await rest.delete(`${configMaps}/held`);
    expect(again.body.metadata.resourceVersion).toBe(marked.body.metadata.resourceVersion);
    const added = await rest.patch(`${configMaps}/held`, merge, {
      metadata: { finalizers: ['example.com/a', 'example.com/c'] },
    });
    expect(added).toMatchObject({ status: 422, body: { details: { causes: [{ field: 'metadata.finalizers' }] } } });
    await rest.patch(`${configMaps}/held`, merge, { metadata: { finalizers: ['example.com/a'] } });
    expect(await isThere('held')).toBe(true);
    await rest.patch(`${configMaps}/held`, merge, { metadata: { finalizers: null } });
    expect(await isThere('held')).toBe(false);
  });

  it('is bound to preconditions and policies that hold', async () => {
    const { metadata } = await make('careful');
    const options = (preconditions: object): object => ({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
    expect((await rest.delete(`${configMaps}/careful`, { body: options({ uid: 'other' }) })).status).toBe(409);
    expect((await rest.delete(`${configMaps}/careful`, { body: options({ resourceVersion: '1' }) })).status).toBe(409);
    expect((await rest.delete(`${configMaps}/careful?propagationPolicy=Sometimes`)).status).toBe(400);
    expect((await rest.delete(`${configMaps}/careful?dryRun=All`)).status).toBe(200);
    expect((await rest.delete(`${configMaps}/careful`, { body: options({ uid: metadata.uid }) })).status).toBe(200);
  });

  it('ends with its owners: in the background, in the foreground, or not', async () => {
    const owner = await make('owner');
    const both = await make('other-owner');
    await make('dependent', ownedBy(owner));
    await make('shared', {
      ownerReferences: [owner, both].flatMap(
        (each) => (ownedBy(each) as { ownerReferences: object[] }).ownerReferences,
      ),
    });
    await make('lost', ownedBy({ metadata: { name: 'owner', uid: 'another' } }));
    await expect.poll(() => isThere('lost')).toBe(false);
    await rest.delete(`${configMaps}/owner`);
    await expect.poll(() => isThere('dependent')).toBe(false);
    await expect
      .poll(async () => (await rest.get(`${configMaps}/shared`)).body.metadata.ownerReferences)
      .toMatchObject([{ name: 'other-owner' }]);
    await rest.delete(`${configMaps}/other-owner?propagationPolicy=Orphan`);
    await expect.poll(() => isThere('other-owner')).toBe(false);
    expect((await rest.get(`${configMaps}/shared`)).body.metadata.ownerReferences).toBeUndefined();

    const front = await make('front');
    await make('blocking', { ...ownedBy(front, { blockOwnerDeletion: true }), finalizers: ['example.com/wait'] });
    const marked = await rest.delete(`${configMaps}/front?propagationPolicy=Foreground`);
    expect(marked.body.metadata.finalizers).toEqual(['foregroundDeletion']);
    await expect
      .poll(async () => (await rest.get(`${configMaps}/blocking`)).body.metadata.deletionTimestamp)
      .toBeDefined();
    expect(await isThere('front')).toBe(true);
    await rest.patch(`${configMaps}/blocking`, merge, { metadata: { finalizers: null } });
    await expect.poll(() => isThere('front')).toBe(false);
  });

  it('ends with its namespace, which waits for what is held in it', async () => {
    await rest.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'brief' } });
    const inside = configMaps.replace('default', 'brief');
    await rest.post(inside, configMap('plain'));
    await rest.post(inside, configMap('held', { finalizers: ['example.com/wait'] }));
    const marked = await rest.delete('/api/v1/namespaces/brief');
    expect(marked.body).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
    expect((await rest.get(`${inside}/plain`)).status).toBe(404);
    expect(await rest.post(inside, configMap('late'))).toMatchObject({
      status: 403,
      body: { details: { causes: [{ reason: 'NamespaceTerminating' }] } },
    });
    await rest.patch(`${inside}/held`, merge, { metadata: { finalizers: null } });
    await expect.poll(async () => (await rest.get('/api/v1/namespaces/brief')).status).toBe(404);
  });

  it('is told of by events, in both of their groups', async () => {
    const { body } = await rest.post(virtualServices, virtualService('warned'));
    const about = `involvedObject.uid=${body.metadata.uid}`;
    const events = `/api/v1/namespaces/default/events?fieldSelector=${encodeURIComponent(about)}`;
    await expect.poll(async () => (await rest.get(events)).body.items.length).toBe(1);
    expect((await rest.get(events)).body.items[0]).toMatchObject({
      type: 'Warning',
      reason: 'Findings',
      count: 1,
      involvedObject: { kind: 'VirtualService', name: 'warned' },
    });
    const regarding = `/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=${encodeURIComponent(`regarding.name=warned`)}`;
    expect((await rest.get(regarding)).body.items[0]).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: expect.stringContaining('warned') as string,
      regarding: { name: 'warned' },
    });
    const made = await rest.post('/apis/events.k8s.io/v1/namespaces/default/events', {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'mine' },
      reportingController: 'spec',
      reportingInstance: 'one',
      action: 'Tested',
      reason: 'Test',
      type: 'Normal',
      note: 'hello',
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: { kind: 'VirtualService', name: 'warned', namespace: 'default' },
    });
    expect(made).toMatchObject({ status: 201, body: { note: 'hello', regarding: { name: 'warned' } } });
    expect((await rest.get('/api/v1/namespaces/default/events/mine')).body).toMatchObject({
      message: 'hello',
      reportingComponent: 'spec',
    });
  });

  it('is found by its fields and in pages at one state, whose tokens expire with a way on', async () => {
    for (const index of [1, 2, 3, 4, 5]) await make(`page-${index}`, { labels: { page: 'yes' } });
    const first = await rest.get(`${configMaps}?limit=2`);
    expect(first.body.metadata).toMatchObject({
      continue: expect.any(String) as string,
      remainingItemCount: expect.any(Number) as number,
    });
    await rest.delete(`${configMaps}/page-5`);
    let page = first;
    const names: string[] = [];
    for (;;) {
      names.push(...page.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name));
      expect(page.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
      if (page.body.metadata.continue === undefined) break;
      page = await rest.get(`${configMaps}?limit=2&continue=${page.body.metadata.continue}`);
    }
    expect(names).toContain('page-5');
    const exact = await rest.get(
      `${configMaps}?resourceVersion=${first.body.metadata.resourceVersion}&resourceVersionMatch=Exact&labelSelector=page`,
    );
    expect(exact.body.items).toHaveLength(5);
    const secrets = '/api/v1/namespaces/default/secrets';
    await rest.post(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'plain' }, type: 'Opaque' });
    expect((await rest.get(`${secrets}?fieldSelector=type%3DOpaque`)).body.items).toHaveLength(1);
    expect((await rest.get(`${secrets}?fieldSelector=type!%3DOpaque`)).body.items).toHaveLength(0);
    expect((await rest.get(`${configMaps}?resourceVersion=999999999`)).status).toBe(504);
    for (const wrong of [
      'resourceVersionMatch=Exact',
      'resourceVersion=0&resourceVersionMatch=Exact',
      `continue=x`,
      'sendInitialEvents=true',
      'watch=1&resourceVersionMatch=NotOlderThan',
    ])
      expect((await rest.get(`${configMaps}?${wrong}`)).status).toBe(400);
  });
});
