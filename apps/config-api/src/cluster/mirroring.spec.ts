import { KubeClient } from '@malla/kube';
import { MallaError, type Resource } from '@malla/model';
import {
  keyOf,
  keyText,
  planWrite,
  ResourceMirror,
  type Change,
  type ResourceStore,
  type WriteBatch,
} from '@malla/store';
import { FakeKubeApi } from '@malla/testkit/kube';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Admission } from '../resources/admission.ts';
import { AnalysisIndex } from '../resources/analysis-index.ts';
import { Commits } from '../resources/commits.ts';
import { ResourceReads } from '../resources/resource-reads.ts';
import { ClusterMirror } from './cluster-mirror.ts';

const istio = 'networking.istio.io/v1';
const namespace = (name: string): Resource => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const virtualService = (within: string, version: number): Resource => ({
  apiVersion: istio,
  kind: 'VirtualService',
  metadata: { name: 'cart', namespace: within },
  spec: { hosts: [`v${version}`], http: [{ route: [{ destination: { host: 'cart' } }] }] },
});
const gateway = (within: string, credentialName: string): Resource => ({
  apiVersion: istio,
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: within },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [
      {
        port: { number: 443, name: 'https', protocol: 'HTTPS' },
        hosts: ['*'],
        tls: { mode: 'SIMPLE', credentialName },
      },
    ],
  },
});
const secret = (name: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'istio-system' },
  data: { key: 'c2VjcmV0' },
});

/** A store in memory whose database is sometimes out of reach. */
class MemoryStore {
  readonly mirror = new ResourceMirror();
  failures = 0;

  constructor() {
    this.mirror.apply({ type: 'synced', revision: 0 });
  }

  revision(): Promise<number> {
    return Promise.resolve(this.mirror.revision);
  }

  write(batch: WriteBatch): Promise<readonly Change[]> {
    if (this.failures > 0) {
      this.failures--;
      return Promise.reject(new MallaError('unavailable', 'the database is out of reach'));
    }
    const { mirror } = this;
    try {
      const changes = planWrite({ batch, state: mirror, revision: mirror.revision, time: '2026-01-01T00:00:00Z' });
      for (const change of changes) mirror.apply({ type: 'change', change });
      return Promise.resolve(changes);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
}

/** Something that happens in the cluster or on the way. */
type Step = (api: FakeKubeApi, store: MemoryStore) => void;

const puts =
  (object: Resource): Step =>
  (api) =>
    void api.put(object);
const removes =
  (object: Resource): Step =>
  (api) => {
    if (api.find(object) !== undefined) api.remove(object);
  };
const within = fc.constantFrom('shop', 'istio-system');
const object = fc.oneof(
  fc.tuple(within, fc.nat(3)).map(([where, version]) => virtualService(where, version)),
  fc.tuple(within, fc.constantFrom('a', 'b')).map(([where, name]) => gateway(where, name)),
  fc.constantFrom('a', 'b').map(secret),
  within.map(namespace),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: object.map(puts) },
  { weight: 3, arbitrary: object.map(removes) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>(
      (api) => api.cut(),
      (api) => api.endWatches(),
      (api) => api.store.compact(),
      (_, store) => void (store.failures = 2),
    ),
  },
);

const collections = [
  { group: '', kind: 'Namespace', plural: 'namespaces' },
  { group: '', kind: 'Secret', plural: 'secrets' },
  { group: 'networking.istio.io', kind: 'Gateway', plural: 'gateways' },
  { group: 'networking.istio.io', kind: 'VirtualService', plural: 'virtualservices' },
];

/** What the store is to hold: all that is in a namespace which is there, and of Secrets those that a Gateway names. */
function wanted(api: FakeKubeApi): Record<string, unknown> {
  const all = collections.flatMap((each) => api.store.list(each));
  const named = new Set(
    all
      .flatMap(({ kind, spec }) =>
        kind === 'Gateway' ? (spec as { servers: { tls: { credentialName: string } }[] }).servers : [],
      )
      .map(({ tls }) => tls.credentialName),
  );
  const there = (name: string | undefined): boolean => name === undefined || api.find(namespace(name)) !== undefined;
  const kept = all.filter(
    ({ kind, metadata }) => there(metadata.namespace) && (kind !== 'Secret' || named.has(metadata.name)),
  );
  return Object.fromEntries(kept.map((each) => [keyText(keyOf(each)), each['spec'] ?? each['data']]));
}

function stored({ mirror }: MemoryStore): Record<string, unknown> {
  const all = collections.flatMap(({ group, kind }) => mirror.list({ group, kind }).resources);
  return Object.fromEntries(all.map(({ key, object: each }) => [keyText(key), each['spec'] ?? each['data']]));
}

describe('the mirror of a cluster', () => {
  let api: FakeKubeApi;
  let client: KubeClient;
  let store: MemoryStore;
  let mirror: ClusterMirror;

  beforeAll(async () => {
    api = await FakeKubeApi.start();
    for (const name of ['default', 'istio-system', 'shop']) api.put(namespace(name));
    client = new KubeClient({
      server: api.url,
      namespace: 'default',
      credentials: () => Promise.resolve({ tls: { verify: true }, authorization: `Bearer ${api.callerToken}` }),
      refused: () => undefined,
    });
    store = new MemoryStore();
    const port = store as unknown as ResourceStore;
    const reads = new ResourceReads({ store: port, mirror: store.mirror, isAvailable: () => true });
    let ids = 0;
    mirror = new ClusterMirror({
      client,
      rootNamespace: 'istio-system',
      secretNamespaces: ['istio-system'],
      reads,
      commits: new Commits(port, reads),
      admission: new Admission(new AnalysisIndex('cluster.local', Date.now)),
      newId: () => String(ids++),
      logger: pino({ level: 'silent' }),
      onState: () => undefined,
    });
    mirror.start();
  });

  afterAll(async () => {
    await mirror?.stop();
    await client?.close();
    await api?.stop();
  });

  it('takes again what came before its namespace was made anew', async () => {
    api.put(virtualService('shop', 1));
    await expect.poll(() => stored(store)).toEqual(wanted(api));
    api.remove(namespace('shop'));
    await expect.poll(() => stored(store)).toEqual(wanted(api));
    api.put(namespace('shop'));
    await expect.poll(() => stored(store)).toEqual(wanted(api));
  });

  it('comes to what is there, whatever happens in which order on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        for (const each of steps) each(api, store);
        // A protected namespace stays in the store without the cluster.
        if (api.find(namespace('istio-system')) === undefined) api.put(namespace('istio-system'));
        await expect.poll(() => stored(store)).toEqual(wanted(api));
      }),
      { numRuns: 25 },
    );
  });
});
