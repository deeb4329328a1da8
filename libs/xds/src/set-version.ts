import type { EncodedResource } from '@malla/protos';
import type { ResourcesByName } from './resource-set.ts';

/**
 * The version of a set of resources: the exclusive or of their content versions, so that adding or removing one
 * resource costs one step, whatever the size of the set. Equal sets have equal versions on every replica and after
 * every restart; the empty set has version `0000000000000000`.
 */
export class SetVersion {
  #high = 0;
  #low = 0;

  /** Adds a resource's version to the set, or takes it out when it is in; undefined changes nothing. */
  toggle(version: string | undefined): void {
    if (version === undefined) return;
    this.#high ^= half(version, 0);
    this.#low ^= half(version, 8);
  }

  /** The same with a resource; reads its version once for all sets. */
  toggleResource(resource: EncodedResource): void {
    let halves = halvesOf.get(resource);
    if (!halves) halvesOf.set(resource, (halves = [half(resource.version, 0), half(resource.version, 8)]));
    this.#high ^= halves[0];
    this.#low ^= halves[1];
  }

  /** 16 hex digits. */
  toString(): string {
    return hex(this.#high) + hex(this.#low);
  }
}

const halvesOf = new WeakMap<EncodedResource, readonly [high: number, low: number]>();

const memo = new WeakMap<ResourcesByName, string>();

/** Version of a whole map of resources; computed once per map. */
export function setVersionOf(resources: ResourcesByName): string {
  const known = memo.get(resources);
  if (known !== undefined) return known;
  const text = setVersionOfAll(resources.values());
  memo.set(resources, text);
  return text;
}

/** Version of any resources. */
export function setVersionOfAll(resources: Iterable<EncodedResource>): string {
  const version = new SetVersion();
  for (const resource of resources) version.toggleResource(resource);
  return version.toString();
}

/** Half of a 64-bit content version; a version from elsewhere (no hex) is hashed, so that it never looks empty. */
function half(version: string, from: number): number {
  const value = Number.parseInt(version.slice(from, from + 8), 16);
  return Number.isNaN(value) || version.length !== 16 ? fnv1a(version, from) : value | 0;
}

/** FNV-1a, 32 bits. Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
function fnv1a(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
