import { describe, expect, it } from 'vitest';
import { virtualService, virtualServices, type Answer } from '../../test/running-config-api.ts';
import { suiteConfigApi } from '../../test/suite-config-api.ts';

const merge = 'application/merge-patch+json';
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('the life of an object', () => {
  const config = suiteConfigApi();

  const configMap = (name: string, metadata: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
  });
  const make = async (name: string, metadata: object = {}): Promise<Answer['body']> =>
    (await config.rest.post(configMaps, configMap(name, metadata))).body;
  const isThere = async (name: string): Promise<boolean> =>
    (await config.rest.get(`${configMaps}/${name}`)).status === 200;
  const ownedBy = (owner: Answer['body'], more: object = {}): object => ({
    ownerReferences: [
      { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid, ...more },
    ],
  });

  it('begins with a name made up by the server, where asked for', async () => {
    const names = await Promise.all(
      [1, 2, 3].map(
        async () =>
          (await config.rest.post(configMaps, configMap('', { generateName: 'made-' }))).body.metadata.name as string,
      ),
    );
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('goes on until its finalizers are removed', async () => {
    await make('held', { finalizers: ['example.com/a', 'example.com/b'] });
    const marked = await config.rest.delete(`${configMaps}/held`);
    expect(marked).toMatchObject({
      status: 200,
      body: { kind: 'ConfigMap', metadata: { deletionTimestamp: expect.any(String) as string, generation: 2 } },
    });
    const again = await config.rest.delete(`${configMaps}/held`);
    expect(again.body.metadata.resourceVersion).toBe(marked.body.metadata.resourceVersion);
    const added = await config.rest.patch(`${configMaps}/held`, merge, {
      metadata: { finalizers: ['example.com/a', 'example.com/c'] },
    });
    expect(added).toMatchObject({ status: 422, body: { details: { causes: [{ field: 'metadata.finalizers' }] } } });
    await config.rest.patch(`${configMaps}/held`, merge, { metadata: { finalizers: ['example.com/a'] } });
    expect(await isThere('held')).toBe(true);
    await config.rest.patch(`${configMaps}/held`, merge, { metadata: { finalizers: null } });
    expect(await isThere('held')).toBe(false);
  });

  it('is bound to preconditions and policies that hold', async () => {
    const { metadata } = await make('careful');
    const options = (preconditions: object): object => ({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
    expect((await config.rest.delete(`${configMaps}/careful`, { body: options({ uid: 'other' }) })).status).toBe(409);
    expect(
      (await config.rest.delete(`${configMaps}/careful`, { body: options({ resourceVersion: '1' }) })).status,
    ).toBe(409);
    expect((await config.rest.delete(`${configMaps}/careful?propagationPolicy=Sometimes`)).status).toBe(400);
    expect((await config.rest.delete(`${configMaps}/careful?dryRun=All`)).status).toBe(200);
    expect((await config.rest.delete(`${configMaps}/careful`, { body: options({ uid: metadata.uid }) })).status).toBe(
      200,
    );
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
    await config.rest.delete(`${configMaps}/owner`);
    await expect.poll(() => isThere('dependent')).toBe(false);
    await expect
      .poll(async () => (await config.rest.get(`${configMaps}/shared`)).body.metadata.ownerReferences)
      .toMatchObject([{ name: 'other-owner' }]);
    await config.rest.delete(`${configMaps}/other-owner?propagationPolicy=Orphan`);
    await expect.poll(() => isThere('other-owner')).toBe(false);
    expect((await config.rest.get(`${configMaps}/shared`)).body.metadata.ownerReferences).toBeUndefined();

    const front = await make('front');
    await make('blocking', { ...ownedBy(front, { blockOwnerDeletion: true }), finalizers: ['example.com/wait'] });
    const marked = await config.rest.delete(`${configMaps}/front?propagationPolicy=Foreground`);
    expect(marked.body.metadata.finalizers).toEqual(['foregroundDeletion']);
    await expect
      .poll(async () => (await config.rest.get(`${configMaps}/blocking`)).body.metadata.deletionTimestamp)
      .toBeDefined();
    expect(await isThere('front')).toBe(true);
    await config.rest.patch(`${configMaps}/blocking`, merge, { metadata: { finalizers: null } });
    await expect.poll(() => isThere('front')).toBe(false);
  });

  it('ends with its namespace, which waits for what is held in it', async () => {
    await config.rest.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'brief' } });
    const inside = configMaps.replace('default', 'brief');
    await config.rest.post(inside, configMap('plain'));
    await config.rest.post(inside, configMap('held', { finalizers: ['example.com/wait'] }));
    const marked = await config.rest.delete('/api/v1/namespaces/brief');
    expect(marked.body).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
    expect((await config.rest.get(`${inside}/plain`)).status).toBe(404);
    expect(await config.rest.post(inside, configMap('late'))).toMatchObject({
      status: 403,
      body: { details: { causes: [{ reason: 'NamespaceTerminating' }] } },
    });
    await config.rest.patch(`${inside}/held`, merge, { metadata: { finalizers: null } });
    await expect.poll(async () => (await config.rest.get('/api/v1/namespaces/brief')).status).toBe(404);
  });

  it('is told of by events, in both of their groups', async () => {
    const { body } = await config.rest.post(virtualServices, virtualService('warned'));
    const about = `involvedObject.uid=${body.metadata.uid}`;
    const events = `/api/v1/namespaces/default/events?fieldSelector=${encodeURIComponent(about)}`;
    await expect.poll(async () => (await config.rest.get(events)).body.items.length).toBe(1);
    expect((await config.rest.get(events)).body.items[0]).toMatchObject({
      type: 'Warning',
      reason: 'Findings',
      count: 1,
      involvedObject: { kind: 'VirtualService', name: 'warned' },
    });
    const regarding = `/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=${encodeURIComponent(`regarding.name=warned`)}`;
    expect((await config.rest.get(regarding)).body.items[0]).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: expect.stringContaining('warned') as string,
      regarding: { name: 'warned' },
    });
    const made = await config.rest.post('/apis/events.k8s.io/v1/namespaces/default/events', {
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
    expect((await config.rest.get('/api/v1/namespaces/default/events/mine')).body).toMatchObject({
      message: 'hello',
      reportingComponent: 'spec',
    });
  });

  it('is found by its fields and in pages at one state, whose tokens expire with a way on', async () => {
    for (const index of [1, 2, 3, 4, 5]) await make(`page-${index}`, { labels: { page: 'yes' } });
    const first = await config.rest.get(`${configMaps}?limit=2`);
    expect(first.body.metadata).toMatchObject({
      continue: expect.any(String) as string,
      remainingItemCount: expect.any(Number) as number,
    });
    await config.rest.delete(`${configMaps}/page-5`);
    let page = first;
    const names: string[] = [];
    for (;;) {
      names.push(...page.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name));
      expect(page.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
      if (page.body.metadata.continue === undefined) break;
      page = await config.rest.get(`${configMaps}?limit=2&continue=${page.body.metadata.continue}`);
    }
    expect(names).toContain('page-5');
    const exact = await config.rest.get(
      `${configMaps}?resourceVersion=${first.body.metadata.resourceVersion}&resourceVersionMatch=Exact&labelSelector=page`,
    );
    expect(exact.body.items).toHaveLength(5);
    const secrets = '/api/v1/namespaces/default/secrets';
    await config.rest.post(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'plain' }, type: 'Opaque' });
    expect((await config.rest.get(`${secrets}?fieldSelector=type%3DOpaque`)).body.items).toHaveLength(1);
    expect((await config.rest.get(`${secrets}?fieldSelector=type!%3DOpaque`)).body.items).toHaveLength(0);
    expect((await config.rest.get(`${configMaps}?resourceVersion=999999999`)).status).toBe(504);
    for (const wrong of [
      'resourceVersionMatch=Exact',
      'resourceVersion=0&resourceVersionMatch=Exact',
      `continue=x`,
      'sendInitialEvents=true',
      'watch=1&resourceVersionMatch=NotOlderThan',
    ])
      expect((await config.rest.get(`${configMaps}?${wrong}`)).status).toBe(400);
  });
});
