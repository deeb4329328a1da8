/** Values that a case may name as `${name}`: ports and PEM of the run. */
export type PlaceholderLookup = (name: string) => string | number;

/** Plain data with its placeholders filled in; a text that is nothing but a placeholder takes the value's own type. */
export function fillPlaceholders<T>(value: T, lookup: PlaceholderLookup): T {
  if (typeof value === 'string') return fillText(value, lookup) as T;
  if (Array.isArray(value)) return value.map((item) => fillPlaceholders(item as unknown, lookup)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, fillPlaceholders(child as unknown, lookup)]),
  ) as T;
}

function fillText(text: string, lookup: PlaceholderLookup): string | number {
  const whole = /^\$\{([^}]+)\}$/.exec(text);
  if (whole !== null) return lookup(whole[1] as string);
  return text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => String(lookup(name)));
}
