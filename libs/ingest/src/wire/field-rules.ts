import type { DescField } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import { KnownRegex, type EnumRules, type FieldRules, type StringRules } from '@malla/protos/gen/validate/validate_pb';

/** Checks a value; `suffix` is the index or key inside the field. */
export type Check = (value: unknown, field: DescField, tell: (suffix: string, problem: string) => void) => void;

/** The rules of protoc-gen-validate that Envoy's API uses; undefined: nothing to check. Source: validate/validate.proto */
export function checkOf({ type }: FieldRules): Check | undefined {
  switch (type.case) {
    case 'string':
      return single(stringProblem, type.value);
    case 'bytes': {
      const { maxLen } = type.value;
      return maxLen === undefined || maxLen === 0n ? undefined : single(bytesProblem, maxLen);
    }
    case 'double':
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
      return single(numberProblem, type.value as NumberRules);
    case 'bool':
      return single((value, { const: only }) => (value === only ? undefined : `must be ${only}`), type.value);
    case 'enum':
      return enumCheck(type.value);
    case 'duration':
      return single(durationProblem, type.value);
    case 'repeated':
      return repeatedCheck(type.value);
    case 'map':
      return mapCheck(type.value);
    default:
      return undefined;
  }
}

function single<R>(problemOf: (value: never, rules: R) => string | undefined, rules: R): Check {
  return (value, _field, tell) => {
    const problem = problemOf(value as never, rules);
    if (problem !== undefined) tell('', problem);
  };
}

interface NumberRules {
  readonly lt?: number | bigint;
  readonly lte?: number | bigint;
  readonly gt?: number | bigint;
  readonly gte?: number | bigint;
  readonly $typeName: string;
}

/** Bounds of zero are bounds too: proto2 tells whether they are there. */
function numberProblem(value: number | bigint, rules: NumberRules): string | undefined {
  const has = (name: keyof NumberRules) => Object.hasOwn(rules, name) && rules[name] !== undefined;
  if (has('gte') && value < (rules.gte ?? 0)) return `must be at least ${rules.gte}`;
  if (has('gt') && value <= (rules.gt ?? 0)) return `must be above ${rules.gt}`;
  if (has('lte') && value > (rules.lte ?? 0)) return `must be at most ${rules.lte}`;
  if (has('lt') && value >= (rules.lt ?? 0)) return `must be below ${rules.lt}`;
  return Number.isNaN(value) ? 'must be a number' : undefined;
}

interface DurationBounds {
  readonly lt?: Duration | undefined;
  readonly lte?: Duration | undefined;
  readonly gt?: Duration | undefined;
  readonly gte?: Duration | undefined;
}

function durationProblem(value: Duration, { lt, lte, gt, gte }: DurationBounds): string | undefined {
  const nanos = nanosOf(value);
  if (gte && nanos < nanosOf(gte)) return `must be at least ${text(gte)}`;
  if (gt && nanos <= nanosOf(gt)) return `must be above ${text(gt)}`;
  if (lte && nanos > nanosOf(lte)) return `must be at most ${text(lte)}`;
  if (lt && nanos >= nanosOf(lt)) return `must be below ${text(lt)}`;
  return undefined;
}

function nanosOf({ seconds, nanos }: Duration): bigint {
  return seconds * 1_000_000_000n + BigInt(nanos);
}

function text(duration: Duration): string {
  return `${Number(nanosOf(duration)) / 1e9}s`;
}

function bytesProblem(value: Uint8Array, maxLen: bigint): string | undefined {
  return BigInt(value.length) > maxLen ? `must have at most ${maxLen} bytes` : undefined;
}

function stringProblem(value: string, rules: StringRules): string | undefined {
  if (rules.ignoreEmpty && value === '') return undefined;
  const { minLen, maxLen, maxBytes } = rules;
  if (minLen && BigInt([...value].length) < minLen) {
    return value === '' ? 'must not be empty' : `must have at least ${minLen} characters`;
  }
  if (maxLen && BigInt([...value].length) > maxLen) return `must have at most ${maxLen} characters`;
  if (maxBytes && BigInt(Buffer.byteLength(value)) > maxBytes) return `must have at most ${maxBytes} bytes`;
  if (rules.prefix && !value.startsWith(rules.prefix)) return `must begin with ${rules.prefix}`;
  if (rules.suffix && !value.endsWith(rules.suffix)) return `must end with ${rules.suffix}`;
  if (rules.in.length > 0 && !rules.in.includes(value)) return `must be one of ${rules.in.join(', ')}`;
  if (rules.pattern && !new RegExp(rules.pattern, 'u').test(value)) return `must match ${rules.pattern}`;
  return rules.wellKnown.case === 'wellKnownRegex'
    ? headerProblem(value, rules.wellKnown.value, rules.strict !== false)
    : undefined;
}

// The tables of characters that protoc-gen-validate has for header names, values, and both when not strict.

const anyHeaderText = /^[^\u0000\n\r]*$/;
const strictHeaderName = /^:?[0-9a-zA-Z!#$%&'*+\-.^_|~`]+$/;

const strictHeaderValue = /^[^\u0000-\u0008\n-\u001f\u007f]*$/;

function headerProblem(value: string, kind: KnownRegex, strict: boolean): string | undefined {
  const name = kind === KnownRegex.HTTP_HEADER_NAME;
  const pattern = strict ? (name ? strictHeaderName : strictHeaderValue) : anyHeaderText;
  return pattern.test(value) ? undefined : `is no valid header ${name ? 'name' : 'value'}`;
}

function enumCheck({ definedOnly, in: allowed, notIn }: EnumRules): Check {
  return (value, field, tell) => {
    const number = value as number;
    if (definedOnly && field.enum?.value[number] === undefined)
      tell('', `${number} is no value of ${field.enum?.typeName}`);
    else if (notIn.includes(number) || (allowed.length > 0 && !allowed.includes(number))) {
      tell('', `must not be ${field.enum?.value[number]?.name ?? number}`);
    }
  };
}

type RepeatedRules = Extract<FieldRules['type'], { case: 'repeated' }>['value'];

function repeatedCheck({ minItems, maxItems, unique, items }: RepeatedRules): Check {
  const item = items && checkOf(items);
  return (value, field, tell) => {
    const list = value as readonly unknown[];
    if (minItems && BigInt(list.length) < minItems) tell('', `must have at least ${minItems} items`);
    if (maxItems && BigInt(list.length) > maxItems) tell('', `must have at most ${maxItems} items`);
    if (unique && new Set(list).size < list.length) tell('', 'must not have an item twice');
    if (item)
      list.forEach((each, index) => item(each, field, (suffix, problem) => tell(`[${index}]${suffix}`, problem)));
  };
}

type MapRules = Extract<FieldRules['type'], { case: 'map' }>['value'];

function mapCheck({ minPairs, keys }: MapRules): Check {
  const key = keys && checkOf(keys);
  return (value, field, tell) => {
    const names = Object.keys(value as object);
    if (minPairs && BigInt(names.length) < minPairs) tell('', `must have at least ${minPairs} entries`);
    if (key) for (const name of names) key(name, field, (_suffix, problem) => tell(`["${name}"]`, `key ${problem}`));
  };
}
