import { SettableIdentity } from '@malla/grpc';
import { WatchEvent_Type as Type } from '@malla/protos/gen/malla/config/v1/config_pb';
import { formatWorkloadId } from '@malla/spiffe';
import { TestPki } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh, virtualService, virtualServices } from '../test/running-config-api.ts';

let mesh: TestMesh;
let replicas: readonly [RunningConfigApi, RunningConfigApi];

beforeAll(async () => {
  mesh = await TestMesh.create();
  replicas = await Promise.all([RunningConfigApi.start(mesh, 'one'), RunningConfigApi.start(mesh, 'two')]);
});

afterAll(() => mesh?.remove());

const writers = 16;
const writesEach = 12;

/** Revisions of a REST watch of all VirtualServices, until so many have come. */
async function watchRest(replica: RunningConfigApi, from: number, count: number): Promise<number[]> {
  const stop = new AbortController();
  const revisions: number[] = [];
  const path = `/apis/networking.istio.io/v1/virtualservices?watch=1&resourceVersion=${from}`;
  for await (const { object } of replica.rest.watch(path, stop.signal)) {
    revisions.push(Number(object.metadata.resourceVersion));
    if (revisions.length === count) break;
  }
  stop.abort();
  return revisions;
}

/** As {@link watchRest}, over gRPC, broken off and resumed after each third of the way. */
async function watchGrpc(replica: RunningConfigApi, from: number, count: number): Promise<number[]> {
  const client = await replica.client();
  const revisions: number[] = [];
  while (revisions.length < count) {
    const fromRevision = BigInt(revisions.at(-1) ?? from);
    const pause = revisions.length + Math.ceil(count / 3);
    for await (const event of client.watch({ kinds: ['VirtualService'], fromRevision })) {
      if (event.resource !== undefined) revisions.push(Number(event.revision));
      if (revisions.length === count || revisions.length === pause) break;
    }
  }
  return revisions;
}

describe('two replicas and sixteen writers', () => {
  it('no watcher, on any replica, by REST or gRPC, misses a revision or sees one out of order', async () => {
    const from = Number((await replicas[0].rest.get(virtualServices)).body.metadata.resourceVersion);
    const count = writers * writesEach;
    const watchers = replicas.flatMap((replica) => [watchRest(replica, from, count), watchGrpc(replica, from, count)]);
    const acknowledged = await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const { rest } = replicas[writer % 2] as RunningConfigApi;
        const revisions: number[] = [];
        for (let i = 0; i < writesEach; i++) {
          const answer =
            i === 0
              ? await rest.post(virtualServices, virtualService(`w${writer}`))
              : await rest.put(`${virtualServices}/w${writer}`, virtualService(`w${writer}`, { weight: i }));
          revisions.push(Number(answer.body.metadata.resourceVersion));
        }
        return revisions;
      }),
    );
    const wanted = acknowledged.flat().sort((a, b) => a - b);
    // Events that tell of warnings take revisions of their own in between.
    expect(new Set(wanted).size).toBe(count);
    expect(wanted[0]).toBeGreaterThan(from);
    for (const seen of await Promise.all(watchers)) expect(seen).toEqual(wanted);
  });

  it('a read on one replica sees what the other has acknowledged', async () => {
    for (let i = 0; i < 20; i++) {
      const [writer, reader] = i % 2 === 0 ? replicas : [replicas[1], replicas[0]];
      await writer.rest.post(virtualServices, virtualService(`seen-${i}`));
      expect((await reader.rest.get(`${virtualServices}/seen-${i}`)).status).toBe(200);
    }
  });
});

describe('the ConfigService', () => {
  it('gives discovery everything: state, SYNCED, changes with their change id, bookmarks', async () => {
    const client = await replicas[0].client();
    const before = await replicas[0].rest.post(virtualServices, virtualService('known'));
    const seen: string[] = [];
    const key = { group: 'networking.istio.io', kind: 'VirtualService', namespace: 'default', name: 'known' };
    for await (const event of client.watch({})) {
      seen.push(Type[event.type] as string);
      if (event.type === Type.SYNCED) await replicas[1].rest.call('DELETE', `${virtualServices}/known`);
      if (event.type === Type.DELETED) {
        expect(event.resource?.key).toMatchObject(key);
        expect(event.changeId).not.toBe('');
        break;
      }
    }
    expect(seen.slice(-2)).toEqual(['SYNCED', 'DELETED']);
    expect(new Set(seen.slice(0, -2))).toEqual(new Set(['ADDED']));
    const history = await client.history({ key });
    expect(history.entries.map(({ operation }) => operation)).toEqual(['deleted', 'created']);
    expect(Number(history.entries[1]?.revision)).toBe(Number(before.body.metadata.resourceVersion));
    await expect(client.get({ key })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lists in pages, and refuses what is wrong', async () => {
    const client = await replicas[0].client();
    const first = await client.list({ group: 'networking.istio.io', kind: 'VirtualService', limit: 5 });
    const rest = await client.list({
      group: 'networking.istio.io',
      kind: 'VirtualService',
      continueToken: first.continueToken,
    });
    expect(first.resources).toHaveLength(5);
    expect(rest.revision).toBe(first.revision);
    const watch = client.watch({ fromRevision: 999_999n })[Symbol.asyncIterator]();
    await watch.next();
    await expect(watch.next()).rejects.toMatchObject({ code: 'expired' });
    await expect(client.get({})).rejects.toMatchObject({ code: 'invalid' });
  });

  it('lets discovery only read, workloads nothing, and holders of tokens what their grants say', async () => {
    const object = Buffer.from(JSON.stringify(virtualService('by-grpc')));
    await expect((await replicas[0].client()).create({ json: object })).rejects.toMatchObject({
      code: 'permission_denied',
    });
    const admin = { metadata: { authorization: `Bearer ${mesh.adminToken('one')}` } };
    const client = await replicas[0].client();
    expect((await client.apply({ json: object }, admin)).key?.name).toBe('by-grpc');
    await expect(client.create({ json: object }, admin)).rejects.toMatchObject({ code: 'already_exists' });
    await expect(client.apply({ json: Buffer.from('{"kind":1}') }, admin)).rejects.toMatchObject({ code: 'invalid' });
    const bad = { metadata: { authorization: 'Bearer malla_wrong' } };
    await expect(client.list({}, bad)).rejects.toMatchObject({ code: 'unauthenticated' });
    const trail = (await replicas[0].rest.get('/apis/malla.io/v1/audit')).body.items;
    const write = { resource: 'virtualservices.networking.istio.io', name: 'by-grpc' };
    expect(trail).toContainEqual(expect.objectContaining({ ...write, subject: 'admin', verb: 'update', code: 200 }));
    expect(trail).toContainEqual(
      expect.objectContaining({
        ...write,
        verb: 'create',
        code: 403,
        subject: expect.stringContaining('/sa/discovery'),
      }),
    );
    const telemetry = await replicas[0].client(await mesh.authority.identityOf('policy-telemetry'));
    await expect(telemetry.list({})).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('knows nobody whose certificate is of another mesh', async () => {
    const pki = await TestPki.create();
    const spiffeId = formatWorkloadId({
      trustDomain: 'cluster.local',
      namespace: 'malla-system',
      serviceAccount: 'discovery',
    });
    const { chainPem, keyPem } = await pki.issue(spiffeId);
    const stranger = new SettableIdentity({
      spiffeId,
      certificateChain: chainPem,
      privateKey: keyPem,
      roots: mesh.authority.rootPem,
      notAfter: Date.now() + 60_000,
    });
    const client = await replicas[0].client(stranger);
    await expect(client.list({})).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('the shared Postgres', () => {
  it('stays for the replica that remains', async () => {
    await replicas[0].close();
    expect((await replicas[1].rest.post(virtualServices, virtualService('alone'))).status).toBe(201);
    await replicas[1].close();
  });
});
