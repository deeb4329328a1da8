/** An object whose fields are not known to be right: analysis reads what files say, also when a schema refuses it. */
export type Data = Readonly<Record<string, unknown>>;

const none: Data = Object.freeze({});

/** The value as an object; empty if it is none. */
export function data(value: unknown): Data {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Data) : none;
}

/** The object at a path of fields; empty if there is none. */
export function dataAt(value: unknown, ...path: readonly string[]): Data {
  return path.reduce<Data>((at, field) => data(at[field]), data(value));
}

/** Whether there is an object at the field. */
export function hasData(value: unknown, field: string): boolean {
  const found = data(value)[field];
  return found !== null && typeof found === 'object' && !Array.isArray(found);
}

/** The elements of a list, as objects. */
export function items(value: unknown, field: string): readonly Data[] {
  const found = data(value)[field];
  return Array.isArray(found) ? found.map(data) : [];
}

/** A text; empty if it is none. */
export function text(value: unknown, field: string): string {
  const found = data(value)[field];
  return typeof found === 'string' ? found : '';
}

/** A number; undefined if it is none. */
export function number(value: unknown, field: string): number | undefined {
  const found = data(value)[field];
  return typeof found === 'number' ? found : undefined;
}

/** The texts of a list. */
export function texts(value: unknown, field: string): readonly string[] {
  const found = data(value)[field];
  return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : [];
}

/** A map of texts, such as labels. */
export function textMap(value: unknown, field: string): Readonly<Record<string, string>> {
  const found = data(data(value)[field]);
  return Object.values(found).every((each) => typeof each === 'string')
    ? (found as Record<string, string>)
    : Object.fromEntries(Object.entries(found).filter((e): e is [string, string] => typeof e[1] === 'string'));
}
