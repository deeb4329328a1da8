import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { diffLines, unifiedDiff } from './line-diff.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });

describe('diffLines', () => {
  it('keeps both sides, in order', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const found = diffLines(before, after);
        expect(found.filter((l) => l.kind !== 'added').map((l) => l.text)).toEqual(before);
        expect(found.filter((l) => l.kind !== 'removed').map((l) => l.text)).toEqual(after);
      }),
    );
  });

  it('changes nothing between equal texts', () => {
    fc.assert(fc.property(lines, (same) => diffLines(same, same).every((l) => l.kind === 'same')));
  });
});

describe('unifiedDiff', () => {
  const names = { before: 'a', after: 'b' };

  it('shows three lines around each change', () => {
    const before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n';
    expect(unifiedDiff({ before, after: before.replace('5\n', 'five\n') }, names)).toBe(
      '--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
    );
  });

  it('is empty without a change, and whole for a new text', () => {
    expect(unifiedDiff({ before: 'x\n', after: 'x\n' }, names)).toBe('');
    expect(unifiedDiff({ before: '', after: 'x\ny\n' }, names)).toBe('--- a\n+++ b\n@@ -1,0 +1,2 @@\n+x\n+y\n');
  });
});
