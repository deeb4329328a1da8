/** One line of a comparison. */
export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Largest product of line counts that is compared exactly; beyond it everything changed counts as replaced. */
const maxCells = 25_000_000;

/** A shortest edit from one list of lines to another (longest common subsequence). */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({ kind: 'same', text }));
  return [
    ...same(before.slice(0, start)),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ];
}

function diffMiddle(before: readonly string[], after: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: 'removed', text });
  const added = (text: string): DiffLine => ({ kind: 'added', text });
  if (before.length * after.length > maxCells) return [...before.map(removed), ...after.map(added)];
  const lengths = commonLengths(before, after);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && before[i] === after[j]) {
      lines.push({ kind: 'same', text: before[i] as string });
      i++;
      j++;
    } else if (i < before.length && (j >= after.length || (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))) {
      lines.push(removed(before[i++] as string));
    } else {
      lines.push(added(after[j++] as string));
    }
  }
  return lines;
}

/** `[i][j]`: length of the longest common subsequence of the lines from i and from j on. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    const [row, below] = [rows[i] as Uint32Array, rows[i + 1] as Uint32Array];
    for (let j = after.length - 1; j >= 0; j--) {
      row[j] =
        before[i] === after[j] ? (below[j + 1] as number) + 1 : Math.max(below[j] as number, row[j + 1] as number);
    }
  }
  return rows;
}

const context = 3;

/** Unified diff (POSIX diff -u) of two texts; empty when they are equal. */
export function unifiedDiff(
  texts: { readonly before: string; readonly after: string },
  names: { readonly before: string; readonly after: string },
): string {
  const lines = diffLines(splitLines(texts.before), splitLines(texts.after));
  if (lines.every((l) => l.kind === 'same')) return '';
  const near = lines.map((_, i) =>
    lines.slice(Math.max(0, i - context), i + context + 1).some((l) => l.kind !== 'same'),
  );
  let output = `--- ${names.before}\n+++ ${names.after}\n`;
  let [beforeLine, afterLine] = [1, 1];
  for (let i = 0; i < lines.length;) {
    if (near[i] !== true) {
      beforeLine++;
      afterLine++;
      i++;
      continue;
    }
    const until = near.indexOf(false, i) < 0 ? lines.length : near.indexOf(false, i);
    const hunk = lines.slice(i, until);
    const beforeCount = hunk.filter((l) => l.kind !== 'added').length;
    const afterCount = hunk.filter((l) => l.kind !== 'removed').length;
    output += `@@ -${beforeLine},${beforeCount} +${afterLine},${afterCount} @@\n`;
    for (const { kind, text } of hunk) output += `${kind === 'same' ? ' ' : kind === 'added' ? '+' : '-'}${text}\n`;
    beforeLine += beforeCount;
    afterLine += afterCount;
    i = until;
  }
  return output;
}

function splitLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
