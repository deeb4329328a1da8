import type { ApplyType } from './apply-type.ts';
import { fieldType } from './apply-type.ts';
import { describePathElement, type PathElement } from './path-element.ts';

/** A set of paths as a tree. Immutable: every operation gives a new set, and may share parts with its operands. */
export class FieldSet {
  /** The set of nothing. */
  static get empty(): FieldSet {
    return nothing;
  }

  /** True if the path that leads here belongs to the set. */
  readonly owned: boolean;
  readonly children: ReadonlyMap<PathElement, FieldSet>;

  /** Children that hold nothing must not be given. */
  constructor(owned: boolean, children: ReadonlyMap<PathElement, FieldSet>) {
    this.owned = owned;
    this.children = children;
  }

  /** A set of some paths. */
  static of(...paths: readonly (readonly PathElement[])[]): FieldSet {
    return paths.reduce<FieldSet>((set, path) => set.union(single(path)), FieldSet.empty);
  }

  get isEmpty(): boolean {
    return !this.owned && this.children.size === 0;
  }

  has(path: readonly PathElement[]): boolean {
    const [first, ...rest] = path;
    return first === undefined ? this.owned : (this.children.get(first)?.has(rest) ?? false);
  }

  union(other: FieldSet): FieldSet {
    if (this.isEmpty) return other;
    if (other.isEmpty || other === this) return this;
    const children = new Map(this.children);
    for (const [element, child] of other.children) children.set(element, children.get(element)?.union(child) ?? child);
    return new FieldSet(this.owned || other.owned, children);
  }

  intersection(other: FieldSet): FieldSet {
    return this.#build(this.owned && other.owned, (element, child) => {
      const counterpart = other.children.get(element);
      return counterpart === undefined ? FieldSet.empty : child.intersection(counterpart);
    });
  }

  /** Without the paths of the other set; what is below them stays. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    return this.#build(this.owned && !other.owned, (element, child) => {
      const counterpart = other.children.get(element);
      return counterpart === undefined ? child : child.difference(counterpart);
    });
  }

  /** Without the paths of the other set and all that is below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.owned) return FieldSet.empty;
    return this.#build(this.owned, (element, child) => {
      const counterpart = other.children.get(element);
      return counterpart === undefined ? child : child.recursiveDifference(counterpart);
    });
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.owned !== other.owned || this.children.size !== other.children.size) return false;
    for (const [element, child] of this.children) {
      const counterpart = other.children.get(element);
      if (counterpart === undefined || !child.equals(counterpart)) return false;
    }
    return true;
  }

  /** Every path, parents first. */
  *paths(prefix: readonly PathElement[] = []): Iterable<readonly PathElement[]> {
    if (this.owned) yield prefix;
    for (const [element, child] of this.children) yield* child.paths([...prefix, element]);
  }

  /** With the named fields on the way to each path: a field of a schema is there as soon as something in it is. */
  withNamedFields(type: ApplyType): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      const below = child.withNamedFields(typeBelow(type, element));
      const named = type.type === 'map' && element.startsWith('f:') && Object.hasOwn(type.fields, element.slice(2));
      children.set(element, named && !below.owned ? new FieldSet(true, below.children) : below);
    }
    return new FieldSet(this.owned, children);
  }

  #build(owned: boolean, next: (element: PathElement, child: FieldSet) => FieldSet): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      const kept = next(element, child);
      if (!kept.isEmpty) children.set(element, kept);
    }
    return new FieldSet(owned, children);
  }
}

/** A path as Kubernetes writes it in messages: `.spec.ports[port=80].name`. */
export function describePath(path: readonly PathElement[]): string {
  return path.map(describePathElement).join('');
}

const nothing = new FieldSet(false, new Map());

function single(path: readonly PathElement[]): FieldSet {
  const leaf = new FieldSet(true, new Map());
  return path.reduceRight<FieldSet>((below, element) => new FieldSet(false, new Map([[element, below]])), leaf);
}

function typeBelow(type: ApplyType, element: PathElement): ApplyType {
  if (type.type === 'map' && element.startsWith('f:')) return fieldType(type, element.slice(2));
  return type.type === 'list' ? type.element : { type: 'any' };
}

/** Collects paths while a value is walked; cheaper than unions of single paths. */
export class FieldSetBuilder {
  #owned = false;
  readonly #children = new Map<PathElement, FieldSetBuilder>();

  own(): void {
    this.#owned = true;
  }

  /** The part of the set below a step. */
  at(element: PathElement): FieldSetBuilder {
    const known = this.#children.get(element);
    if (known !== undefined) return known;
    const created = new FieldSetBuilder();
    this.#children.set(element, created);
    return created;
  }

  build(): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.#children) {
      const built = child.build();
      if (!built.isEmpty) children.set(element, built);
    }
    return this.#owned || children.size > 0 ? new FieldSet(this.#owned, children) : FieldSet.empty;
  }
}
