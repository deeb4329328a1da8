import { acceptedFields, checkObject, kinds, type Resource } from '@malla/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryObject } from './arbitrary-object.ts';

/** Pattern paths of every value in plain data: `spec.rules[].matches[]`; of a map both the key itself and `{}`. */
function patterns(value: unknown, at: string, into: Set<string>): Set<string> {
  if (at !== '') into.add(at);
  if (Array.isArray(value)) for (const item of value) patterns(item, `${at}[]`, into);
  else if (value !== null && typeof value === 'object') {
    for (const [key, child] of Object.entries(value)) {
      patterns(child, at === '' ? key : `${at}.${key}`, into);
      patterns(child, `${at}{}`, into);
    }
  }
  return into;
}

describe.each(kinds.map((kind) => [`${kind.group} ${kind.kind}`, kind] as const))('objects of %s', (_, kind) => {
  const made: readonly Resource[] = fc.sample(arbitraryObject(kind), { numRuns: 60, seed: 5 });

  it('are accepted', () => {
    for (const object of made) expect(checkObject(object)).toEqual([]);
  });

  it('have every field of the kind, one or the other', () => {
    const seen = new Set<string>();
    for (const object of made) patterns(object, '', seen);
    const fields = acceptedFields(kind, { enumValues: false }).map(({ path }) => path);
    const missing = fields.filter((path) => !seen.has(path));
    expect(missing.length / Math.max(1, fields.length), missing.join('\n')).toBeLessThan(0.25);
  });
});
