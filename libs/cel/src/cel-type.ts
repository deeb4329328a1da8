/** A static type of the Common Expression Language, as Kubernetes derives it from a schema. */
export type CelType =
  | { readonly kind: Scalar | 'dyn' | 'type' | 'format' }
  | { readonly kind: 'list'; readonly element: CelType }
  /** Keys are texts: maps of JSON have no others. */
  | { readonly kind: 'map'; readonly value: CelType }
  /** An object with known fields; `field` is lazy, so that a type costs nothing until a rule looks into it. */
  | { readonly kind: 'object'; field(name: string): CelType | undefined }
  | { readonly kind: 'optional'; readonly value: CelType };

type Scalar =
  'int' | 'uint' | 'double' | 'string' | 'bool' | 'null' | 'bytes' | 'duration' | 'timestamp' | 'url' | 'ip' | 'cidr';

const scalar = <K extends Scalar | 'dyn' | 'type' | 'format'>(kind: K): { readonly kind: K } => ({ kind });

/** The types without parts. */
export const celTypes = {
  int: scalar('int'),
  /** Of variables alone: there are no literals, and no arithmetic. */
  uint: scalar('uint'),
  double: scalar('double'),
  string: scalar('string'),
  bool: scalar('bool'),
  null: scalar('null'),
  bytes: scalar('bytes'),
  duration: scalar('duration'),
  timestamp: scalar('timestamp'),
  url: scalar('url'),
  ip: scalar('ip'),
  cidr: scalar('cidr'),
  dyn: scalar('dyn'),
  type: scalar('type'),
  format: scalar('format'),
} as const;

export const listOf = (element: CelType): CelType => ({ kind: 'list', element });
export const mapOf = (value: CelType): CelType => ({ kind: 'map', value });
export const optionalOf = (value: CelType): CelType => ({ kind: 'optional', value });

/** The type of the two branches of a condition or of the elements of a literal: `dyn` when they differ. */
export function commonType(types: readonly CelType[]): CelType {
  const [first, ...rest] = types;
  if (first === undefined) return celTypes.dyn;
  return rest.every((type) => sameType(first, type)) ? first : celTypes.dyn;
}

function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind === 'list' && b.kind === 'list') return sameType(a.element, b.element);
  if (a.kind === 'map' && b.kind === 'map') return sameType(a.value, b.value);
  if (a.kind === 'optional' && b.kind === 'optional') return sameType(a.value, b.value);
  return a.kind === b.kind && a.kind !== 'object' && a.kind !== 'list' && a.kind !== 'map' && a.kind !== 'optional';
}
