/**
 * A sorted list with some items changed by key: undefined removes. One pass, so a change in a list of n costs n pointer copies and no sort.
 * Returns the list itself when nothing differs.
 */
export function mergeSorted<T>(
  list: readonly T[],
  changes: ReadonlyMap<string, T | undefined>,
  keyOf: (item: T) => string,
): readonly T[] {
  const pending = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
  const merged: T[] = [];
  let next = 0;
  let differs = false;
  const take = (was: T | undefined) => {
    const [, value] = pending[next++] as [string, T | undefined];
    if (value !== was) differs = true;
    if (value !== undefined) merged.push(value);
  };
  for (const item of list) {
    const key = keyOf(item);
    while (next < pending.length && pending[next]![0] < key) take(undefined);
    if (next < pending.length && pending[next]![0] === key) take(item);
    else merged.push(item);
  }
  while (next < pending.length) take(undefined);
  return differs ? merged : list;
}
