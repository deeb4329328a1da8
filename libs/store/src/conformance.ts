import type { Resource } from '@malla/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';
import { keyOf, type ResourceKey } from './resource-key.ts';
import type { Change, ResourceStore, WatchEvent, WatchOptions, WriteOperation } from './resource-store.ts';

/** How the suite gets at an implementation. Each call of `open` gives an empty store. */
export interface StoreFixture {
  open(): Promise<ResourceStore>;
  close(): Promise<void>;
}

/** A ServiceEntry-free, small object: the suite does not depend on any kind's schema. */
export function sample(name: string, spec: Record<string, unknown> = {}, labels?: Record<string, string>): Resource {
  const metadata = labels === undefined ? { name, namespace: 'shop' } : { name, namespace: 'shop', labels };
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec };
}

/** The key of {@link sample}. */
export function sampleKey(name: string): ResourceKey {
  return keyOf(sample(name));
}

/** Writes operations as one batch of a test's author. */
export function writeAll(store: ResourceStore, ...operations: WriteOperation[]): Promise<readonly Change[]> {
  return store.write({ operations, author: 'alice', changeId: 'change-1' });
}

/** Writes one operation, gives its change. */
export async function writeOne(store: ResourceStore, operation: WriteOperation): Promise<Change> {
  return (await writeAll(store, operation))[0] as Change;
}

/** The first `count` events of a watch. */
export async function take(store: ResourceStore, count: number, options: WatchOptions = {}): Promise<WatchEvent[]> {
  const stop = new AbortController();
  const events: WatchEvent[] = [];
  for await (const event of store.watch({ ...options, signal: stop.signal })) {
    events.push(event);
    if (events.length === count) break;
  }
  stop.abort();
  return events;
}

/** What every ResourceStore must do. Call it in a spec with a fixture for the implementation. */
export function resourceStoreConformance(implementation: string, fixture: StoreFixture): void {
  describe(`ResourceStore: ${implementation}`, () => {
    let store: ResourceStore;
    const fresh = async (): Promise<ResourceStore> => (store = await fixture.open());
    beforeAll(fresh);
    afterAll(() => fixture.close());
    describe('writes', () => writeCases(() => store, fresh));
    describe('lists', () => listCases(() => store, fresh));
    describe('watches', () => watchCases(() => store, fresh));
    describe('history', () => historyCases(() => store, fresh));
  });
}

type Current = () => ResourceStore;

function writeCases(current: Current, fresh: () => Promise<ResourceStore>): void {
  it('starts empty at revision 0', async () => {
    await fresh();
    expect(await current().revision()).toBe(0);
    expect(await current().get(sampleKey('none'))).toBeUndefined();
  });

  it('gives each change the next revision and the object its resourceVersion', async () => {
    const created = await writeOne(current(), { type: 'create', object: sample('a', { one: 1 }) });
    expect(created).toMatchObject({
      revision: 1,
      operation: 'created',
      author: 'alice',
      changeId: 'change-1',
      previous: undefined,
    });
    expect(created.object.metadata.resourceVersion).toBe('1');
    const replaced = await writeOne(current(), {
      type: 'replace',
      object: sample('a', { two: 2 }),
      expectedRevision: 1,
    });
    expect(replaced).toMatchObject({
      revision: 2,
      operation: 'replaced',
      object: { spec: { two: 2 } },
      previous: { spec: { one: 1 } },
    });
    expect(await current().get(sampleKey('a'))).toMatchObject({
      revision: 2,
      object: { spec: { two: 2 }, metadata: { resourceVersion: '2' } },
    });
  });

  it('refuses what cannot be done, and leaves no trace', async () => {
    const before = await current().revision();
    await expect(writeOne(current(), { type: 'create', object: sample('a') })).rejects.toMatchObject({
      code: 'already_exists',
    });
    await expect(
      writeOne(current(), { type: 'replace', object: sample('a'), expectedRevision: 1 }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await expect(writeOne(current(), { type: 'replace', object: sample('none') })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(writeOne(current(), { type: 'delete', key: sampleKey('none') })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await current().revision()).toBe(before);
  });

  it('commits a batch together or not at all', async () => {
    await expect(
      writeAll(current(), { type: 'create', object: sample('b') }, { type: 'create', object: sample('a') }),
    ).rejects.toMatchObject({ code: 'already_exists' });
    expect(await current().get(sampleKey('b'))).toBeUndefined();
    const changes = await writeAll(
      current(),
      { type: 'create', object: sample('b') },
      { type: 'delete', key: sampleKey('a') },
    );
    expect(changes.map(({ operation, revision }) => [operation, revision])).toEqual([
      ['created', 3],
      ['deleted', 4],
    ]);
    expect(await current().get(sampleKey('a'))).toBeUndefined();
  });

  it('checks guards at the commit', async () => {
    const guarded = { operations: [{ type: 'create', object: sample('c') }] as const, author: 'alice', changeId: 'x' };
    await expect(
      current().write({ ...guarded, guards: [{ type: 'exists', key: sampleKey('none') }] }),
    ).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      current().write({ ...guarded, guards: [{ type: 'namespace_empty', namespace: 'shop' }] }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await current().write({
      ...guarded,
      guards: [
        { type: 'exists', key: sampleKey('b') },
        { type: 'namespace_empty', namespace: 'other' },
      ],
    });
    const emptying = {
      operations: ['b', 'c'].map((name) => ({ type: 'delete', key: sampleKey(name) }) as const),
      author: 'alice',
      changeId: 'x',
    };
    const guards = [{ type: 'namespace_empty', namespace: 'shop' }] as const;
    await expect(
      current().write({ ...emptying, operations: emptying.operations.slice(1), guards }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await current().write({ ...emptying, guards });
    await writeAll(current(), { type: 'create', object: sample('b') });
  });

  it('serialises concurrent writers: of many conditional replacements of one revision, one wins', async () => {
    const { revision } = (await current().get(sampleKey('b'))) as { revision: number };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) =>
        writeOne(current(), { type: 'replace', object: sample('b', { i }), expectedRevision: revision }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('takes any text in an object', async () => {
    const spec = {
      text: 'quote " backslash \\ nul \u0000 emoji \u{1f600} line\nend',
      big: 9007199254740991,
      none: null,
    };
    await writeOne(current(), { type: 'create', object: sample('text', spec) });
    expect((await current().get(sampleKey('text')))?.object['spec']).toEqual(spec);
  });
}

function listCases(current: Current, fresh: () => Promise<ResourceStore>): void {
  beforeAll(async () => {
    const store = await fresh();
    for (const name of ['d', 'b', 'a-1', 'a', 'c'])
      await writeOne(store, { type: 'create', object: sample(name, {}, { even: String(name < 'c') }) });
    await writeOne(store, {
      type: 'create',
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    });
  });
  const names = (page: { resources: readonly { key: ResourceKey }[] }): string[] =>
    page.resources.map(({ key }) => key.name);

  it('lists by kind, namespace and labels in the order of keys', async () => {
    expect(names(await current().list({}))).toEqual(['shop', 'a', 'a-1', 'b', 'c', 'd']);
    expect(names(await current().list({ group: '', kind: 'Namespace' }))).toEqual(['shop']);
    expect(names(await current().list({ namespace: 'shop', selector: parseLabelSelector('even=true') }))).toEqual([
      'a',
      'a-1',
      'b',
    ]);
    expect(names(await current().list({ namespace: 'none' }))).toEqual([]);
  });

  it('pages at one revision while others write', async () => {
    const query = { kind: 'VirtualService', limit: 2 };
    const first = await current().list(query);
    expect([names(first), first.more]).toEqual([['a', 'a-1'], true]);
    await writeAll(
      current(),
      { type: 'delete', key: sampleKey('b') },
      { type: 'create', object: sample('bb') },
      { type: 'replace', object: sample('c', { changed: true }) },
    );
    const rest = await current().list({ ...query, limit: 9, after: sampleKey('a-1'), atRevision: first.revision });
    expect([names(rest), rest.more, rest.revision]).toEqual([['b', 'c', 'd'], false, first.revision]);
    expect(rest.resources[1]?.object['spec']).toEqual({});
    expect(names(await current().list({ kind: 'VirtualService' }))).toEqual(['a', 'a-1', 'bb', 'c', 'd']);
  });
}

function watchCases(current: Current, fresh: () => Promise<ResourceStore>): void {
  it('begins with the whole state, then gives changes', async () => {
    const store = await fresh();
    await writeOne(store, { type: 'create', object: sample('a') });
    const seen = take(store, 3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await writeOne(store, { type: 'delete', key: sampleKey('a') });
    expect(await seen).toMatchObject([
      { type: 'initial', resource: { revision: 1, key: { name: 'a' } } },
      { type: 'synced', revision: 1 },
      {
        type: 'change',
        change: {
          revision: 2,
          operation: 'deleted',
          object: { metadata: { resourceVersion: '2' } },
          previous: { metadata: { resourceVersion: '1' } },
        },
      },
    ]);
  });

  it('resumes after a revision and ends with its signal', async () => {
    const events = await take(current(), 1, { fromRevision: 1 });
    expect(events).toMatchObject([{ type: 'change', change: { revision: 2 } }]);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    for await (const _ of current().watch({ fromRevision: 2, signal: stop.signal })) expect.unreachable();
  });

  it('misses nothing and keeps commit order while sixteen writers write', async () => {
    const from = await current().revision();
    const watchers = [take(current(), 160, { fromRevision: from }), take(current(), 160, { fromRevision: from })];
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let i = 0; i < 10; i++) await writeOne(current(), { type: 'create', object: sample(`w-${writer}-${i}`) });
      }),
    );
    const wanted = Array.from({ length: 160 }, (_, i) => from + 1 + i);
    for (const events of await Promise.all(watchers)) {
      expect(events.map((event) => (event.type === 'change' ? event.change.revision : 0))).toEqual(wanted);
    }
  });
}

function historyCases(current: Current, fresh: () => Promise<ResourceStore>): void {
  beforeAll(async () => {
    const store = await fresh();
    await writeOne(store, { type: 'create', object: sample('a', { v: 1 }) });
    await writeOne(store, { type: 'create', object: sample('other') });
    await writeOne(store, { type: 'replace', object: sample('a', { v: 2 }) });
    await writeOne(store, { type: 'delete', key: sampleKey('a') });
  });

  it('tells what happened to an object, newest first, also when it is gone', async () => {
    const history = await current().history(sampleKey('a'));
    expect(history.map(({ revision, operation }) => [revision, operation])).toEqual([
      [4, 'deleted'],
      [3, 'replaced'],
      [1, 'created'],
    ]);
    expect(history[1]?.previous?.['spec']).toEqual({ v: 1 });
    expect(await current().history(sampleKey('a'), { limit: 1, before: 4 })).toMatchObject([{ revision: 3 }]);
  });

  it('gives an object as it was', async () => {
    expect(await current().getAt(sampleKey('a'), 2)).toMatchObject({ revision: 1, object: { spec: { v: 1 } } });
    expect(await current().getAt(sampleKey('a'), 4)).toBeUndefined();
  });

  it('compacts: old revisions expire, current objects and later changes stay', async () => {
    await current().compact(4);
    await expect(take(current(), 1, { fromRevision: 1 })).rejects.toMatchObject({ code: 'expired' });
    await expect(current().list({ atRevision: 2 })).rejects.toMatchObject({ code: 'expired' });
    await expect(current().getAt(sampleKey('a'), 1)).rejects.toMatchObject({ code: 'expired' });
    expect(await take(current(), 1, { fromRevision: 3 })).toMatchObject([{ change: { revision: 4 } }]);
    expect(await current().history(sampleKey('other'))).toHaveLength(1);
    expect(await current().get(sampleKey('other'))).toMatchObject({ revision: 2 });
    expect(await current().list({ atRevision: 4 })).toMatchObject({ resources: [{ key: { name: 'other' } }] });
  });
}
