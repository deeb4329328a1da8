import { effectiveType, fieldType, type ApplyType } from './apply-type.ts';
import { FieldSet } from './field-set.ts';
import { isObject, type Json } from './json.ts';
import { fieldElement, itemElement } from './path-element.ts';

/**
 * A value without what stands at some paths. What holds nothing any more is gone too, unless its own path is to be kept; undefined if that
 * is all of it.
 */
export function removeItems(
  type: ApplyType,
  value: unknown,
  remove: FieldSet,
  keep: FieldSet = FieldSet.empty,
): unknown {
  if (remove.children.size === 0) return value;
  const effective = effectiveType(type, value);
  if (effective.type === 'map' && !effective.atomic && isObject(value))
    return withoutFields(effective, value, { remove, keep });
  if (effective.type === 'list' && effective.relation !== 'atomic' && Array.isArray(value))
    return withoutElements(effective, value, { remove, keep });
  return value;
}

interface Paths {
  readonly remove: FieldSet;
  readonly keep: FieldSet;
}

function withoutFields(type: Extract<ApplyType, { type: 'map' }>, value: Json, { remove, keep }: Paths): unknown {
  const result: Json = {};
  for (const [name, field] of Object.entries(value)) {
    const below = remove.children.get(fieldElement(name));
    if (below?.owned) continue;
    const kept =
      below === undefined
        ? field
        : removeItems(fieldType(type, name), field, below, keep.children.get(fieldElement(name)));
    if (kept !== undefined) result[name] = kept;
  }
  return Object.keys(result).length === 0 && Object.keys(value).length > 0 && !keep.owned ? undefined : result;
}

function withoutElements(
  type: Extract<ApplyType, { type: 'list' }>,
  value: readonly unknown[],
  { remove, keep }: Paths,
): unknown {
  const result: unknown[] = [];
  for (const item of value) {
    const element = itemElement(type, item);
    const below = element === undefined ? undefined : remove.children.get(element);
    if (below?.owned) continue;
    const kept =
      below === undefined ? item : removeItems(type.element, item, below, keep.children.get(element as string));
    if (kept !== undefined) result.push(kept);
  }
  return result.length === 0 && value.length > 0 && !keep.owned ? undefined : result;
}
