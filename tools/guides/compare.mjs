// Whether something came out as a guide shows it. Loosely: figures, ages and ids differ from run to run.

const PATTERNS = [
  // Left out by the guide.
  [/^\.\.\./, '.*'],
  [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, '[0-9a-f-]{36}'],
  // 40s, 2m10s, 12 ms: an age or a duration.
  [/^\d+(\.\d+)?(ms|[smhd])(\d+[smhd])?(?![A-Za-z0-9])/, '\\d[\\d.]*(ms|[smhd])(\\d+[smhd])?'],
  [/^\d+/, '\\d+'],
  [/^\s+/, '\\s+'],
];

/** @param {string} shown one line of a guide */
function patternOf(shown) {
  let pattern = '';
  for (let rest = shown.trim(); rest !== '';) {
    const found = PATTERNS.map(([from, to]) => [from.exec(rest)?.[0], to]).find(([text]) => text !== undefined);
    const [text, to] = found ?? [rest[0], escaped(rest[0])];
    pattern += to;
    rest = rest.slice(text.length);
  }
  return new RegExp(pattern);
}

/**
 * The first line of a guide that did not come out; undefined when all did, in their order unless `anyOrder`. Other lines may come between.
 * @param {readonly string[]} shown @param {string} output @param {{ anyOrder?: boolean }} [options]
 */
export function missingLine(shown, output, { anyOrder = false } = {}) {
  // Without the colours of a terminal.
  const lines = output.replaceAll(/\u001b\[[0-9;]*m/g, '').split('\n');
  let next = 0;
  for (const line of shown) {
    if (line.trim() === '' || line.trim() === '...') continue;
    const pattern = patternOf(line);
    const at = lines.findIndex((actual, i) => i >= next && pattern.test(actual));
    if (at === -1) return line;
    if (anyOrder) lines.splice(at, 1);
    else next = at + 1;
  }
  return undefined;
}

function escaped(character) {
  return character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
}
