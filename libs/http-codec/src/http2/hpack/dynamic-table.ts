import { staticEntries, type TableEntry } from './static-table.ts';

/** What an entry costs beside its name and value. Source: RFC 7541, section 4.1 */
export const entryOverhead = 32;

const empty: TableEntry = { name: '', value: '', kind: 0, nameKind: 0, bytes: 0 };

/** A decoder's table of the fields that the peer told to keep: a ring, newest first by index. Bounded by `maxSize`, in bytes as RFC 7541 counts them. */
export class DynamicTable {
  #ring: TableEntry[] = new Array<TableEntry>(16).fill(empty);
  /** Where the next entry goes. */
  #next = 0;
  #count = 0;
  #size = 0;
  #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#count;
  }

  get maxSize(): number {
    return this.#maxSize;
  }

  set maxSize(bytes: number) {
    this.#maxSize = bytes;
    this.#evictTo(bytes);
  }

  /** By the protocol's index, from 62 on; undefined when there is none. */
  at(index: number): TableEntry | undefined {
    const back = index - staticEntries;
    if (back > this.#count) return undefined;
    return this.#ring[(this.#next - back) & (this.#ring.length - 1)];
  }

  /** Evicts what it has to. An entry larger than the table empties it. */
  add(entry: TableEntry): void {
    const bytes = entry.bytes;
    this.#evictTo(this.#maxSize - bytes);
    if (bytes > this.#maxSize) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[this.#next] = entry;
    this.#next = (this.#next + 1) & (this.#ring.length - 1);
    this.#count++;
    this.#size += bytes;
  }

  #evictTo(bytes: number): void {
    while (this.#count > 0 && this.#size > bytes) {
      const at = (this.#next - this.#count) & (this.#ring.length - 1);
      const oldest = this.#ring[at] as TableEntry;
      this.#size -= oldest.bytes;
      this.#ring[at] = empty;
      this.#count--;
    }
  }

  #grow(): void {
    const larger = new Array<TableEntry>(this.#ring.length * 2).fill(empty);
    for (let i = 0; i < this.#count; i++) {
      larger[i] = this.#ring[(this.#next - this.#count + i) & (this.#ring.length - 1)] as TableEntry;
    }
    this.#ring = larger;
    this.#next = this.#count;
  }
}
