/** Where the items of one segment stand. */
interface Segment {
  readonly start: number;
  readonly length: number;
}

/**
 * One list of many segments, each with a key. A change of a few segments copies the list and touches only those, so that its cost hardly grows with
 * the list; lists are immutable, and an update that changes no item gives the identical list.
 */
export class SegmentedList<T> {
  readonly #segments = new Map<string, Segment>();
  #items: readonly T[] = [];

  get items(): readonly T[] {
    return this.#items;
  }

  /** The items of one segment. */
  segment(key: string): readonly T[] {
    const found = this.#segments.get(key);
    return found === undefined ? [] : this.#items.slice(found.start, found.start + found.length);
  }

  /** Puts new items in the place of segments; false if some segment is new or has another length, so that only {@link rebuild} helps. */
  replace(changes: ReadonlyMap<string, readonly T[]>): boolean {
    for (const [key, items] of changes) {
      if ((this.#segments.get(key)?.length ?? 0) !== items.length) return false;
    }
    let copy: T[] | undefined;
    for (const [key, items] of changes) {
      const start = this.#segments.get(key)?.start ?? 0;
      for (const [i, item] of items.entries()) {
        if (this.#items[start + i] === item) continue;
        copy ??= this.#items.slice();
        copy[start + i] = item;
      }
    }
    this.#items = copy ?? this.#items;
    return true;
  }

  /** Puts the whole list together again, in the order of the keys. */
  rebuild(keys: Iterable<string>, itemsOf: (key: string) => readonly T[]): void {
    const before = this.#items;
    const items: T[] = [];
    let same = true;
    this.#segments.clear();
    for (const key of keys) {
      const segment = itemsOf(key);
      this.#segments.set(key, { start: items.length, length: segment.length });
      for (const item of segment) {
        same &&= before[items.length] === item;
        items.push(item);
      }
    }
    this.#items = same && items.length === before.length ? before : items;
  }
}
