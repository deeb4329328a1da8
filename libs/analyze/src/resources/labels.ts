/** Labels as a map. */
export type Labels = Readonly<Record<string, string>>;

/** Whether labels have everything that a selector of equal values asks for; an empty selector takes all. */
export function selects(selector: Labels, labels: Labels): boolean {
  for (const key of Object.keys(selector)) if (labels[key] !== selector[key]) return false;
  return true;
}

/** A selector as Kubernetes writes it: `app=web,version=v1`, sorted by key. */
export function selectorText(selector: Labels): string {
  return Object.keys(selector)
    .sort()
    .map((key) => `${key}=${selector[key]}`)
    .join(',');
}

const pair = (key: string, value: string) => `${key}=${value}`;

/** Finds what has labels by a selector, without looking at everything. */
export class LabelIndex<T> {
  readonly #all: { readonly labels: Labels; readonly item: T }[] = [];
  readonly #byPair = new Map<string, { readonly labels: Labels; readonly item: T }[]>();

  add(labels: Labels, item: T): void {
    const entry = { labels, item };
    this.#all.push(entry);
    for (const [key, value] of Object.entries(labels)) {
      const found = this.#byPair.get(pair(key, value));
      if (found === undefined) this.#byPair.set(pair(key, value), [entry]);
      else found.push(entry);
    }
  }

  get size(): number {
    return this.#all.length;
  }

  /** What a selector takes, in the order in which it was added. */
  *matching(selector: Labels): Iterable<T> {
    for (const { labels, item } of this.#candidates(selector)) if (selects(selector, labels)) yield item;
  }

  /** Whether a selector takes anything. */
  any(selector: Labels): boolean {
    return this.#candidates(selector).some(({ labels }) => selects(selector, labels));
  }

  /** Those with the rarest of the pairs that are asked for. */
  #candidates(selector: Labels) {
    let best = this.#all;
    for (const [key, value] of Object.entries(selector)) {
      const found = this.#byPair.get(pair(key, value)) ?? [];
      if (found.length < best.length) best = found;
    }
    return best;
  }
}

/** Finds selectors by the labels that they take: Services of a pod, for example. */
export class SelectorIndex<T> {
  readonly #everything: T[] = [];
  readonly #byPair = new Map<string, { readonly selector: Labels; readonly item: T }[]>();

  add(selector: Labels, item: T): void {
    const [first] = Object.entries(selector);
    if (first === undefined) {
      this.#everything.push(item);
      return;
    }
    const key = pair(...first);
    const found = this.#byPair.get(key);
    if (found === undefined) this.#byPair.set(key, [{ selector, item }]);
    else found.push({ selector, item });
  }

  /** Whose selector takes the labels; `empty` says whether empty selectors do. */
  *taking(labels: Labels, empty: boolean): Iterable<T> {
    if (empty) yield* this.#everything;
    for (const [key, value] of Object.entries(labels))
      for (const { selector, item } of this.#byPair.get(pair(key, value)) ?? [])
        if (selects(selector, labels)) yield item;
  }
}
