import { checkObject, formatPath, parsePath, valueAt, type FieldPath, type Resource } from '@malla/model';
import { texts } from './texts.ts';

/** Steps after which an object is given up. */
const mostSteps = 80;

/**
 * Makes of an object one that `checkObject` accepts: a text that is refused becomes one that the field takes, what cannot be mended goes.
 * Undefined when that leads nowhere. The rules need not be known for it: of a value that a rule refuses, the field goes whose absence
 * helps most, and at last the value itself. The same object always becomes the same.
 */
export function repaired(object: Resource): Resource | undefined {
  let at = object;
  const mended = new Set<string>();
  for (let step = 0; step < mostSteps; step++) {
    const paths = checkObject(at).map(({ path }) => parsePath(path));
    if (paths.length === 0) return at;
    if (paths.some((path) => path.length < 2)) return undefined;
    at = repairedOnce(at, paths, mended);
  }
  return undefined;
}

/** Plain values that are wrong change all at once; of objects and lists one, as others may be right without it. */
function repairedOnce(object: Resource, paths: readonly FieldPath[], mended: Set<string>): Resource {
  const plain = paths.filter((path) => !isCompound(valueAt(object, path)));
  const [first] = paths;
  if (plain.length === 0 && first !== undefined) return withoutPart(object, first, paths.length);
  const unique = [...new Map(plain.map((path) => [path.join('\n'), path])).values()].sort(lastFirst);
  return unique.reduce((changed, path) => mendedAt(changed, path, mended) ?? withoutValue(changed, path), object);
}

const isCompound = (value: unknown) => value !== null && typeof value === 'object';

const accepted = new Map<string, readonly string[]>();

/** The object with another text at a path, once for each path; undefined where no text helps. */
function mendedAt(object: Resource, path: FieldPath, mended: Set<string>): Resource | undefined {
  const id = path.join('\n');
  if (typeof valueAt(object, path) !== 'string' || mended.has(id)) return undefined;
  mended.add(id);
  const candidates = textsFor(object, path);
  const chosen = candidates[hash(JSON.stringify(object)) % Math.max(1, candidates.length)];
  return chosen === undefined ? undefined : changedAt(object, path, chosen);
}

/** The known texts that a field takes; found out once for each field of each kind. */
function textsFor(object: Resource, path: FieldPath): readonly string[] {
  const field = `${object.apiVersion} ${object.kind} ${path.map((part) => (typeof part === 'number' ? '[]' : part)).join('.')}`;
  const known = accepted.get(field);
  if (known !== undefined) return known;
  const text = formatPath(path);
  const found = texts.filter((candidate) =>
    checkObject(changedAt(object, path, candidate)).every((problem) => problem.path !== text),
  );
  accepted.set(field, found);
  return found;
}

function hash(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0;
  return sum;
}

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
  const counted = keys.map((key) => {
    const without = withoutPath(object, [...path, key]);
    return { without, left: checkObject(without).length };
  });
  const best = counted.sort((a, b) => a.left - b.left)[0];
  // Of several alternatives that stand together, each has to go but one.
  return best !== undefined && best.left <= problems ? best.without : withoutPath(object, path);
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
