import { changedAt } from '../model/repair.ts';
import { texts } from '../model/texts.ts';
import type { FuzzSource } from './fuzz-source.ts';

/** Long texts on which a regular expression that steps back would not end. */
const long: readonly ((length: number) => string)[] = [
  (length) => 'a'.repeat(length),
  (length) => `${'a'.repeat(length)}!`,
  (length) => `${'a-'.repeat(length)}!`,
  (length) => `${'a.'.repeat(length)}_`,
  (length) => `/${'a/'.repeat(length)}\u0000`,
  (length) => `${'1'.repeat(length)}s`,
  (length) => `${'1h'.repeat(length)}x`,
  (length) => `http://${'a:'.repeat(length)}@`,
  (length) => '%2'.repeat(length),
  (length) => ' '.repeat(length),
  (length) => '𝄞'.repeat(length),
  (length) => '('.repeat(length),
  (length) => `${'(a*)*'.repeat(Math.min(length, 300))}$`,
  (length) => `${'{*}/'.repeat(length)}{**}`,
  (length) => '0:'.repeat(length),
  (length) => 'spiffe://'.repeat(length),
];

/** A value of any kind, with what JavaScript makes of JSON and what it does not. */
export function nonsenseValue(source: FuzzSource, levels = 3): unknown {
  switch (source.below(levels > 0 ? 12 : 9)) {
    case 0:
      return source.pick([0, -0, 1, -1, 80, 65_536, 2 ** 31, 2 ** 53, -(2 ** 63), 0.1, 1e308, Number.NaN, Infinity]);
    case 1:
      return source.pick([true, false, null, undefined]);
    case 2:
    case 3:
    case 4:
      return source.pick(texts);
    case 5:
      return source.pick(long)(source.size(60_000));
    case 6:
      return String.fromCharCode(...Array.from({ length: source.size(20) }, () => source.below(0x10000)));
    case 7:
      return source.pick<unknown>([
        [],
        {},
        '',
        new Date(0),
        10n,
        new Map(),
        () => 1,
        Symbol.iterator,
        new Uint8Array(3),
      ]);
    case 8:
      return source.pick(['__proto__', 'constructor', 'length', 'toString', 'valueOf']);
    case 9:
      return Array.from({ length: source.size(300) }, () => nonsenseValue(source, levels - 2));
    case 10:
      return Array(source.size(5000)).fill(nonsenseValue(source, levels - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: source.size(50) }, () => [nonsenseKey(source), nonsenseValue(source, levels - 2)]),
      );
  }
}

function nonsenseKey(source: FuzzSource): string {
  if (source.oneIn(20)) return source.pick(['constructor', 'toString', 'hasOwnProperty', '', 'a'.repeat(5000)]);
  return source.pick(texts);
}

/** An object that is nearly a resource: a real one with some of its parts replaced. */
export function nonsenseObject<T extends object>(source: FuzzSource, seeds: readonly T[]): unknown {
  let object: unknown = source.pick(seeds);
  for (let i = 1 + source.size(6); i > 0; i--) object = changed(source, object, seeds);
  return object;
}

function changed(source: FuzzSource, object: unknown, seeds: readonly object[]): unknown {
  const path: (string | number)[] = [];
  let at = object;
  while (at !== null && typeof at === 'object') {
    const keys = Array.isArray(at) ? Array.from(at, (_, i) => i) : Object.keys(at);
    if (keys.length === 0 || (path.length > 1 && source.oneIn(4))) break;
    const key = source.pick<string | number>(keys);
    path.push(key);
    at = (at as Record<string | number, unknown>)[key];
  }
  if (path.length === 0) return nonsenseValue(source);
  // Type, name and namespace stay more often than not: else nothing is looked at but them.
  if (['apiVersion', 'kind', 'metadata'].includes(String(path[0])) && !source.oneIn(6)) return object;
  switch (source.below(6)) {
    case 0:
      return changedAt(object, path, undefined);
    case 1:
      return at !== null && typeof at === 'object' && !Array.isArray(at)
        ? changedAt(object, [...path, nonsenseKey(source)], nonsenseValue(source))
        : changedAt(object, path, [at, at]);
    case 2:
      return changedAt(object, path, source.pick(seeds));
    case 3:
      return typeof at === 'string' ? changedAt(object, path, source.pick(texts)) : object;
    default:
      return changedAt(object, path, nonsenseValue(source));
  }
}
