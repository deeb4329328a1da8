import { changedAt } from '../model/repair.ts';

/** An object changed at one place. */
export interface Mutation<T> {
  /** What was done, for people. */
  readonly what: string;
  readonly object: T;
}

type Path = readonly (string | number)[];

const replacements: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ['is a number', () => 7],
  ['is a negative number', () => -1],
  ['is a large number', () => 5_000_000_000],
  ['is a fraction', () => 0.5],
  ['is a text', () => 'Nonsense_ %'],
  ['is another text', () => 'a'],
  ['is empty', () => ''],
  ['is a wildcard', () => '*'],
  ['is a duration', () => '10s'],
  ['is a short duration', () => '1us'],
  ['is a URL', () => 'ftp://a.example/'],
  ['is a long text', () => 'a'.repeat(5000)],
  ['is a flag', () => true],
  ['is null', () => null],
  ['is an object', () => ({})],
  ['is an object with an unknown field', () => ({ surprise: 1 })],
  ['is a list', () => []],
  ['is a list of null', () => [null]],
];

function* places(value: unknown, path: Path): Generator<readonly [Path, unknown]> {
  if (path.length > 0) yield [path, value];
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* places(item, [...path, i]);
  else if (value !== null && typeof value === 'object')
    for (const [key, child] of Object.entries(value)) yield* places(child, [...path, key]);
}

/** Every change at every place of the fields of an object, one at a time. Kind, version and metadata stay as they are. */
export function* mutationsOf<T extends object>(object: T): Generator<Mutation<T>> {
  for (const [path, value] of places(object, [])) {
    if (['apiVersion', 'kind', 'metadata', 'status'].includes(String(path[0]))) continue;
    const at = path.join('.');
    yield { what: `${at} is left out`, object: changedAt(object, path, undefined) };
    for (const [what, make] of replacements)
      yield { what: `${at} ${what}`, object: changedAt(object, path, make(value)) };
    if (Array.isArray(value) && value.length > 0) {
      yield {
        what: `${at} has its first element twice`,
        object: changedAt(object, path, [...(value as unknown[]), value[0]]),
      };
      yield { what: `${at} has far too many elements`, object: changedAt(object, path, Array(300).fill(value[0])) };
    } else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      yield { what: `${at} has an unknown field`, object: changedAt(object, [...path, 'surprise'], 'x') };
      yield { what: `${at} has an empty key`, object: changedAt(object, [...path, ''], 'x') };
    }
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * An object with single parts of another of its kind: a field that it lacks, or another value of one that it has. These break rules about
 * which fields go together, and keep types right.
 */
export function* graftsOf<T extends object>(object: T, other: T): Generator<Mutation<T>> {
  const { apiVersion, kind, metadata, ...fields } = other as Readonly<Record<string, unknown>>;
  void [apiVersion, kind, metadata];
  for (const path of grafts(object, fields, [])) {
    const value = path.reduce<unknown>((at, part) => (at as Record<string | number, unknown>)[part], other);
    yield { what: `${path.join('.')} is that of another`, object: changedAt(object, path, value) };
  }
}

function* grafts(object: unknown, other: unknown, path: Path): Generator<Path> {
  if (isObject(object) && isObject(other)) {
    for (const [key, value] of Object.entries(other)) {
      if (!Object.hasOwn(object, key) || !isAlike(object[key], value)) yield [...path, key];
      else yield* grafts(object[key], value, [...path, key]);
    }
  } else if (Array.isArray(object) && Array.isArray(other) && object.length > 0 && other.length > 0) {
    yield* grafts(object[0], other[0], [...path, 0]);
  }
}

/** Two that have parts to compare. */
const isAlike = (a: unknown, b: unknown) => (isObject(a) && isObject(b)) || (Array.isArray(a) && Array.isArray(b));
