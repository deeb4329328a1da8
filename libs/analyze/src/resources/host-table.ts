/** Values by host, where hosts may be wildcards such as `*.example.com`, found by what they have in common with a host. */
export class HostTable<T> {
  readonly #values = new Map<string, T[]>();
  #sorted: { readonly exact: readonly Reversed[]; readonly wild: readonly Reversed[] } | undefined;

  add(host: string, value: T): void {
    const found = this.#values.get(host);
    if (found === undefined) {
      this.#values.set(host, [value]);
      this.#sorted = undefined;
    } else found.push(value);
  }

  /** Values of exactly this text. */
  exact(host: string): readonly T[] {
    return this.#values.get(host) ?? [];
  }

  *entries(): Iterable<readonly [host: string, values: readonly T[]]> {
    yield* this.#values;
  }

  /**
   * Values whose host has something in common with this one: equal, a wildcard that takes it in, or one that it takes in. Costs as much as
   * the host is long and as much as is found. Source: Istio pkg/config/host, Name.Matches
   */
  *overlapping(host: string): Iterable<T> {
    if (!isWildcard(host)) {
      yield* this.exact(host);
      yield* this.covering(host);
      return;
    }
    const suffix = host.slice(1);
    const { exact, wild } = this.#bySuffix();
    yield* this.#ending(exact, suffix);
    yield* this.#ending(wild, suffix);
    // Wildcards that are shorter; the equal one was among those that end with it.
    for (let i = 1; i <= suffix.length; i++) yield* this.exact(`*${suffix.slice(i)}`);
  }

  /** Values of wildcards that take a name in, the most exact first. `*` alone takes all. */
  *covering(name: string): Iterable<T> {
    for (let i = 0; i <= name.length; i++) yield* this.exact(`*${name.slice(i)}`);
  }

  *#ending(sorted: readonly Reversed[], suffix: string): Iterable<T> {
    const prefix = reverse(suffix);
    for (let i = firstAtLeast(sorted, prefix); i < sorted.length; i++) {
      const entry = sorted[i] as Reversed;
      if (!entry.reversed.startsWith(prefix)) return;
      yield* this.exact(entry.host);
    }
  }

  #bySuffix() {
    if (this.#sorted === undefined) {
      const hosts = [...this.#values.keys()];
      const sort = (wild: boolean) =>
        hosts
          .filter((host) => isWildcard(host) === wild)
          .map((host) => ({ host, reversed: reverse(wild ? host.slice(1) : host) }))
          .sort((a, b) => (a.reversed < b.reversed ? -1 : 1));
      this.#sorted = { exact: sort(false), wild: sort(true) };
    }
    return this.#sorted;
  }
}

interface Reversed {
  readonly host: string;
  readonly reversed: string;
}

function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

function reverse(text: string): string {
  return [...text].reverse().join('');
}

function firstAtLeast(sorted: readonly Reversed[], prefix: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as Reversed).reversed < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}
