/** The value at a path of plain data: `a.b[0].c`; keys with dots stand in brackets and quotes. Undefined where there is none. */
export function at(root: unknown, path: string): unknown {
  let value = root;
  for (const [, key, index, quoted] of path.matchAll(/([A-Za-z0-9_-]+)|\[(\d+)\]|\["([^"]+)"\]/g)) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[key ?? index ?? (quoted as string)];
  }
  return value;
}
