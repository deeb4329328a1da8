/** Spaces between columns, as kubectl's tables have. */
const gap = 3;

/** A table of text for kinds and history: columns as wide as their longest cell, three spaces apart. Ends with a line break. */
export function renderColumns(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers, ...rows];
  const widths = headers.map((_, i) => Math.max(...lines.map((line) => [...(line[i] ?? '')].length)) + gap);
  const render = (line: readonly string[]) =>
    headers
      .map((_, i) => (line[i] ?? '') + ' '.repeat((widths[i] ?? 0) - [...(line[i] ?? '')].length))
      .join('')
      .trimEnd();
  return lines.map((line) => `${render(line)}\n`).join('');
}
