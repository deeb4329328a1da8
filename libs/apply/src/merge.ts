import { effectiveType, fieldType, type ApplyType } from './apply-type.ts';
import { indexItems } from './compare.ts';
import type { Json } from './json.ts';
import { itemElement, type PathElement } from './path-element.ts';

/** Thrown for a list that its type does not allow: an element that cannot be named, or two of one name. */
export class ListKeyError extends Error {
  override readonly name = 'ListKeyError';
  /** Where the list is, such as `.spec.ports`. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}

/**
 * The live value with an applied one on top: maps merge by field, lists by element as their type says, all else is taken from the
 * applied value. Elements of both keep the order of the applied list, with the others where they were. Throws {@link ListKeyError}.
 */
export function mergeTyped(type: ApplyType, live: unknown, applied: unknown, path = ''): unknown {
  if (applied === undefined) return live;
  if (live === undefined || live === null) {
    checkLists(type, applied, path);
    return applied;
  }
  const effective = effectiveType(type, applied);
  if (effectiveType(type, live).type !== effective.type) return applied;
  if (effective.type === 'map' && !effective.atomic)
    return mergeMaps(effective, { live: live as Json, applied: applied as Json | null, path });
  if (effective.type === 'list' && effective.relation !== 'atomic')
    return mergeLists(effective, { live: live as unknown[], applied: applied as unknown[] | null, path });
  return applied;
}

interface Merging<T> {
  readonly live: T;
  readonly applied: T | null;
  readonly path: string;
}

function mergeMaps(type: Extract<ApplyType, { type: 'map' }>, { live, applied, path }: Merging<Json>): unknown {
  if (applied === null) return live;
  const result: Json = { ...live };
  for (const [name, value] of Object.entries(applied))
    result[name] = mergeTyped(
      fieldType(type, name),
      Object.hasOwn(live, name) ? live[name] : undefined,
      value,
      `${path}.${name}`,
    );
  return result;
}

function mergeLists(
  type: Extract<ApplyType, { type: 'list' }>,
  { live, applied, path }: Merging<readonly unknown[]>,
): unknown {
  const right = namedItems(type, applied ?? [], path);
  const left = indexItems(type, live);
  const rightNames = [...right.keys()];
  const shared = rightNames.filter((name) => left.has(name));
  const result: unknown[] = [];
  const done = new Set<PathElement>();
  const take = (name: PathElement): void => {
    done.add(name);
    result.push(mergeTyped(type.element, left.get(name), right.get(name), `${path}[${name.slice(2)}]`));
    if (shared[0] === name) shared.shift();
  };
  let next = 0;
  for (const item of live) {
    const name = itemElement(type, item);
    if (name === undefined || !right.has(name)) {
      result.push(item);
      continue;
    }
    // An element of both stands where the applied list wants it: behind all that are named before it there.
    if (done.has(name) || (shared[0] !== undefined && shared[0] !== name)) continue;
    while (next < rightNames.length && rightNames[next] !== name) take(rightNames[next++] as PathElement);
    if (next < rightNames.length) take(rightNames[next++] as PathElement);
  }
  while (next < rightNames.length) take(rightNames[next++] as PathElement);
  return result;
}

/** Elements of an applied list by name, each of which must have one of its own. */
function namedItems(
  type: Extract<ApplyType, { type: 'list' }>,
  items: readonly unknown[],
  path: string,
): ReadonlyMap<PathElement, unknown> {
  const index = new Map<PathElement, unknown>();
  for (const item of items) {
    const name = itemElement(type, item);
    if (name === undefined) throw new ListKeyError(path, `an element has none of the keys ${type.keys.join(', ')}`);
    if (index.has(name)) throw new ListKeyError(path, `two elements are ${name.slice(2)}`);
    index.set(name, item);
  }
  return index;
}

/** Applied lists without a live counterpart are checked all the same. */
function checkLists(type: ApplyType, value: unknown, path: string): void {
  const effective = effectiveType(type, value);
  if (value === null || typeof value !== 'object') return;
  if (effective.type === 'map' && !effective.atomic)
    for (const [name, field] of Object.entries(value as Json))
      checkLists(fieldType(effective, name), field, `${path}.${name}`);
  if (effective.type === 'list' && effective.relation !== 'atomic')
    for (const [name, item] of namedItems(effective, value as unknown[], path))
      checkLists(effective.element, item, `${path}[${name.slice(2)}]`);
}
