/** Keys to sets of values; a key without values is not there. */
export class MultiMap {
  readonly #sets = new Map<string, Set<string>>();

  add(key: string, value: string): void {
    const set = this.#sets.get(key);
    if (set === undefined) this.#sets.set(key, new Set([value]));
    else set.add(value);
  }

  delete(key: string, value: string): void {
    const set = this.#sets.get(key);
    set?.delete(value);
    if (set?.size === 0) this.#sets.delete(key);
  }

  get(key: string): ReadonlySet<string> {
    return this.#sets.get(key) ?? none;
  }
}

const none: ReadonlySet<string> = new Set();
