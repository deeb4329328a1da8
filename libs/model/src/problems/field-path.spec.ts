import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { formatPath, parsePath, valueAt } from './field-path.ts';

describe('field paths', () => {
  it('quotes keys that are not plain names', () => {
    expect(formatPath(['metadata', 'labels', 'example.com/app'])).toBe('metadata.labels["example.com/app"]');
    expect(formatPath(['spec', 'http', 0, 'route', 1, 'weight'])).toBe('spec.http[0].route[1].weight');
  });

  it('reads back every path that it writes', () => {
    const segment = fc.oneof(fc.string(), fc.nat(1000), fc.stringMatching(/^[a-z]{1,6}$/));
    fc.assert(
      fc.property(fc.array(segment), (path) => {
        expect(parsePath(formatPath(path))).toEqual(path);
      }),
    );
  });

  it('finds own values only', () => {
    expect(valueAt({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
    expect(valueAt({}, ['constructor'])).toBeUndefined();
  });
});
