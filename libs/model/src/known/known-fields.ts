/** Names per object, keyed by the object's pattern path; `''` is the object itself. */
type FieldTable = Readonly<Record<string, readonly string[]>>;

/**
 * Fields that Istio or Kubernetes define and Malla does not accept yet, per kind. Names that the schema accepts may stay: the schema
 * wins. Source: https://istio.io/latest/docs/reference/config/ and https://kubernetes.io/docs/reference/kubernetes-api/
 */
const unsupported: Readonly<Record<string, FieldTable>> = {};

/** Values that Istio or Kubernetes accept and Malla does not yet: exact, or by form. */
const unsupportedValues: Readonly<Record<string, Readonly<Record<string, readonly (string | RegExp)[]>>>> = {};

/** Names of fields of the object at a pattern path that other platforms define, accepted by Malla or not. */
export function knownFieldNames(kind: string, pattern: string): readonly string[] {
  return unsupported[kind]?.[pattern] ?? [];
}

/** Whether another platform accepts this value at a pattern path. */
export function isKnownUnsupportedValue(kind: string, pattern: string, value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const known = unsupportedValues[kind]?.[pattern] ?? [];
  return known.some((form) => (typeof form === 'string' ? form === value : form.test(value)));
}

/** Fields and values of a kind that Istio or Kubernetes define and Malla does not accept yet, for the reference. */
export interface UnsupportedParts {
  /** Names by the pattern path of their object. */
  readonly fields: FieldTable;
  /** Values by the pattern path of their field: exact, or by form. */
  readonly values: Readonly<Record<string, readonly (string | RegExp)[]>>;
}

/** See {@link UnsupportedParts}; names that the schema accepts may be among them. */
export function unsupportedParts(kind: string): UnsupportedParts {
  return { fields: unsupported[kind] ?? {}, values: unsupportedValues[kind] ?? {} };
}
