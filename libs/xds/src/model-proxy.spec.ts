import { create, fromBinary } from '@bufbuild/protobuf';
import { typeUrls, type EncodedResource } from '@malla/protos';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { clusterResource, endpointsResource, listenerResource, resourceSet, routesResource } from '@malla/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeltaSession } from './delta-session.ts';
import { referencesOf } from './references.ts';
import { resourcesOf, type ResourceSet } from './resource-set.ts';
import type { XdsResponse } from './session.ts';
import { SotwSession } from './sotw-session.ts';

const { cluster, endpoint, listener, route } = typeUrls;
const all = [cluster, endpoint, listener, route] as const;

/** A tag that the model proxy refuses. */
const bad = 'bad';

/** What one service of a random mesh looks like. */
interface ServiceState {
  readonly clusterTag: string;
  readonly endpointsTag: string;
  readonly routeTag: string;
  /** Which cluster the service's routes go to: its own, or that of another service that exists. */
  readonly to: number;
}

/** A mesh: at each position a service, or none. Every reference is to something that exists. */
type Mesh = readonly (ServiceState | undefined)[];

const tag = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('1', '2', '3') },
  { weight: 1, arbitrary: fc.constant(bad) },
);
const service = fc.record({ clusterTag: tag, endpointsTag: fc.constantFrom('1', '2'), routeTag: tag, to: fc.nat(3) });
const mesh: fc.Arbitrary<Mesh> = fc.array(fc.option(service, { nil: undefined }), { minLength: 4, maxLength: 4 });

function resourcesOfMesh(services: Mesh): ResourceSet {
  return resourceSet(
    ...services.flatMap((state, i): EncodedResource[] => {
      if (!state) return [];
      const to = services[state.to] ? state.to : i;
      return [
        clusterResource(`c${i}.`, state.clusterTag),
        endpointsResource(`c${i}.`, state.endpointsTag),
        listenerResource(`l${i}.`, `r${i}.`),
        routesResource(`r${i}.`, `c${to}.`, state.routeTag),
      ];
    }),
  );
}

type Step =
  { readonly kind: 'update'; readonly mesh: Mesh } | { readonly kind: 'work' } | { readonly kind: 'reconnect' };
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: mesh.map((services) => ({ kind: 'update' as const, mesh: services })) },
    { weight: 8, arbitrary: fc.constant({ kind: 'work' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reconnect' as const }) },
  ),
  { maxLength: 40 },
);

/** A decoded resource, as the proxy has it. */
interface Held {
  readonly version: string;
  readonly resource: EncodedResource;
}

/**
 * A proxy as Envoy is one: asks for endpoints and routes of what it accepted, acknowledges clusters when they are warm, refuses whole
 * responses. It fails the test at once when something is taken away that its routes use.
 */
abstract class ModelProxy {
  readonly has = new Map<string, Map<string, Held>>(all.map((typeUrl) => [typeUrl, new Map()]));
  /** Responses that are on the way. */
  queue: XdsResponse[] = [];
  /** Clusters that wait for endpoints. */
  readonly warming = new Set<string>();
  /** Versions that it refused on this stream. */
  readonly refused = new Set<string>();
  /** It has been in step on this stream, so the server knows all that it has. */
  settled = true;
  target: ResourceSet = new Map();
  #deferred: XdsResponse[] = [];
  /** Clusters that came since their endpoints did. */
  readonly #maybeRenewed = new Set<string>();
  /** Routes that never led anywhere, because the first cluster that they name was refused. */
  readonly #newborn = new Set<string>();
  #asked = new Set<string>();

  abstract readonly session: Pick<DeltaSession, 'state' | 'delivery'>;
  abstract update(): readonly XdsResponse[];
  protected abstract open(typeUrl: string): readonly XdsResponse[];
  protected abstract answer(response: XdsResponse, refusal?: string): readonly XdsResponse[];
  protected abstract subscribe(typeUrl: string, names: readonly string[]): readonly XdsResponse[];
  protected abstract newSession(): void;
  protected abstract decode(response: XdsResponse): { resources: EncodedResource[]; removed: string[] };

  set(resources: ResourceSet): void {
    this.target = resources;
    const wanted = wantedKeys(resources);
    for (const key of this.refused) if (!wanted.has(key)) this.refused.delete(key);
    this.queue.push(...this.update());
  }

  connect(): void {
    this.queue = [];
    this.#deferred = [];
    this.#asked = new Set();
    this.refused.clear();
    this.newSession();
    this.update();
    // The answer that they waited for may be lost. Envoy gives up after 15 s and takes the endpoints that it has.
    for (const name of this.warming) if (this.of(endpoint).has(name)) this.warming.delete(name);
    const fresh = this.of(cluster).size === 0;
    this.#ask(cluster);
    if (fresh) return;
    for (const typeUrl of [endpoint, listener, route]) this.#ask(typeUrl);
  }

  /** Takes the next response; false when there is none. */
  work(): boolean {
    const response = this.queue.shift();
    if (!response) return false;
    const { resources, removed } = this.decode(response);
    if (response.typeUrl === cluster) for (const { name } of resources) this.#maybeRenewed.add(name);
    const wrong = resources.filter((resource) => isBad(resource));
    if (wrong.length > 0) {
      this.#refuse(response, wrong);
      return true;
    }
    this.#checkNews(response, resources);
    const held = this.of(response.typeUrl);
    for (const name of removed) held.delete(name);
    // A cluster whose endpoints do not exist is warm, and empty.
    if (response.typeUrl === endpoint) for (const name of removed) this.warming.delete(name);
    for (const resource of resources) this.#accept(resource);
    this.took(response);
    this.checkReferences(removed.length > 0);
    this.#followUp(response.typeUrl);
    if (response.typeUrl === cluster && this.warming.size > 0) this.#deferred.push(response);
    else this.queue.push(...this.answer(response));
    if (this.warming.size === 0) for (const late of this.#deferred.splice(0)) this.queue.push(...this.answer(late));
    // Like Envoy: listeners are asked for when the first clusters are warm.
    if (this.warming.size === 0) this.#ask(listener);
    return true;
  }

  of(typeUrl: string): Map<string, Held> {
    return this.has.get(typeUrl) as Map<string, Held>;
  }

  /** Names that it asks for: what clusters and listeners refer to. */
  protected wanted(typeUrl: string): string[] {
    if (typeUrl !== endpoint && typeUrl !== route) return [];
    const referring = this.of(typeUrl === endpoint ? cluster : listener);
    return [...new Set([...referring.values()].flatMap(({ resource }) => referencesOf(resource).map((r) => r.name)))];
  }

  #ask(typeUrl: string): void {
    if (this.#asked.has(typeUrl)) return;
    this.#asked.add(typeUrl);
    this.queue.push(...this.open(typeUrl));
  }

  #accept(resource: EncodedResource): void {
    if (resource.typeUrl === route) {
      const nowhere = !this.of(cluster).has(targetOf(resource));
      if (!nowhere) this.#newborn.delete(resource.name);
      else if (!this.of(route).has(resource.name)) this.#newborn.add(resource.name);
    }
    const unchanged = this.of(resource.typeUrl).get(resource.name)?.version === resource.version;
    this.of(resource.typeUrl).set(resource.name, { version: resource.version, resource });
    if (resource.typeUrl === cluster && !unchanged) this.warming.add(resource.name);
    if (resource.typeUrl === endpoint) this.warming.delete(resource.name);
  }

  #refuse(response: XdsResponse, wrong: readonly EncodedResource[]): void {
    for (const key of wrong.map(keyOf)) {
      expect(this.refused.has(key), `${key} is sent again though it was refused`).toBe(false);
      if (wantedKeys(this.target).has(key)) this.refused.add(key);
    }
    this.queue.push(...this.answer(response, `refused: ${wrong.map((r) => r.name).join(', ')}: bad`));
  }

  /** Nothing that is here comes again, but endpoints of clusters that did (refused or not). */
  #checkNews({ typeUrl }: XdsResponse, resources: readonly EncodedResource[]): void {
    if (!this.checksNews(typeUrl)) return;
    for (const { name, version } of resources) {
      if (typeUrl === endpoint && this.#maybeRenewed.delete(name)) continue;
      expect(this.of(typeUrl).get(name)?.version, `${typeUrl} ${name} is sent again`).not.toBe(version);
    }
  }

  /** It accepted a response, though the acknowledgement may have to wait. */
  protected took(_response: XdsResponse): void {}

  protected abstract checksNews(typeUrl: string): boolean;

  /** Every route leads to a warm cluster. */
  checkReferences(afterRemoval: boolean): void {
    if (!this.settled) return;
    for (const { resource } of this.of(route).values()) {
      const name = targetOf(resource);
      if (this.#newborn.has(resource.name)) continue;
      expect(this.of(cluster).has(name), `${resource.name} leads to ${name}, which is gone`).toBe(true);
      if (!afterRemoval)
        expect(this.of(endpoint).has(name), `${resource.name} leads to ${name}, which is cold`).toBe(true);
    }
  }

  /** Asks for what newly accepted resources refer to, and drops what nothing refers to. */
  #followUp(typeUrl: string): void {
    if (typeUrl !== cluster && typeUrl !== listener) return;
    const referred = typeUrl === cluster ? endpoint : route;
    const wanted = new Set(this.wanted(referred));
    for (const name of this.of(referred).keys()) if (!wanted.has(name)) this.of(referred).delete(name);
    for (const name of this.warming) if (!this.of(cluster).has(name)) this.warming.delete(name);
    this.#asked.add(referred);
    this.queue.push(...this.subscribe(referred, [...wanted]));
  }
}

class DeltaProxy extends ModelProxy {
  session!: DeltaSession;
  #nonce = 0;
  readonly #names = new Map<string, Set<string>>();

  update() {
    return this.session.update(this.target);
  }

  protected newSession(): void {
    this.#names.clear();
    this.session = new DeltaSession({ nonce: () => String(++this.#nonce), now: () => 0, maxResponseBytes: 200 });
  }

  protected open(typeUrl: string) {
    const held = [...this.of(typeUrl)].map(([name, { version }]) => [name, version] as const);
    const names = this.wanted(typeUrl);
    this.#names.set(typeUrl, new Set(names));
    return this.#send({ typeUrl, resourceNamesSubscribe: names, initialResourceVersions: Object.fromEntries(held) });
  }

  protected answer({ typeUrl, nonce }: XdsResponse, refusal?: string) {
    return this.#send({ typeUrl, responseNonce: nonce, ...(refusal && { errorDetail: { message: refusal } }) });
  }

  protected subscribe(typeUrl: string, names: readonly string[]) {
    const before = this.#names.get(typeUrl) ?? new Set();
    this.#names.set(typeUrl, new Set(names));
    const resourceNamesSubscribe = names.filter((name) => !before.has(name));
    const resourceNamesUnsubscribe = [...before].filter((name) => !names.includes(name));
    if (resourceNamesSubscribe.length + resourceNamesUnsubscribe.length === 0) return [];
    return this.#send({ typeUrl, resourceNamesSubscribe, resourceNamesUnsubscribe });
  }

  protected decode({ bytes, typeUrl }: XdsResponse) {
    const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const names = this.#names.get(typeUrl);
    const wanted = (name: string) => (typeUrl !== endpoint && typeUrl !== route) || names?.has(name);
    return {
      // What was unsubscribed meanwhile is dropped, as Envoy does.
      resources: response.resources
        .filter(({ name }) => wanted(name))
        .map(({ name, version, resource }) => ({ name, version, typeUrl, any: resource }) as EncodedResource),
      removed: response.removedResources,
    };
  }

  protected checksNews(): boolean {
    return true;
  }

  #send(request: Parameters<typeof create<typeof DeltaDiscoveryRequestSchema>>[1]) {
    return this.session.receive(create(DeltaDiscoveryRequestSchema, request));
  }
}

class SotwProxy extends ModelProxy {
  session!: SotwSession;
  #nonce = 0;
  readonly #last = new Map<string, { nonce: string; version: string; names: readonly string[] }>();

  update() {
    return this.session.update(this.target);
  }

  protected newSession(): void {
    for (const [typeUrl, last] of this.#last) this.#last.set(typeUrl, { ...last, nonce: '' });
    this.session = new SotwSession({ nonce: () => String(++this.#nonce), now: () => 0 });
  }

  protected open(typeUrl: string) {
    const names = this.wanted(typeUrl);
    return this.#send(typeUrl, { names, nonce: '' });
  }

  protected answer({ typeUrl, nonce }: XdsResponse, refusal?: string) {
    return this.#send(typeUrl, { nonce }, refusal);
  }

  protected override took({ typeUrl, bytes }: XdsResponse): void {
    const last = { nonce: '', names: [], ...this.#last.get(typeUrl) };
    this.#last.set(typeUrl, { ...last, version: fromBinary(DiscoveryResponseSchema, bytes).versionInfo });
  }

  protected subscribe(typeUrl: string, names: readonly string[]) {
    const before = this.#last.get(typeUrl)?.names ?? [];
    if ([...before].sort().join() === [...names].sort().join()) return [];
    return this.#send(typeUrl, { names });
  }

  protected decode({ bytes, typeUrl, removed }: XdsResponse) {
    const response = fromBinary(DiscoveryResponseSchema, bytes);
    const sent = new Map(
      [...this.target, ...this.#known]
        .map(([, byName]) => byName)
        .flatMap((byName) => [...byName.values()])
        .map((r) => [bytesKey(r.any.value), r] as const),
    );
    const resources = response.resources.map((any) => sent.get(bytesKey(any.value)) as EncodedResource);
    const whole = typeUrl === cluster || typeUrl === listener;
    const names = new Set(resources.map((r) => r.name));
    const gone = whole ? [...this.of(typeUrl).keys()].filter((name) => !names.has(name)) : [];
    expect(gone.every((name) => !this.settled || removed.includes(name))).toBe(true);
    const wanted = this.#last.get(typeUrl)?.names;
    return { resources: whole ? resources : resources.filter((r) => wanted?.includes(r.name)), removed: gone };
  }

  /** Everything that was ever a target, to tell names by bytes. */
  readonly #known = new Map<string, Map<string, EncodedResource>>();

  override set(resources: ResourceSet): void {
    for (const byName of resources.values()) {
      for (const resource of byName.values()) this.#known.set(bytesKey(resource.any.value), new Map([['', resource]]));
    }
    super.set(resources);
  }

  protected checksNews(typeUrl: string): boolean {
    return this.settled && typeUrl !== cluster && typeUrl !== listener;
  }

  #send(typeUrl: string, change: { nonce?: string; version?: string; names?: readonly string[] }, refusal?: string) {
    const last = { nonce: '', version: '', names: [], ...this.#last.get(typeUrl), ...change };
    this.#last.set(typeUrl, last);
    const request = {
      typeUrl,
      versionInfo: last.version,
      responseNonce: last.nonce,
      resourceNames: [...last.names],
      ...(refusal && { errorDetail: { message: refusal } }),
    };
    return this.session.receive(create(DiscoveryRequestSchema, request));
  }
}

function bytesKey(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function wantedKeys(resources: ResourceSet): ReadonlySet<string> {
  return new Set([...resources.values()].flatMap((byName) => [...byName.values()].map(keyOf)));
}

function keyOf({ typeUrl, name, version }: EncodedResource): string {
  return `${typeUrl} ${name} ${version}`;
}

function isBad({ typeUrl, any }: EncodedResource): boolean {
  return (typeUrl === cluster || typeUrl === route) && Buffer.from(any.value).includes(bad);
}

function targetOf(resource: EncodedResource): string {
  const config = fromBinary(RouteConfigurationSchema, resource.any.value);
  const action = config.virtualHosts[0]?.routes[0]?.action;
  return action?.case === 'route' ? String(action.value.clusterSpecifier.value) : '';
}

function drain(proxy: ModelProxy): void {
  for (let i = 0; proxy.work(); i++) expect(i, 'the exchange ends').toBeLessThan(500);
}

/** The target without what the proxy refuses, as far as that can be said: names of refused resources are left out. */
function comparable(proxy: ModelProxy): { has: string[]; should: string[] } {
  const key = (typeUrl: string, name: string, version: string) => `${typeUrl} ${name} ${version}`;
  const refused = (typeUrl: string, name: string) => {
    const resource = resourcesOf(proxy.target, typeUrl).get(name);
    return resource !== undefined && isBad(resource);
  };
  const has = all.flatMap((typeUrl) =>
    [...proxy.of(typeUrl)]
      .filter(([name]) => !refused(typeUrl, name))
      .map(([name, { version }]) => key(typeUrl, name, version)),
  );
  const should = all.flatMap((typeUrl) =>
    [...resourcesOf(proxy.target, typeUrl).values()]
      .filter((resource) => !isBad(resource))
      .map(({ name, version }) => key(typeUrl, name, version)),
  );
  return { has: has.sort(), should: should.sort() };
}

function anyBad(resources: ResourceSet): boolean {
  return [...resources.values()].some((byName) => [...byName.values()].some(isBad));
}

describe.each([
  ['delta', () => new DeltaProxy()],
  ['state of the world', () => new SotwProxy()],
] as const)('a model proxy over %s', (variant, make) => {
  it('converges, keeps what it refused, and never loses what its routes use', () => {
    fc.assert(
      fc.property(mesh, steps, mesh, (firstMesh, actions, lastMesh) => {
        const proxy = make();
        proxy.target = resourcesOfMesh(firstMesh);
        proxy.connect();
        proxy.set(resourcesOfMesh(firstMesh));
        for (const action of actions) {
          if (action.kind === 'update') proxy.set(resourcesOfMesh(action.mesh));
          else if (action.kind === 'work') proxy.work();
          else {
            // After a reconnect a state-of-the-world server cannot know what the client has, unless it is the target.
            if (variant !== 'delta') proxy.settled = false;
            proxy.connect();
          }
        }
        proxy.set(resourcesOfMesh(lastMesh));
        drain(proxy);
        if (anyBad(proxy.target)) return;
        const { has, should } = comparable(proxy);
        expect(has).toEqual(should);
        expect(proxy.session.state).toBe('idle');
        for (const delivery of proxy.session.delivery().values()) {
          expect(delivery.ackedVersion).toBe(delivery.wantedVersion);
          expect(delivery.sentVersion).toBe(delivery.wantedVersion);
          expect(delivery.nack).toBeUndefined();
        }
      }),
      { numRuns: Number(process.env['MALLA_RUNS'] ?? 250) },
    );
  });

  it('is sent nothing when it comes back and nothing changed', () => {
    fc.assert(
      fc.property(mesh, (services) => {
        const proxy = make();
        const target = resourcesOfMesh(services);
        fc.pre(!anyBad(target) && resourcesOf(target, cluster).size > 0);
        proxy.target = target;
        proxy.connect();
        proxy.set(target);
        drain(proxy);
        proxy.connect();
        expect(proxy.queue).toEqual([]);
      }),
    );
  });
});
