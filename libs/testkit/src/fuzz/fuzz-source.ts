/** Choices that look random and are the same for the same seed. */
export class FuzzSource {
  readonly #next: () => number;

  /** @param next numbers in [0, 1) */
  constructor(next: () => number) {
    this.#next = next;
  }

  /** A whole number from 0 below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** True in one of so many cases. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Sizes of which most are small, and a few are as large as `most`. */
  size(most: number): number {
    return Math.floor(most ** this.#next());
  }
}
