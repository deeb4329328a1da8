import assert from 'node:assert/strict';
import { fromBinary } from '@bufbuild/protobuf';
import { typeUrls, type EncodedResource } from '@malla/protos';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { referencesOf, resourcesOf, type ResourceSet, type XdsResponse, type XdsSession } from '@malla/xds';
import { isBad } from './model-mesh.ts';

const { cluster, endpoint, listener, route } = typeUrls;
const all = [cluster, endpoint, listener, route] as const;

/** A decoded resource, as the proxy has it. */
export interface Held {
  readonly version: string;
  readonly resource: EncodedResource;
}

/**
 * A proxy as Envoy is one: asks for endpoints and routes of what it accepted, acknowledges clusters when they are warm, refuses whole
 * responses. It fails the test at once when something is taken away that its routes use.
 */
export abstract class ModelProxy {
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
  /** Resources in responses that it refused: the server cannot know whether it took them. */
  readonly #inRefused = new Set<string>();
  /** Routes that never led anywhere, because the first cluster that they name was refused. */
  readonly #newborn = new Set<string>();
  #asked = new Set<string>();

  abstract readonly session: Pick<XdsSession<never>, 'state' | 'delivery'>;
  abstract update(): readonly XdsResponse[];
  protected abstract open(typeUrl: string): readonly XdsResponse[];
  protected abstract answer(response: XdsResponse, refusal?: string): readonly XdsResponse[];
  protected abstract subscribe(typeUrl: string, names: readonly string[]): readonly XdsResponse[];
  protected abstract newSession(): void;
  protected abstract decode(response: XdsResponse): { resources: EncodedResource[]; removed: string[] };

  set(resources: ResourceSet): void {
    this.target = resources;
    this.queue.push(...this.update());
    this.forgetRefusals();
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
      this.#refuse(response, wrong, resources);
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

  /** Takes responses until there are none. */
  drain(): void {
    for (let i = 0; this.work(); i++) assert(i < 500, 'the exchange does not end');
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

  #refuse(response: XdsResponse, wrong: readonly EncodedResource[], all: readonly EncodedResource[]): void {
    for (const { typeUrl, name } of all) this.#inRefused.add(`${typeUrl} ${name}`);
    for (const key of wrong.map(keyOf)) {
      assert(!this.refused.has(key), `${key} is sent again though it was refused`);
      if (wantedKeys(this.offered).has(key)) this.refused.add(key);
    }
    this.queue.push(...this.answer(response, `refused: ${wrong.map((r) => r.name).join(', ')}: bad`));
  }

  /** Nothing that is here comes again, but endpoints of clusters that did (refused or not). */
  #checkNews({ typeUrl }: XdsResponse, resources: readonly EncodedResource[]): void {
    if (!this.checksNews(typeUrl)) return;
    for (const { name, version } of resources) {
      if (typeUrl === endpoint && this.#maybeRenewed.delete(name)) continue;
      if (this.#inRefused.delete(`${typeUrl} ${name}`)) continue;
      assert(this.of(typeUrl).get(name)?.version !== version, `${typeUrl} ${name} is sent again`);
    }
  }

  /** What its server has for it. */
  protected get offered(): ResourceSet {
    return this.target;
  }

  /** What the server no longer offers may come again: then its content has changed, and changed back. */
  protected forgetRefusals(): void {
    const offered = wantedKeys(this.offered);
    for (const key of this.refused) if (!offered.has(key)) this.refused.delete(key);
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
      assert(this.of(cluster).has(name), `${resource.name} leads to ${name}, which is gone`);
      assert(afterRemoval || this.of(endpoint).has(name), `${resource.name} leads to ${name}, which is cold`);
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

/** What a proxy has, and what it should have; resources that it refuses are left out. */
export function comparable(proxy: ModelProxy): { has: string[]; should: string[] } {
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

/** Whether a set has something that the model proxy refuses. */
export function anyBad(resources: ResourceSet): boolean {
  return [...resources.values()].some((byName) => [...byName.values()].some(isBad));
}

function wantedKeys(resources: ResourceSet): ReadonlySet<string> {
  return new Set([...resources.values()].flatMap((byName) => [...byName.values()].map(keyOf)));
}

function keyOf({ typeUrl, name, version }: EncodedResource): string {
  return `${typeUrl} ${name} ${version}`;
}

function targetOf(resource: EncodedResource): string {
  const config = fromBinary(RouteConfigurationSchema, resource.any.value);
  const action = config.virtualHosts[0]?.routes[0]?.action;
  return action?.case === 'route' ? String(action.value.clusterSpecifier.value) : '';
}
