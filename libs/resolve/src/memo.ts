/**
 * Kinds of slices: the units that are resolved once and shared by every scope that gives them equal inputs. `service` only gathers the slices of one
 * service.
 */
export type SliceKind = 'destination' | 'endpoints' | 'virtualHost' | 'secret' | 'inbound' | 'service' | 'telemetry';

/** How many slices were resolved since the start, by kind. Those taken from memory do not count. */
export type ResolveStats = Record<SliceKind, number>;

interface Variant {
  readonly inputs: readonly unknown[];
  readonly slice: WeakRef<object>;
}

/** Fewest slots before those without a living slice are looked for. */
const minSweepSize = 1_024;

/**
 * Remembers slices by the identity of the immutable inputs they were made from. It holds them weakly: a slice lives as long as somebody's
 * configuration has it, so nothing has to be thrown out by hand.
 */
export class SliceMemo {
  readonly stats: ResolveStats = {
    destination: 0,
    endpoints: 0,
    virtualHost: 0,
    secret: 0,
    inbound: 0,
    service: 0,
    telemetry: 0,
  };
  readonly #slots = new Map<string, Variant[]>();
  #sweepAt = minSweepSize;

  /**
   * The slice of these inputs. `slot` narrows the search (a name, say) and is not enough by itself: `inputs` are compared one by one with ===,
   * and `resolve` must read nothing else.
   */
  take<T extends object>(kind: SliceKind, slot: string, inputs: readonly unknown[], resolve: () => T): T {
    const key = `${kind} ${slot}`;
    const variants = this.#slots.get(key) ?? [];
    for (const variant of variants) {
      if (!sameItems(variant.inputs, inputs)) continue;
      const known = variant.slice.deref();
      if (known !== undefined) return known as T;
    }
    const slice = resolve();
    this.stats[kind]++;
    this.#slots.set(key, [...alive(variants), { inputs, slice: new WeakRef(slice) }]);
    if (this.#slots.size >= this.#sweepAt) this.#sweep();
    return slice;
  }

  /** Forgets slots of what is gone (services come and go). Waits for twice the size after that, so its cost is spread. */
  #sweep(): void {
    for (const [key, variants] of this.#slots) if (alive(variants).length === 0) this.#slots.delete(key);
    this.#sweepAt = Math.max(minSweepSize, this.#slots.size * 2);
  }
}

function alive(variants: readonly Variant[]): readonly Variant[] {
  return variants.filter((variant) => variant.slice.deref() !== undefined);
}

/** Whether two lists hold the identical items in the same order. */
export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The list from before if it holds the identical items, else the new one: what did not change keeps its identity. */
export function keepList<T>(before: readonly T[] | undefined, after: readonly T[]): readonly T[] {
  return before !== undefined && sameItems(before, after) ? before : after;
}
