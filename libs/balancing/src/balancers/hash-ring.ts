import { murmurHash2Into } from '../hash/murmur-hash.ts';
import { Word64 } from '../hash/word64.ts';
import { xxHash64Into } from '../hash/xx-hash.ts';
import type { ClusterHost } from '../hosts/cluster-host.ts';
import { hashKeyOf, type HashTable, type NormalizedHost } from './hash-balancer.ts';

export interface HashRingParams {
  readonly minimumSize: number;
  readonly maximumSize: number;
  readonly hashFunction: 'xx-hash' | 'murmur-hash-2';
}

/**
 * Ketama's ring as Envoy builds it: each host stands at as many places as its weight asks for, at the hashes of `key_0`, `key_1` and so on;
 * a hash belongs to the first place at or after it. The least-weighted host gets a whole number of places, unless the ring's maximum size forbids.
 */
export class HashRing implements HashTable {
  readonly #hosts: readonly ClusterHost[];
  /** Upper and lower halves of the places' hashes, ascending. */
  readonly #highs: Uint32Array;
  readonly #lows: Uint32Array;
  /** Whose place it is. */
  readonly #owners: Uint32Array;

  constructor(hosts: readonly NormalizedHost[], params: HashRingParams) {
    this.#hosts = hosts.map(({ host }) => host);
    const counts = placeCounts(hosts, params);
    const size = counts.reduce((total, count) => total + count, 0);
    const highs = new Uint32Array(size);
    const lows = new Uint32Array(size);
    const owners = new Uint32Array(size);
    const hash = new Word64();
    const hashInto = params.hashFunction === 'murmur-hash-2' ? murmurHash2Into : xxHash64Into;
    let at = 0;
    hosts.forEach(({ host }, owner) => {
      const key = hashKeyOf(host);
      for (let i = 0; i < (counts[owner] as number); i++, at++) {
        hashInto(hash, `${key}_${i}`);
        highs[at] = hash.high;
        lows[at] = hash.low;
        owners[at] = owner;
      }
    });
    const order = Uint32Array.from({ length: size }, (_, i) => i).sort(
      (a, b) => (highs[a] as number) - (highs[b] as number) || (lows[a] as number) - (lows[b] as number),
    );
    this.#highs = order.map((i) => highs[i] as number);
    this.#lows = order.map((i) => lows[i] as number);
    this.#owners = order.map((i) => owners[i] as number);
  }

  /** Places on the ring. */
  get size(): number {
    return this.#owners.length;
  }

  choose(hash: Word64, attempt: number): ClusterHost | undefined {
    const size = this.#owners.length;
    if (size === 0) return undefined;
    const place = (this.#find(hash.high >>> 0, hash.low >>> 0) + attempt) % size;
    return this.#hosts[this.#owners[place] as number];
  }

  /** The first place at or after a hash; past the last one, its size. */
  #find(high: number, low: number): number {
    const highs = this.#highs;
    const lows = this.#lows;
    let from = 0;
    let to = highs.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const other = highs[middle] as number;
      if (other < high || (other === high && (lows[middle] as number) < low)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Whole numbers of places by running sums, so that rounding evens out over all hosts. The operations are Envoy's one by one. */
function placeCounts(hosts: readonly NormalizedHost[], { minimumSize, maximumSize }: HashRingParams): number[] {
  const least = hosts.reduce((min, { weight }) => Math.min(min, weight), 1);
  const scale = Math.min(Math.ceil(least * minimumSize) / least, maximumSize);
  let placed = 0;
  let target = 0;
  return hosts.map(({ weight }) => {
    target += scale * weight;
    const before = placed;
    while (placed < target) placed++;
    return placed - before;
  });
}
