import { clusterResource } from '@malla/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setVersionOf, SetVersion } from './set-version.ts';

const byName = (names: readonly string[]) => new Map(names.map((name) => [name, clusterResource(name)]));

describe('setVersionOf', () => {
  it('depends on the content alone, not on its order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 })), (names) => {
        expect(setVersionOf(byName(names))).toBe(setVersionOf(byName([...names].reverse())));
      }),
    );
  });

  it('differs for different sets', () => {
    expect(setVersionOf(byName([]))).toBe('0000000000000000');
    expect(setVersionOf(byName(['a']))).not.toBe(setVersionOf(byName(['b'])));
    expect(setVersionOf(byName(['a']))).not.toBe(setVersionOf(byName(['a', 'b'])));
  });
});

describe('SetVersion', () => {
  it('follows one resource at a time', () => {
    const version = new SetVersion();
    const [a, b] = [clusterResource('a'), clusterResource('b')];
    version.toggle(a.version);
    version.toggle(b.version);
    expect(version.toString()).toBe(setVersionOf(byName(['a', 'b'])));
    version.toggle(b.version);
    expect(version.toString()).toBe(setVersionOf(byName(['a'])));
  });

  it('takes versions of other servers, none of which looks like nothing', () => {
    for (const foreign of ['', '1', 'v1', '2024-01-01/42']) {
      const version = new SetVersion();
      version.toggle(foreign);
      expect(version.toString()).not.toBe('0000000000000000');
    }
  });
});
