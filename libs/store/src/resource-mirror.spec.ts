import { describe, expect, it } from 'vitest';
import { keyOf } from './resource-key.ts';
import { ResourceMirror } from './resource-mirror.ts';
import type { WatchEvent } from './resource-store.ts';

const object = (name: string) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' } });
const initial = (name: string, revision: number): WatchEvent => ({
  type: 'initial',
  resource: { key: keyOf(object(name)), revision, object: object(name) },
});
const names = (mirror: ResourceMirror) => mirror.list({}).resources.map(({ key }) => key.name);

describe('ResourceMirror', () => {
  it('wakes those who wait for a revision, and only them', async () => {
    const mirror = new ResourceMirror();
    const woken: number[] = [];
    for (const revision of [0, 5, 9]) void mirror.reached(revision).then(() => woken.push(revision));
    mirror.apply(initial('a', 4));
    await Promise.resolve();
    expect(woken).toEqual([]);
    mirror.apply({ type: 'synced', revision: 5 });
    await mirror.reached(5);
    expect(woken).toEqual([0, 5]);
    await expect(mirror.reached(9, AbortSignal.timeout(5))).rejects.toThrow();
  });

  it('shows the old state until a new one is complete', () => {
    const mirror = new ResourceMirror();
    mirror.apply(initial('old', 1));
    mirror.apply({ type: 'synced', revision: 1 });
    mirror.restart();
    mirror.apply(initial('new', 7));
    expect(names(mirror)).toEqual(['old']);
    mirror.apply({ type: 'synced', revision: 8 });
    expect([names(mirror), mirror.revision]).toEqual([['new'], 8]);
  });
});
