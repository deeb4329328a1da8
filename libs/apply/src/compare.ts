import { effectiveType, fieldType, type ApplyType } from './apply-type.ts';
import { FieldSetBuilder, type FieldSet } from './field-set.ts';
import { sameJson, type Json } from './json.ts';
import { fieldElement, itemElement, type PathElement } from './path-element.ts';

/** What differs between two values. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

interface Builders {
  readonly added: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly removed: FieldSetBuilder;
}

/** Compares two values of a type. The order of elements counts only in atomic lists. */
export function compareTyped(type: ApplyType, before: unknown, after: unknown): Comparison {
  const roots = { added: new FieldSetBuilder(), modified: new FieldSetBuilder(), removed: new FieldSetBuilder() };
  compare(roots, { type, before, after });
  return { added: roots.added.build(), modified: roots.modified.build(), removed: roots.removed.build() };
}

interface Pair {
  readonly type: ApplyType;
  readonly before: unknown;
  readonly after: unknown;
}

function compare(at: Builders, { type, before, after }: Pair): void {
  if (before === undefined && after === undefined) return;
  const [left, right] = [effectiveType(type, before), effectiveType(type, after)];
  const effective = after === undefined ? left : right;
  const bothKnown = before !== undefined && before !== null && after !== undefined && after !== null;
  if (bothKnown && left.type !== right.type) return leaf(at, before, after);
  if (isLeaf(effective) || (holdsNothing(before) && holdsNothing(after))) return leaf(at, before, after);
  if (before === undefined) at.added.own();
  if (after === undefined) at.removed.own();
  if (effective.type === 'map') compareMaps(at, { type: effective, before: before as Json, after: after as Json });
  else if (effective.type === 'list')
    compareLists(at, { type: effective, before: before as unknown[], after: after as unknown[] });
}

function isLeaf(type: ApplyType): boolean {
  if (type.type === 'map') return type.atomic;
  return type.type === 'list' ? type.relation === 'atomic' : true;
}

function holdsNothing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function leaf(at: Builders, before: unknown, after: unknown): void {
  if (before === undefined) at.added.own();
  else if (after === undefined) at.removed.own();
  else if (!sameJson(before, after)) at.modified.own();
}

interface Maps {
  readonly type: Extract<ApplyType, { type: 'map' }>;
  readonly before: Json | undefined | null;
  readonly after: Json | undefined | null;
}

function compareMaps(at: Builders, { type, before, after }: Maps): void {
  for (const name of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
    const [left, right] = [ownField(before, name), ownField(after, name)];
    if (left === right && left !== undefined) continue;
    compare(below(at, fieldElement(name)), { type: fieldType(type, name), before: left, after: right });
  }
}

interface Lists {
  readonly type: Extract<ApplyType, { type: 'list' }>;
  readonly before: readonly unknown[] | undefined | null;
  readonly after: readonly unknown[] | undefined | null;
}

function compareLists(at: Builders, { type, before, after }: Lists): void {
  const [left, right] = [indexItems(type, before), indexItems(type, after)];
  for (const element of new Set([...left.keys(), ...right.keys()]))
    compare(below(at, element), { type: type.element, before: left.get(element), after: right.get(element) });
}

/** Elements by their names; of those that share one the first counts. */
export function indexItems(
  type: Extract<ApplyType, { type: 'list' }>,
  items: readonly unknown[] | undefined | null,
): Map<PathElement, unknown> {
  const index = new Map<PathElement, unknown>();
  for (const item of items ?? []) {
    const element = itemElement(type, item);
    if (element !== undefined && !index.has(element)) index.set(element, item);
  }
  return index;
}

function below(at: Builders, element: PathElement): Builders {
  return { added: at.added.at(element), modified: at.modified.at(element), removed: at.removed.at(element) };
}

function ownField(object: Json | undefined | null, name: string): unknown {
  return object != null && Object.hasOwn(object, name) ? object[name] : undefined;
}
