import { Word64 } from '../hash/word64.ts';
import { xxHash64Into } from '../hash/xx-hash.ts';
import type { ClusterHost } from '../hosts/cluster-host.ts';
import { hashKeyOf, type HashTable, type NormalizedHost } from './hash-balancer.ts';

interface Entry {
  readonly host: ClusterHost;
  readonly weight: number;
  readonly skip: number;
  /** The last place it took; at first, the first place it likes. */
  place: number;
  target: number;
}

/**
 * Maglev's lookup table, filled as Envoy fills it: hosts, ordered by key, take turns, those with less than the greatest weight less
 * often, and each takes the first free place of its own permutation. Source: https://research.google/pubs/pub44824/, section 3.4
 */
export class MaglevTable implements HashTable {
  readonly #size: number;
  readonly #hosts: readonly ClusterHost[];
  /** Index of a host, plus 1. */
  readonly #places: Uint32Array;

  /** @param size Prime. */
  constructor(hosts: readonly NormalizedHost[], size: number) {
    this.#size = size;
    this.#places = new Uint32Array(hosts.length === 0 ? 0 : size);
    const entries = createEntries(hosts, size);
    this.#hosts = entries.map(({ host }) => host);
    this.#fill(entries);
  }

  choose(hash: Word64, attempt: number): ClusterHost | undefined {
    if (this.#hosts.length === 0) return undefined;
    // Flips nearly all bits, so that attempts differ by more than one place.
    if (attempt > 0) hash.xor(-1, -attempt);
    return this.#hosts[(this.#places[hash.modulo(this.#size)] as number) - 1];
  }

  #fill(entries: readonly Entry[]): void {
    const places = this.#places;
    const size = this.#size;
    const greatest = entries.reduce((max, { weight }) => Math.max(max, weight), 0);
    let left = places.length;
    for (let iteration = 1; left > 0; iteration++) {
      for (let i = 0; i < entries.length && left > 0; i++) {
        const entry = entries[i] as Entry;
        if (iteration * entry.weight < entry.target) continue;
        entry.target += greatest;
        const skip = entry.skip;
        let place = entry.place;
        while (places[place] !== 0) {
          place += skip;
          if (place >= size) place -= size;
        }
        places[place] = i + 1;
        entry.place = place;
        left--;
      }
    }
  }
}

function createEntries(hosts: readonly NormalizedHost[], size: number): Entry[] {
  const hash = new Word64();
  return hosts
    .map(({ host, weight }) => ({ key: hashKeyOf(host), host, weight }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, host, weight }) => {
      xxHash64Into(hash, key);
      const place = hash.modulo(size);
      xxHash64Into(hash, key, 1);
      return { host, weight, place, skip: hash.modulo(size - 1) + 1, target: 0 };
    });
}
