import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import { createLogger } from '@malla/observability';
import { encodeResource, typeUrls } from '@malla/protos';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { TemporaryFolder } from '@malla/testkit';
import type { ResourceSet } from '@malla/xds';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheFile } from './cache-file.ts';
import { decodeCache, encodeCache } from './cache-format.ts';

let folder: TemporaryFolder;
const resource = encodeResource(ClusterSchema, 'a', create(ClusterSchema, { name: 'a' }));
const resources: ResourceSet = new Map([[typeUrls.cluster, new Map([['a', resource]])]]);

beforeEach(() => (folder = new TemporaryFolder()));
afterEach(() => folder[Symbol.dispose]());

function cache(proxy = 'p'): CacheFile {
  return new CacheFile({
    folder: folder.join('cache'),
    proxy,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
}

async function saved(): Promise<string> {
  const file = cache();
  await file.load();
  file.save(resources);
  await file.flush();
  return folder.join('cache', 'configuration.cache');
}

describe('CacheFile', () => {
  it('gives back what was saved, to this proxy and this user only', async () => {
    const path = await saved();
    expect(await cache().load()).toEqual(resources);
    expect(await cache('another').load()).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder.join('cache', 'cache.key')).mode & 0o777).toBe(0o600);
  });

  it('keeps a type of which nothing new is known', async () => {
    const path = await saved();
    const file = cache();
    await file.load();
    file.save(new Map([[typeUrls.listener, new Map()]]));
    await file.flush();
    expect(readFileSync(path, 'utf8')).toContain(typeUrls.cluster);
    expect((await cache().load())?.has(typeUrls.listener)).toBe(true);
  });

  it('ignores a file that was changed, cut short or signed with another key', async () => {
    const path = await saved();
    const good = readFileSync(path);
    writeFileSync(path, Buffer.concat([good.subarray(0, -4), Buffer.from(']}}}')]));
    expect(await cache().load()).toBeUndefined();
    writeFileSync(path, good.subarray(0, good.length / 2));
    expect(await cache().load()).toBeUndefined();
    writeFileSync(path, good);
    writeFileSync(folder.join('cache', 'cache.key'), Buffer.alloc(32));
    expect(await cache().load()).toBeUndefined();
  });
});

describe('decodeCache', () => {
  it('refuses every single changed byte', () => {
    const key = Buffer.alloc(32, 1);
    const text = encodeCache(resources, 'p', key);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 33, max: 126 }), (at, code) => {
        const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        const same = changed.toLowerCase() === text.toLowerCase() && at < 64;
        expect(decodeCache(changed, 'p', key).ok).toBe(changed === text || same);
      }),
    );
  });
});
