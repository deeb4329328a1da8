/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; empty for anything else. */
export function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};
}

/** The value as a list; empty for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** A copy with a field set, or taken away by undefined; the same object if nothing changes. */
export function withField<T extends Fields>(object: T, field: string, value: unknown): T {
  if (object[field] === value) return object;
  const copy: Record<string, unknown> = { ...object };
  if (value === undefined) delete copy[field];
  else copy[field] = value;
  return copy as T;
}

/** A copy with its elements mapped, without those mapped to undefined; the same list if nothing changes. */
export function mapList<T>(list: readonly T[], map: (element: T, index: number) => T | undefined): readonly T[] {
  const mapped = list.map(map);
  return mapped.every((element, i) => element === list[i]) ? list : mapped.filter((element) => element !== undefined);
}

/** A copy with the object below a field edited; the same object if it is not there or nothing changes. */
export function editField<T extends Fields>(object: T, field: string, edit: (value: Fields) => unknown): T {
  const value = object[field];
  return value === undefined ? object : withField(object, field, edit(fieldsOf(value)));
}

/** A copy with the list below a field edited; the same object if it is not there or nothing changes. */
export function editList<T extends Fields>(
  object: T,
  field: string,
  map: (element: Fields, index: number) => Fields | undefined,
): T {
  const value = object[field];
  return value === undefined ? object : withField(object, field, mapList(listOf(value) as readonly Fields[], map));
}
