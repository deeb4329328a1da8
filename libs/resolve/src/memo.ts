/**
 * Kinds of slices: the units that are resolved once and shared by every scope that gives them equal inputs. `service` only gathers the slices of one
 * service.
 */
export type SliceKind = 'destination' | 'endpoints' | 'virtualHost' | 'secret' | 'inbound' | 'service';

/** How many slices were resolved since the start, by kind. Those taken from memory do not count. */
export type ResolveStats = Record<SliceKind, number>;

interface Variant {
  readonly inputs: readonly unknown[];
  readonly slice: WeakRef<object>;
}

/**
 * Remembers slices by the identity of the immutable inputs they were made from. It holds them weakly: a slice lives as long as somebody's
 * configuration has it, so nothing has to be thrown out by hand.
 */
export class SliceMemo {
  readonly stats: ResolveStats = { destination: 0, endpoints: 0, virtualHost: 0, secret: 0, inbound: 0, service: 0 };
  readonly #slots = new Map<SliceKind, Map<string, Variant[]>>();

  /**
   * The slice of these inputs. `slot` narrows the search (a name, say) and is not enough by itself: `inputs` are compared one by one with ===,
   * and `resolve` must read nothing else.
   */
  take<T extends object>(kind: SliceKind, slot: string, inputs: readonly unknown[], resolve: () => T): T {
    const slots = this.#slotsOf(kind);
    const variants = slots.get(slot) ?? [];
    for (const variant of variants) {
      if (!sameItems(variant.inputs, inputs)) continue;
      const known = variant.slice.deref();
      if (known !== undefined) return known as T;
    }
    const slice = resolve();
    this.stats[kind]++;
    const alive = variants.filter((variant) => variant.slice.deref() !== undefined);
    slots.set(slot, [...alive, { inputs, slice: new WeakRef(slice) }]);
    return slice;
  }

  /** Forgets slots in which nothing is alive; call now and then (services come and go). */
  sweep(): void {
    for (const slots of this.#slots.values()) {
      for (const [slot, variants] of slots) {
        if (variants.every((variant) => variant.slice.deref() === undefined)) slots.delete(slot);
      }
    }
  }

  #slotsOf(kind: SliceKind): Map<string, Variant[]> {
    const known = this.#slots.get(kind) ?? new Map<string, Variant[]>();
    if (known.size === 0) this.#slots.set(kind, known);
    return known;
  }
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
