import type { CidrRange } from '@malla/proxy-config';
import { maskTo, parseIp, parseRange } from './ip-address.ts';

/** Values by address range: the longest range that holds an address wins, and there is no way back to a shorter one. */
export class RangeTable<V> {
  /** Key: address family, length and network. */
  readonly #values = new Map<string, V>();
  /** Lengths in use by family, longest first. */
  readonly #lengths: Record<32 | 128, number[]> = { 32: [], 128: [] };
  #always: V | undefined;

  /** The value of a range (undefined: of every address), made when there is none. A range that is no address matches nothing. */
  at(range: CidrRange | undefined, make: () => V): V {
    if (range === undefined) return (this.#always ??= make());
    const parsed = parseRange(range);
    if (parsed === undefined) return make();
    const { network, length } = parsed;
    const key = keyOf(network.bits, length, network.value);
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#values.set(key, made);
    const lengths = this.#lengths[network.bits];
    if (!lengths.includes(length)) lengths.push(length);
    lengths.sort((a, b) => b - a);
    return made;
  }

  find(address: string): V | undefined {
    if (this.#values.size === 0) return this.#always;
    const ip = parseIp(address);
    if (ip !== undefined) {
      for (const length of this.#lengths[ip.bits]) {
        const value = this.#values.get(keyOf(ip.bits, length, maskTo(ip, length)));
        if (value !== undefined) return value;
      }
    }
    return this.#always;
  }
}

function keyOf(bits: number, length: number, network: bigint): string {
  return `${bits}/${length}/${network.toString(36)}`;
}
