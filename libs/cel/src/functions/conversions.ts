import { celDuration } from '../cel-duration.ts';
import { celTypes, optionalOf, type CelType } from '../cel-type.ts';
import type { CelDuration } from '../cel-value.ts';
import { CelError, CelOptional, CelTimestamp, CelTypeValue, typeName } from '../cel-value.ts';
import { overload, type FunctionTable } from '../overload.ts';

const { int, double, string, bool, duration, timestamp, dyn, type } = celTypes;

function parseInteger(text: string): number {
  const number = /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new CelError(`${JSON.stringify(text.slice(0, 40))} is not an int`);
  return number;
}

function parseNumber(text: string): number {
  const number = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number)) throw new CelError(`${JSON.stringify(text.slice(0, 40))} is not a double`);
  return number;
}

function truncated(value: number): number {
  const number = Math.trunc(value);
  if (!Number.isSafeInteger(number)) throw new CelError('integer overflow');
  return number;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:\d{2})$/;

function parseTimestamp(text: string): CelTimestamp {
  const milliseconds = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new CelError(`${JSON.stringify(text.slice(0, 40))} is not a timestamp`);
  return new CelTimestamp(milliseconds);
}

/** `1.5h` in the form of protobuf: `5400s`. */
const durationText = ({ nanoseconds }: CelDuration) => `${nanoseconds / 1e9}s`;

const flags: Readonly<Record<string, boolean>> = {
  ...{ '1': true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ '0': false, f: false, F: false, false: false, FALSE: false, False: false },
};

function parseFlag(text: string): boolean {
  const found = Object.hasOwn(flags, text) ? flags[text] : undefined;
  if (found === undefined) throw new CelError(`${JSON.stringify(text.slice(0, 40))} is not a bool`);
  return found;
}

const same = <T>(_: unknown, value: T): T => value;
const inner = ([first]: readonly CelType[]): CelType => (first?.kind === 'optional' ? first.value : dyn);

/** Conversions between types, and optional values. Source: cel-spec, langdef.md */
export const conversionFunctions: FunctionTable = {
  int: [
    overload(['int'], int, same),
    overload(['double'], int, (_, value: number) => truncated(value)),
    overload(['string'], int, (_, text: string) => parseInteger(text)),
    overload(['timestamp'], int, (_, at: CelTimestamp) => Math.floor(at.milliseconds / 1000)),
  ],
  double: [
    overload(['double'], double, same),
    overload(['int'], double, same),
    overload(['string'], double, (_, text: string) => parseNumber(text)),
  ],
  string: [
    overload(['string'], string, same),
    overload(['int'], string, (_, value: number) => String(value)),
    overload(['double'], string, (_, value: number) => String(value)),
    overload(['bool'], string, (_, value: boolean) => String(value)),
    overload(['duration'], string, (_, value: CelDuration) => durationText(value)),
    overload(['timestamp'], string, (_, at: CelTimestamp) =>
      new Date(at.milliseconds).toISOString().replace('.000Z', 'Z'),
    ),
  ],
  bool: [overload(['bool'], bool, same), overload(['string'], bool, (_, text: string) => parseFlag(text))],
  duration: [
    overload(['duration'], duration, same),
    overload(['string'], duration, (_, text: string) => celDuration(text)),
  ],
  timestamp: [
    overload(['timestamp'], timestamp, same),
    overload(['string'], timestamp, (_, text: string) => parseTimestamp(text)),
  ],
  dyn: [overload(['any'], dyn, same)],
  type: [overload(['any'], type, (_, value: unknown) => new CelTypeValue(typeName(value)))],
  'optional.none': [overload([], optionalOf(dyn), () => CelOptional.none)],
  'optional.of': [
    overload(
      ['any'],
      ([of]) => optionalOf(of ?? dyn),
      (_, value: unknown) => new CelOptional(value),
    ),
  ],
};

/** Methods of durations and of optional values. */
export const conversionMethods: FunctionTable = {
  getHours: [overload(['duration'], int, (_, { nanoseconds }: CelDuration) => Math.trunc(nanoseconds / 3.6e12))],
  getMinutes: [overload(['duration'], int, (_, { nanoseconds }: CelDuration) => Math.trunc(nanoseconds / 6e10))],
  getSeconds: [overload(['duration'], int, (_, { nanoseconds }: CelDuration) => Math.trunc(nanoseconds / 1e9))],
  getMilliseconds: [
    overload(['duration'], int, (_, { nanoseconds }: CelDuration) => Math.trunc(nanoseconds / 1e6) % 1000),
  ],
  hasValue: [overload(['optional'], bool, (_, { value }: CelOptional) => value !== undefined)],
  value: [
    overload(['optional'], inner, (_, { value }: CelOptional) => {
      if (value === undefined) throw new CelError('optional.none() dereference');
      return value;
    }),
  ],
  orValue: [
    overload(['optional', 'any'], inner, (_, { value }: CelOptional, other: unknown) =>
      value === undefined ? other : value,
    ),
  ],
  or: [
    overload(
      ['optional', 'optional'],
      ([first]) => first ?? dyn,
      (_, first: CelOptional, other: CelOptional) => (first.value === undefined ? other : first),
    ),
  ],
};
