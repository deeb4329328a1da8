/** Spaces between columns, as istioctl's tables have. */
const gap = 5;

/** A table of text: columns as wide as their longest cell, five spaces apart, no spaces at line ends. Ends with a line break. */
export function renderTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers, ...rows];
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? '')].length)));
  const render = (line: readonly string[]) =>
    headers
      .map((_, i) => pad(line[i] ?? '', (widths[i] ?? 0) + gap))
      .join('')
      .trimEnd();
  return lines.map((line) => `${render(line)}\n`).join('');
}

/** Pads by code points, so that names outside ASCII stay aligned. */
function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}
