/** Header fields by lower-case name: values of a repeated field joined by a comma; undefined without one. Pseudo headers are looked up by `:name`. */
export interface HeaderLookup {
  get(name: string): string | undefined;
}

/** Looks up in a plain object; `Object.prototype` has no say. */
export function lookupIn(headers: Readonly<Record<string, string>>): HeaderLookup {
  return { get: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined) };
}
