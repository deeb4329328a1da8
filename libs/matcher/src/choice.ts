/** A source of numbers in [0, 1). */
export type Random = () => number;

/** Picks by weight: `random` in [0, 1) is a position on the line of all weights. The list must not be empty. */
export function chooseWeighted<T extends { readonly weight: number }>(items: readonly T[], random: number): T {
  const total = items.reduce((sum, item) => sum + item.weight, 0);
  let position = random * total;
  for (const item of items) {
    position -= item.weight;
    if (position < 0) return item;
  }
  return items.at(-1) as T;
}

/** Whether something that happens to `percent` (0 to 100) of requests happens at this position of the line. */
export function happens(percent: number, random: number): boolean {
  return random * 100 < percent;
}
