import { checkObject, parsePath, valueAt, type FieldPath, type Resource } from '@malla/model';

/** Steps after which an object is given up. */
const mostSteps = 60;

/**
 * Takes out of an object what `checkObject` refuses, until nothing is left that it does; undefined when that is not possible. The rules
 * need not be known for it: of a value that a rule refuses, the field goes whose absence helps most, and at last the value itself.
 */
export function repaired(object: Resource): Resource | undefined {
  let at = object;
  for (let step = 0; step < mostSteps; step++) {
    const paths = checkObject(at).map(({ path }) => parsePath(path));
    if (paths.length === 0) return at;
    if (paths.some((path) => path.length < 2)) return undefined;
    at = repairedOnce(at, paths);
  }
  return undefined;
}

/** Plain values that are wrong go all at once; of objects and lists one, as others may be right without it. */
function repairedOnce(object: Resource, paths: readonly FieldPath[]): Resource {
  const plain = paths.filter((path) => !isCompound(valueAt(object, path)));
  const [first] = paths;
  return plain.length === 0 && first !== undefined
    ? withoutPart(object, first, paths.length)
    : [...plain].sort(lastFirst).reduce(withoutValue, object);
}

const isCompound = (value: unknown) => value !== null && typeof value === 'object';

/** Later elements of a list before earlier ones, so that positions stay true. */
function lastFirst(a: FieldPath, b: FieldPath): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x !== y) return typeof x === 'number' && typeof y === 'number' ? y - x : String(x) < String(y) ? -1 : 1;
  }
  return b.length - a.length;
}

/** A field that is missing takes its parent with it. */
function withoutValue(object: Resource, path: FieldPath): Resource {
  if (valueAt(object, path) !== undefined) return withoutPath(object, path);
  const parent = path.slice(0, -1);
  return parent.length > 1 && valueAt(object, parent) !== undefined ? withoutPath(object, parent) : object;
}

function withoutPart(object: Resource, path: FieldPath, problems: number): Resource {
  const value = valueAt(object, path) as object;
  const keys = Array.isArray(value) ? value.map((_, i) => i).reverse() : Object.keys(value);
  for (const key of keys) {
    const without = withoutPath(object, [...path, key]);
    if (checkObject(without).length < problems) return without;
  }
  return withoutPath(object, path);
}

/** A copy without the value at a path; the parts beside it are shared. */
export function withoutPath<T>(root: T, path: FieldPath): T {
  return changedAt(root, path, undefined);
}

/** A copy with another value at a path; `undefined` takes it out. */
export function changedAt<T>(root: T, path: FieldPath, value: unknown): T {
  const [head, ...rest] = path;
  if (head === undefined) return value as T;
  if (Array.isArray(root)) {
    const copy = [...(root as unknown[])];
    if (rest.length === 0 && value === undefined) copy.splice(Number(head), 1);
    else copy[Number(head)] = changedAt(copy[Number(head)], rest, value);
    return copy as T;
  }
  const { [head]: old, ...others } = (root ?? {}) as Record<string | number, unknown>;
  if (rest.length === 0 && value === undefined) return others as T;
  return { ...others, [head]: changedAt(old, rest, value) } as T;
}
