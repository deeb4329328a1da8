import type { Resource } from '@malla/model';
import { FakeKubeApi } from '@malla/testkit/kube';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeClient } from '../client/kube-client.ts';
import { kubeKind } from '../kube-kind.ts';
import { ListWatch, type ListWatchHandler, type ListWatchParams } from './list-watch.ts';

const kind = kubeKind<Resource>('', 'ConfigMap');
const logger = pino({ level: 'silent' });

const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop', labels },
  data,
});

/** What a handler has been told, as a state. */
class Seen implements ListWatchHandler<Resource> {
  readonly objects = new Map<string, Resource>();
  lists = 0;
  sets = 0;
  gate: Promise<void> = Promise.resolve();
  failing = 0;

  async replace(objects: readonly Resource[]): Promise<void> {
    this.#fail();
    await this.gate;
    this.lists++;
    this.objects.clear();
    for (const object of objects) this.objects.set(object.metadata.name, object);
  }

  async set(object: Resource): Promise<void> {
    this.#fail();
    await this.gate;
    this.sets++;
    this.objects.set(object.metadata.name, object);
  }

  delete({ metadata }: Resource): void {
    this.#fail();
    this.objects.delete(metadata.name);
  }

  get names(): string {
    return [...this.objects.keys()].sort().join(' ');
  }

  #fail(): void {
    if (this.failing > 0) {
      this.failing--;
      throw new Error('cannot take it now');
    }
  }
}

describe('ListWatch', () => {
  let api: FakeKubeApi;
  let client: KubeClient;
  let seen: Seen;
  const running: ListWatch<Resource>[] = [];

  beforeEach(async () => {
    api = await FakeKubeApi.start();
    client = new KubeClient({
      server: api.url,
      namespace: 'default',
      credentials: () => Promise.resolve({ tls: { verify: true }, authorization: `Bearer ${api.callerToken}` }),
      refused: () => undefined,
    });
    seen = new Seen();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
    await client.close();
    await api.stop();
  });

  const follow = (params: Partial<ListWatchParams<Resource>> = {}): ListWatch<Resource> => {
    const backoff = { next: () => 5, reset: () => undefined };
    const made = new ListWatch<Resource>({ client, kind, handler: seen, logger, backoff, ...params });
    running.push(made);
    made.start();
    return made;
  };

  it('hands over a long list in pages, with kind and version, then every change', async () => {
    for (let i = 0; i < 25; i++) api.put(configMap(`m${i}`));
    const watch = follow({ pageSize: 10 });
    await watch.whenSynced();
    expect(seen.objects.size).toBe(25);
    expect(seen.objects.get('m0')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(api.requests.filter(({ url }) => url.includes('limit=10'))).toHaveLength(3);
    await expect.poll(() => watch.state.phase).toBe('watching');
    api.put(configMap('m0', { key: 'new' }));
    api.remove(configMap('m1'));
    await expect.poll(() => [seen.objects.size, seen.objects.get('m0')?.['data']]).toEqual([24, { key: 'new' }]);
    expect(seen.lists).toBe(1);
  });

  it('reads everything at once when the first page is forgotten before the last is read', async () => {
    for (let i = 0; i < 6; i++) api.put(configMap(`m${i}`));
    api.refuse(/continue=/, 410, 1);
    await follow({ pageSize: 2 }).whenSynced();
    expect(seen.objects.size).toBe(6);
  });

  it('follows a selector: what it no longer chooses is gone', async () => {
    api.put(configMap('a', {}, { team: 'x' }));
    api.put(configMap('b'));
    const watch = follow({ labelSelector: 'team=x', namespace: 'shop' });
    await watch.whenSynced();
    expect(seen.names).toBe('a');
    api.put(configMap('b', {}, { team: 'x' }));
    await expect.poll(() => seen.names).toBe('a b');
    api.put(configMap('a'));
    await expect.poll(() => seen.names).toBe('b');
  });

  it('goes on where a broken connection ended, without a list', async () => {
    api.put(configMap('a'));
    const watch = follow();
    await expect.poll(() => api.watches).toBe(1);
    await watch.whenSynced();
    api.cut();
    api.put(configMap('b'));
    api.remove(configMap('a'));
    await expect.poll(() => seen.names).toBe('b');
    api.endWatches();
    api.put(configMap('c'));
    await expect.poll(() => seen.names).toBe('b c');
    expect(seen.lists).toBe(1);
  });

  it('goes on from the last bookmark', async () => {
    const watch = follow();
    await watch.whenSynced();
    await expect.poll(() => api.watches).toBe(1);
    api.bookmark();
    const revision = api.store.revision;
    await expect
      .poll(() => {
        api.endWatches();
        return api.requests.some(({ url }) => url.includes(`resourceVersion=${revision}&`));
      })
      .toBe(true);
    expect(seen.lists).toBe(1);
  });

  it('lists again when its state is forgotten: what went meanwhile is gone', async () => {
    api.put(configMap('a'));
    const watch = follow();
    await watch.whenSynced();
    await expect.poll(() => api.watches).toBe(1);
    await api.away();
    await expect.poll(() => watch.state.phase).toBe('waiting');
    expect(watch.synced).toBe(true);
    api.remove(configMap('a'));
    api.put(configMap('b'));
    api.store.compact();
    await api.back();
    await expect.poll(() => seen.names).toBe('b');
    await expect.poll(() => watch.state.phase).toBe('watching');
    expect(seen.lists).toBe(2);
  });

  it('lists again when the server was set back to an older state', async () => {
    const watch = follow();
    await watch.whenSynced();
    await expect.poll(() => api.watches).toBe(1);
    for (let i = 0; i < 20; i++) api.store.advance();
    api.bookmark();
    await api.stop();
    api = await FakeKubeApi.start(Number(new URL(api.url).port));
    api.put(configMap('restored'));
    await expect.poll(() => seen.names).toBe('restored');
  });

  it('reads no more while the handler is busy', async () => {
    const watch = follow();
    await watch.whenSynced();
    await expect.poll(() => api.watches).toBe(1);
    let open = (): void => undefined;
    seen.gate = new Promise((resolve) => (open = resolve));
    for (let i = 0; i < 50; i++) api.put(configMap(`m${i}`));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.sets).toBe(0);
    open();
    await expect.poll(() => seen.sets).toBe(50);
  });

  it('tells a handler that failed the same again', async () => {
    seen.failing = 2;
    api.put(configMap('a'));
    const watch = follow();
    await watch.whenSynced();
    expect(seen.names).toBe('a');
    await expect.poll(() => api.watches).toBe(1);
    seen.failing = 3;
    api.put(configMap('b'));
    api.put(configMap('c'));
    await expect.poll(() => seen.names).toBe('a b c');
  });

  it('says why it waits', async () => {
    const reasons: string[] = [];
    api.refuse(/configmaps/, 403, 2);
    const watch = follow({ onState: ({ phase, reason = '' }) => reasons.push(`${phase} ${reason}`) });
    await watch.whenSynced();
    expect(reasons.filter((each) => each.startsWith('waiting')).join()).toContain('refused with 403');
  });

  it('takes a kind that the server does not serve for empty, and a mere 404 for a failure', async () => {
    api.put(configMap('a'));
    const watch = follow();
    await expect.poll(() => api.watches).toBe(1);
    api.refuse(/watch=true/, 404, 2);
    api.endWatches();
    await expect.poll(() => api.requests.filter(({ url }) => url.includes('watch=true')).length).toBeGreaterThan(2);
    expect(seen.names).toBe('a');
    api.serve('configmaps', false);
    api.endWatches();
    await expect.poll(() => watch.state.phase).toBe('absent');
    expect(seen.names).toBe('');
  });

  it('takes a silent connection for dead', async () => {
    const watch = follow({ idleMs: 60 });
    await watch.whenSynced();
    await expect.poll(() => api.requests.filter(({ url }) => url.includes('watch=true')).length).toBeGreaterThan(2);
    expect(seen.lists).toBe(1);
  });

  it('calls nobody after it was stopped', async () => {
    const watch = follow();
    await watch.whenSynced();
    await watch.stop();
    api.put(configMap('late'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(seen.names).toBe('');
    await expect.poll(() => api.watches).toBe(0);
  });
});
