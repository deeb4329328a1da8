import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { resourceStoreConformance, sample, sampleKey, take, writeOne } from '@malla/store/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './database.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { PrismaStore, type PrismaStoreParams } from './prisma-store.ts';
import { AesSecretCipher, SecretKeyring } from './secret-cipher.ts';

const key = randomBytes(32);
let folder: string;
let server: EmbeddedPostgres;
let database: Database;
const open: PrismaStore[] = [];

async function openStore(meshId: string, params: Partial<PrismaStoreParams> = {}): Promise<PrismaStore> {
  const store = await PrismaStore.open({ database, meshId, cipher: new AesSecretCipher(key), ...params });
  open.push(store);
  return store;
}

let meshes = 0;
const freshMesh = (): string => `mesh-${++meshes}`;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-store-'));
  fs.chmodSync(folder, 0o755);
  server = await EmbeddedPostgres.open(folder);
  database = await openDatabase(server.url);
});

afterAll(async () => {
  await Promise.all(open.map((store) => store.close()));
  await database.close();
  await server.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

resourceStoreConformance('Postgres', { open: () => openStore(freshMesh()), close: async () => undefined });

describe('PrismaStore', () => {
  it('shows every change to the watchers of every replica in commit order, with 16 writers on two', async () => {
    const mesh = freshMesh();
    const replicas = [await openStore(mesh), await openStore(mesh)] as const;
    const watched = replicas.map((store) => take(store, 800, { fromRevision: 0 }));
    const began = performance.now();
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        const store = replicas[writer % 2] as PrismaStore;
        for (let i = 0; i < 50; i++) await writeOne(store, { type: 'create', object: sample(`w-${writer}-${i}`) });
      }),
    );
    console.log(`16 writers on two replicas: ${Math.round(800 / ((performance.now() - began) / 1000))} writes/s`);
    const wanted = Array.from({ length: 800 }, (_, i) => i + 1);
    for (const events of await Promise.all(watched)) {
      expect(events.map((event) => (event.type === 'change' ? event.change.revision : 0))).toEqual(wanted);
    }
  });

  it('seals the values of secrets in the state and in the log', async () => {
    const mesh = freshMesh();
    const store = await openStore(mesh);
    // kubectl apply keeps a copy of the whole object in an annotation.
    const copy = 'kubectl.kubernetes.io/last-applied-configuration';
    const annotations = { team: 'shop', [copy]: '{"data":{"password":"aHVudGVyMg=="}}' };
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tls', namespace: 'shop', annotations },
      type: 'Opaque',
      data: { password: 'aHVudGVyMg==' },
    };
    await writeOne(store, { type: 'create', object: secret });
    const rows = JSON.stringify([
      await database.prisma.resource.findMany({ where: { meshId: mesh }, select: { object: true } }),
      await database.prisma.revision.findMany({ where: { meshId: mesh }, select: { object: true } }),
    ]);
    expect(rows).toContain('aes256gcm.v1.');
    expect(rows).not.toContain('aHVudGVyMg');
    const read = await store.get({ group: '', kind: 'Secret', namespace: 'shop', name: 'tls' });
    expect(read?.object['data']).toEqual({ password: 'aHVudGVyMg==' });
    expect(read?.object.metadata.annotations).toEqual(annotations);
  });

  it('refuses another secret key', async () => {
    const mesh = freshMesh();
    await openStore(mesh);
    await expect(openStore(mesh, { cipher: new AesSecretCipher(randomBytes(32)) })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('replaces a key: the ring reads what older keys sealed, seals it anew, and then needs only the new one', async () => {
    const mesh = freshMesh();
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const data = { password: 'aHVudGVyMg==' };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'shop' }, data };
    const secretKey = { group: '', kind: 'Secret', namespace: 'shop', name: 's' };
    const first = await openStore(mesh, { cipher: new AesSecretCipher(older) });
    const { revision } = await writeOne(first, { type: 'create', object: secret });
    await writeOne(first, {
      type: 'replace',
      object: { ...secret, metadata: { ...secret.metadata, labels: { a: 'b' } } },
    });
    // A replica that knows both and still seals with the older one.
    const between = await openStore(mesh, { cipher: new SecretKeyring([older, newer]) });
    expect((await between.get(secretKey))?.object['data']).toEqual(data);
    await openStore(mesh, { cipher: new SecretKeyring([newer, older]) });
    await expect(openStore(mesh, { cipher: new AesSecretCipher(older) })).rejects.toMatchObject({ code: 'conflict' });
    const last = await openStore(mesh, { cipher: new AesSecretCipher(newer) });
    expect((await last.get(secretKey))?.object['data']).toEqual(data);
    expect((await last.getAt(secretKey, revision))?.object['data']).toEqual(data);
  });

  it('keeps meshes apart', async () => {
    const [one, two] = [await openStore(freshMesh()), await openStore(freshMesh())];
    await writeOne(one, { type: 'create', object: sample('a') });
    expect(await two.get(sampleKey('a'))).toBeUndefined();
    expect(await two.revision()).toBe(0);
  });

  it('refuses to resume from a revision that never was', async () => {
    const store = await openStore(freshMesh());
    await expect(take(store, 1, { fromRevision: 99 })).rejects.toMatchObject({ code: 'expired' });
  });

  it('keeps the others of a group when one batch cannot be stored', async () => {
    const store = await openStore(freshMesh());
    const bad = sample('bad\u0000name');
    const outcomes = await Promise.allSettled(
      [sample('a'), bad, sample('b')].map((object) => writeOne(store, { type: 'create', object })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('outlives its server: writes are refused as unavailable, then all goes on without a gap', async () => {
    const states: (string | undefined)[] = [];
    const store = await openStore(freshMesh(), {
      pollMs: 50,
      onAvailability: (failure) => states.push(failure?.code),
    });
    const watched = take(store, 2, { fromRevision: 0 });
    await writeOne(store, { type: 'create', object: sample('before') });
    await server.stop();
    await expect(writeOne(store, { type: 'create', object: sample('while-down') })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect.poll(() => states).toEqual(['unavailable']);
    await server.revive();
    await expect.poll(() => states).toEqual(['unavailable', undefined]);
    await writeOne(store, { type: 'create', object: sample('after') });
    expect(await watched).toMatchObject([
      { change: { key: { name: 'before' } } },
      { change: { key: { name: 'after' } } },
    ]);
  });
});
