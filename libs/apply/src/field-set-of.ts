import { effectiveType, fieldType, type ApplyType } from './apply-type.ts';
import { FieldSetBuilder, type FieldSet } from './field-set.ts';
import type { Json } from './json.ts';
import { fieldElement, itemElement } from './path-element.ts';

/** All paths that a value sets: what its applier owns. */
export function fieldSetOf(type: ApplyType, value: unknown): FieldSet {
  const root = new FieldSetBuilder();
  collect(root, type, value);
  return root.build();
}

function collect(into: FieldSetBuilder, type: ApplyType, value: unknown): void {
  const effective = effectiveType(type, value);
  if (effective.type === 'map') return collectMap(into, effective, value);
  if (effective.type === 'list') return collectList(into, effective, value);
  into.own();
}

function collectMap(into: FieldSetBuilder, type: Extract<ApplyType, { type: 'map' }>, value: unknown): void {
  if (type.atomic) return into.own();
  for (const [name, field] of Object.entries((value ?? {}) as Json)) {
    const child = into.at(fieldElement(name));
    collect(child, fieldType(type, name), field);
    const holdsNothing = field === null || (typeof field === 'object' && Object.keys(field as object).length === 0);
    if (holdsNothing || !Object.hasOwn(type.fields, name)) child.own();
  }
}

function collectList(into: FieldSetBuilder, type: Extract<ApplyType, { type: 'list' }>, value: unknown): void {
  if (type.relation === 'atomic') return into.own();
  for (const item of (value ?? []) as readonly unknown[]) {
    const element = itemElement(type, item);
    if (element === undefined) continue;
    const child = into.at(element);
    collect(child, type.element, item);
    child.own();
  }
}
