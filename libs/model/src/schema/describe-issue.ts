import type { z } from 'zod';
import { didYouMean } from '../problems/nearest.ts';

type Issue = z.core.$ZodRawIssue;

const typeNames: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** Type of a value in the words of YAML. */
function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'number' ? 'a number' : typeof value === 'boolean' ? `the boolean ${value}` : 'a string';
}

function describeSize(
  issue: { origin: string },
  bound: number | bigint,
  word: 'least' | 'most',
  exclusive: boolean,
): string {
  const limit = exclusive ? `${word === 'least' ? 'more' : 'less'} than ${bound}` : `at ${word} ${bound}`;
  if (issue.origin === 'string')
    return Number(bound) === 1 && word === 'least' ? 'must not be empty' : `must have ${limit} characters`;
  if (issue.origin === 'array' || issue.origin === 'set')
    return Number(bound) === 1 && word === 'least' ? 'must not be empty' : `must have ${limit} items`;
  return `must be ${limit}`;
}

function describeFormat(format: string, pattern: string | undefined): string {
  if (format === 'base64') return 'must be base64';
  return format === 'regex' && pattern !== undefined ? `must match ${pattern}` : `must have the format ${format}`;
}

function describeValues(values: readonly unknown[], input: unknown): string {
  const list = values.map(String).join(', ');
  const given = ['string', 'number', 'boolean'].includes(typeof input)
    ? JSON.stringify(input).slice(0, 60)
    : nameOf(input);
  return values.length === 1 ? `must be ${list}` : `must be one of ${list}, not ${given}`;
}

/** Options of a union in one sentence: all literals as a choice, otherwise the first option that got furthest. */
function describeUnion(errors: readonly (readonly z.core.$ZodIssue[])[], input: unknown): string {
  const firsts = errors.map((issues) => issues[0]).filter((i) => i !== undefined);
  if (firsts.every((i) => i.code === 'invalid_value'))
    return describeValues(
      firsts.flatMap((i) => i.values),
      input,
    );
  const types = firsts.flatMap((i) => (i.code === 'invalid_type' ? [typeNames[i.expected] ?? i.expected] : []));
  const other = firsts.find((i) => i.code !== 'invalid_type');
  if (other !== undefined) return other.message;
  return `must be ${[...new Set(types)].join(' or ')}, not ${nameOf(input)}`;
}

/** The message for an issue whose schema has no message of its own. Never repeats the path; never prints long or secret values. */
export function describeIssue(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required';
      if (issue.input === null) return 'must not be null: leave the field out or give it a value';
      if (issue.expected === 'int') return 'must be a whole number';
      return `must be ${typeNames[issue.expected] ?? issue.expected}, not ${nameOf(issue.input)}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : describeValues(issue.values, issue.input);
    case 'too_small':
      return describeSize(issue, issue.minimum, 'least', issue.inclusive === false);
    case 'too_big':
      return describeSize(issue, issue.maximum, 'most', issue.inclusive === false);
    case 'invalid_format':
      return describeFormat(issue.format, issue.pattern);
    case 'invalid_union':
      return issue.input === undefined ? 'is required' : describeUnion(issue.errors, issue.input);
    case 'invalid_key':
      return `the key ${issue.issues[0]?.message ?? 'is not valid'}`;
    default:
      return 'is not valid';
  }
}

/** The hint for a wrong value of an enum. */
export function hintForValue(values: readonly unknown[], input: unknown): string | undefined {
  return typeof input === 'string' && values.length > 1 ? didYouMean(input, values.map(String)) : undefined;
}
