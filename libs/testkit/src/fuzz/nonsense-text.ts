import type { FuzzSource } from './fuzz-source.ts';

/** What has a meaning in YAML and JSON, at places where it has none. */
const tokens: readonly string[] = [
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '!!set ',
    '!<tag:x> ',
    '? ',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '|',
    '>',
    '|+2\n',
  ],
  ...[
    '"',
    "'",
    '\\',
    '\\u0000',
    '\u0000',
    '\t',
    '\r',
    '\n',
    '\n  ',
    '---\n',
    '...\n',
    '%YAML 1.2\n',
    '%TAG ! x:\n',
    '# ',
    '@',
    '`',
  ],
  ...[
    '~',
    'null',
    'true',
    '.inf',
    '-.nan',
    '0x1F',
    '0o17',
    '1e999',
    '9'.repeat(40),
    '2001-12-14t21:59:43.10-05:00',
    '1_000',
  ],
  ...[
    '__proto__: ',
    'constructor: ',
    'toString: ',
    '💥',
    '\ud800',
    '\ufeff',
    '\u2028',
    '\u0085',
    'items:\n',
    'kind: List\n',
  ],
];

const deep: readonly ((levels: number) => string)[] = [
  (levels) => '['.repeat(levels),
  (levels) => '{a: '.repeat(levels),
  (levels) => '- '.repeat(levels),
  (levels) => `${'['.repeat(levels)}${']'.repeat(levels)}`,
  (levels) => Array.from({ length: Math.min(levels, 2000) }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
  (levels) => '"\\'.repeat(levels),
  (levels) => '? '.repeat(levels),
];

/** Every level names the one before several times: it grows without bound when expanded. */
function laughs(source: FuzzSource): string {
  const width = 2 + source.below(12);
  const levels = 2 + source.below(12);
  const line = (i: number) =>
    `l${i}: &l${i} [${Array<string>(width)
      .fill(i === 0 ? 'x' : `*l${i - 1}`)
      .join(', ')}]`;
  return Array.from({ length: levels }, (_, i) => line(i)).join('\n');
}

const manyOf: readonly string[] = [
  '---\n',
  'a: 1\n',
  '- x\n',
  '&a x\n',
  '*a ',
  'k: &a {<<: *a}\n',
  '\n',
  ' ',
  'a',
  '#\n',
  '{}\n---\n',
];

/** Text that is nearly a manifest, or not at all. `seeds` are real ones. */
export function nonsenseText(source: FuzzSource, seeds: readonly string[]): string {
  if (source.oneIn(30)) return source.pick(deep)(source.size(50_000));
  if (source.oneIn(30)) return `${source.pick(seeds)}\n${laughs(source)}`;
  if (source.oneIn(30)) return source.pick(manyOf).repeat(source.size(20_000));
  let text = source.oneIn(20) ? '' : source.pick(seeds);
  for (let i = 1 + source.size(12); i > 0; i--) text = changed(source, text, seeds);
  return text.slice(0, 300_000);
}

function changed(source: FuzzSource, text: string, seeds: readonly string[]): string {
  const at = source.below(text.length + 1);
  const to = at + source.size(60);
  switch (source.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, to) + text.slice(at);
    case 2:
    case 3:
      return text.slice(0, at) + source.pick(tokens) + text.slice(at);
    case 4:
      return text.slice(0, at) + source.pick(tokens).repeat(source.size(200)) + text.slice(at);
    case 5:
      return text.slice(0, at) + String.fromCharCode(source.below(0x10000)) + text.slice(at + 1);
    case 6:
      return text.slice(0, at) + source.pick(seeds).slice(source.below(200), 400) + text.slice(at);
    default:
      return text.replaceAll(source.pick([': ', '\n', '  ', 'a', '-']), source.pick(tokens)).slice(0, 300_000);
  }
}
