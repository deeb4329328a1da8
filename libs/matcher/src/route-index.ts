import type { RouteMatchIr } from '@malla/ir';

/** Below this, asking each route is quicker than any table. */
const smallest = 8;

/**
 * Finds which routes of a list can match a path, by exact paths and prefixes, so that the cost of a request does not grow with the number of routes.
 * Routes by expression or without regard to case are always candidates.
 */
export class RouteIndex {
  readonly #size: number;
  readonly #exact = new Map<string, number[]>();
  readonly #prefixes = new Map<string, number[]>();
  /** Distinct lengths of prefixes, ascending. */
  readonly #lengths: readonly number[];
  readonly #always: readonly number[];
  readonly #all: readonly number[];

  constructor(matches: readonly RouteMatchIr[]) {
    this.#size = matches.length;
    this.#all = matches.map((_, position) => position);
    const always: number[] = [];
    matches.forEach(({ path: { kind, value, ignoreCase } }, position) => {
      if (kind === 'regex' || ignoreCase) always.push(position);
      else add(kind === 'exact' ? this.#exact : this.#prefixes, value, position);
    });
    this.#always = always;
    this.#lengths = [...new Set([...this.#prefixes.keys()].map(({ length }) => length))].sort((a, b) => a - b);
  }

  /** Positions of all routes that may match, in their order; each must still be asked. */
  candidates(path: string): readonly number[] {
    if (this.#size <= smallest) return this.#all;
    let found: readonly number[] | undefined = this.#always.length > 0 ? this.#always : undefined;
    const exact = this.#exact.get(path);
    if (exact !== undefined) found = merge(found, exact);
    for (const length of this.#lengths) {
      if (length > path.length) break;
      const positions = this.#prefixes.get(length === path.length ? path : path.slice(0, length));
      if (positions !== undefined) found = merge(found, positions);
    }
    return found ?? none;
  }
}

const none: readonly number[] = [];

function add(table: Map<string, number[]>, value: string, position: number): void {
  const known = table.get(value);
  if (known === undefined) table.set(value, [position]);
  else known.push(position);
}

/** Two ascending lists as one. */
function merge(a: readonly number[] | undefined, b: readonly number[]): readonly number[] {
  if (a === undefined) return b;
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i] ?? Infinity;
    const right = b[j] ?? Infinity;
    merged.push(Math.min(left, right));
    if (left <= right) i++;
    else j++;
  }
  return merged;
}
