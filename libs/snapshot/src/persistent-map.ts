/** Nodes have 32 slots on two levels; a leaf holds the entries of one of the 1,024 hash values. */
const width = 32;
const slotMask = width - 1;
const slotBits = 5;

type Leaf<V> = ReadonlyMap<string, V>;
type Branch<V> = readonly (Leaf<V> | undefined)[];
type Root<V> = readonly (Branch<V> | undefined)[];

/** Ten well-mixed bits of a key (FNV-1a, folded). */
function slotOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (width * width - 1);
}

/**
 * An immutable map with text keys. A change copies two nodes and one leaf and shares all the rest, so it costs the same in a small and in a
 * large mesh, and two versions are compared by walking only what differs (see {@link changedKeys}).
 * Iteration order is by hash: sort where order matters.
 */
export class PersistentMap<V> implements Iterable<readonly [string, V]> {
  readonly size: number;
  readonly #root: Root<V>;

  private constructor(root: Root<V>, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(new Array<undefined>(width).fill(undefined), 0);
  }

  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    const draft = PersistentMap.empty<V>().edit();
    for (const [key, value] of entries) draft.set(key, value);
    return draft.finish();
  }

  get(key: string): V | undefined {
    const slot = slotOf(key);
    return this.#root[slot >>> slotBits]?.[slot & slotMask]?.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** A draft to change many entries at once; this map stays as it is. */
  edit(): MapDraft<V> {
    return new MapDraft(this, this.#root, (root, size) => new PersistentMap(root, size));
  }

  *[Symbol.iterator](): Iterator<readonly [string, V]> {
    for (const branch of this.#root) for (const leaf of branch ?? []) if (leaf !== undefined) yield* leaf;
  }

  *values(): Iterable<V> {
    for (const [, value] of this) yield value;
  }

  /** Keys whose value differs by identity between two versions; see {@link changedKeys}. */
  static changed<V>(before: PersistentMap<V>, after: PersistentMap<V>): string[] {
    const keys: string[] = [];
    if (before === after) return keys;
    for (let i = 0; i < width; i++) {
      const [was, is] = [before.#root[i], after.#root[i]];
      if (was === is) continue;
      for (let j = 0; j < width; j++) if (was?.[j] !== is?.[j]) changedInLeaf(keys, was?.[j], is?.[j]);
    }
    return keys;
  }
}

/** Keys added, removed or given another value (by identity) from `before` to `after`; costs what differs, not the maps' size. */
export function changedKeys<V>(before: PersistentMap<V>, after: PersistentMap<V>): string[] {
  return PersistentMap.changed(before, after);
}

function changedInLeaf<V>(keys: string[], before: Leaf<V> | undefined, after: Leaf<V> | undefined): void {
  if (before !== undefined) for (const key of before.keys()) if (after?.get(key) !== before.get(key)) keys.push(key);
  if (after !== undefined) for (const key of after.keys()) if (before === undefined || !before.has(key)) keys.push(key);
}

/** Collects changes of a {@link PersistentMap}. Nodes are copied at their first change and edited in place after that. */
export class MapDraft<V> {
  readonly #base: PersistentMap<V>;
  readonly #make: (root: Root<V>, size: number) => PersistentMap<V>;
  readonly #owned = new Set<object>();
  #root: Root<V>;
  #size: number;

  /** @private Use {@link PersistentMap.edit}. */
  constructor(base: PersistentMap<V>, root: Root<V>, make: (root: Root<V>, size: number) => PersistentMap<V>) {
    this.#base = base;
    this.#root = root;
    this.#make = make;
    this.#size = base.size;
  }

  get(key: string): V | undefined {
    const slot = slotOf(key);
    return this.#root[slot >>> slotBits]?.[slot & slotMask]?.get(key);
  }

  /** Sets a value; undefined removes the key. A value that is there already changes nothing. */
  set(key: string, value: V | undefined): void {
    const was = this.get(key);
    if (was === value) return;
    const leaf = this.#ownLeaf(slotOf(key));
    if (value === undefined) leaf.delete(key);
    else leaf.set(key, value);
    if (was === undefined) this.#size++;
    if (value === undefined) this.#size--;
  }

  /** The new map; the base itself if nothing was changed. */
  finish(): PersistentMap<V> {
    if (this.#owned.size === 0) return this.#base;
    this.#owned.clear();
    return this.#make(this.#root, this.#size);
  }

  #ownLeaf(slot: number): Map<string, V> {
    const root = this.#own(this.#root, () => [...this.#root]);
    this.#root = root;
    const high = slot >>> slotBits;
    const was = root[high];
    const branch = this.#own(was, () =>
      was === undefined ? new Array<Leaf<V> | undefined>(width).fill(undefined) : [...was],
    );
    root[high] = branch;
    const old = branch[slot & slotMask];
    const leaf = this.#own(old, () => new Map(old));
    branch[slot & slotMask] = leaf;
    return leaf;
  }

  /** The node itself if this draft made it, else a copy that the draft may edit. */
  #own<W extends object>(node: object | undefined, copy: () => W): W {
    if (node !== undefined && this.#owned.has(node)) return node as W;
    const copied = copy();
    this.#owned.add(copied);
    return copied;
  }
}
