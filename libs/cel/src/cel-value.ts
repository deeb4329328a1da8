/** Why an expression has no value. Caught by those who evaluate rules; it never leaves the model. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

/** A span of time in nanoseconds, exact up to 104 days. */
export class CelDuration {
  readonly nanoseconds: number;

  constructor(nanoseconds: number) {
    this.nanoseconds = nanoseconds;
  }
}

/** A moment in milliseconds since 1970. */
export class CelTimestamp {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/** A value that may be missing: what `?.` and `[?]` give. */
export class CelOptional {
  static readonly none = new CelOptional(undefined);
  /** `undefined` is a missing value. */
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** A map or an object that is asked key by key, where putting a copy together would be too much work. It cannot be compared or looped over. */
export interface CelLookup {
  /** `undefined` where there is no such key. */
  lookup(key: string): unknown;
}

/** Whether a value is a {@link CelLookup}; data, which is plain, has no functions. */
export function isLookup(value: object): value is CelLookup {
  return typeof (value as Partial<CelLookup>).lookup === 'function';
}

/** A type as a value, for `type(x) == int`. */
export class CelTypeValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * What is known while a rule runs: the variables, and how much work is left. Loops and work on texts are taken from `budget`;
 * below 0 the evaluation ends with an error, as Kubernetes ends it by cost.
 */
export interface Frame {
  readonly slots: unknown[];
  budget: number;
}

/** Takes work from the budget. */
export function spend(frame: Frame, units: number): void {
  frame.budget -= units;
  if (frame.budget < 0) throw new CelError('the cost of the rules exceeds the limit');
}

/** The runtime name of a value's type. */
export function typeName(value: unknown): string {
  if (value === null) return 'null_type';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'double';
    default:
  }
  if (value instanceof CelDuration) return 'google.protobuf.Duration';
  if (value instanceof CelTimestamp) return 'google.protobuf.Timestamp';
  if (value instanceof CelOptional) return 'optional_type';
  if (value instanceof CelTypeValue) return 'type';
  if (value instanceof Uint8Array) return 'bytes';
  return 'map';
}

/** Equality of CEL: deep, and of numbers by value. */
export function celEquals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || a instanceof Uint8Array) {
    return (
      (Array.isArray(b) || b instanceof Uint8Array) &&
      a.length === b.length &&
      Array.prototype.every.call(a, (item: unknown, i: number) => celEquals(item, b[i]))
    );
  }
  if (a.constructor !== b.constructor) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) && celEquals((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

/** Order of two values of one ordered type: below 0, 0, above 0. Texts by code points, as CEL has it. */
export function celCompare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof CelDuration && b instanceof CelDuration) return a.nanoseconds - b.nanoseconds;
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return a.milliseconds - b.milliseconds;
  throw new CelError(`no such overload: ${typeName(a)} and ${typeName(b)} have no order`);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
  }
  return left.length - right.length;
}

/** Number of code points, which is the size of a text in CEL. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      count--;
      i++;
    }
  }
  return count;
}
