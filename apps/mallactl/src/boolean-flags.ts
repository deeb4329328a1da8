/** Flags that Go programs, istioctl among them, also take as `--flag=true` and `--flag=false`. */
const names = new Set([
  'all-namespaces',
  'color',
  'complete',
  'ignore-unknown',
  'list-analyzers',
  'recursive',
  'remote',
  'short',
  'use-kube',
  'verbose',
]);

/** Flags with a value as those without: `--use-kube=false` as `--no-use-kube`, `--use-kube=true` as `--use-kube`; after `--` everything stays as it is. */
export function plainBooleans(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((word, i) => {
    const [, name, value = 'true'] = (end >= 0 && i > end ? null : /^--([a-z-]+)(?:=(true|false))?$/.exec(word)) ?? [];
    if (name === undefined || !names.has(name)) return word;
    // With a value always: what follows is a file.
    if (name === 'color') return `--color=${value === 'true' ? 'always' : 'never'}`;
    return value === 'true' ? `--${name}` : `--no-${name}`;
  });
}
