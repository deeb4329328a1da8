import type { JsonLogFields, LogFormat } from '@malla/proxy-config';
import { downstreamOperators, upstreamOperators } from './connection-operators.ts';
import { httpOperators } from './http-operators.ts';
import { expressionOperators } from './expression-operators.ts';
import type { LogFacts } from './log-facts.ts';
import { metadataOperators } from './metadata-operators.ts';
import type { LogOperator, LogValue, OperatorMaker } from './operator.ts';
import { timeOperators, timingCommands } from './time-operators.ts';

const operators: Readonly<Record<string, OperatorMaker>> = {
  ...httpOperators,
  ...downstreamOperators,
  ...upstreamOperators,
  ...timeOperators,
  ...metadataOperators,
  ...expressionOperators,
};

/** A format, compiled. Operators that are not known print `-`; configuration is checked before it gets here. */
export interface CompiledFormat {
  readonly text: (facts: LogFacts) => string;
  /** The operator, when the format is one and nothing else. */
  readonly single: LogOperator | undefined;
  /** The text, when there is no operator in it. */
  readonly constant: string | undefined;
  readonly needsTimings: boolean;
}

/** An expression ends where `)%` or `):5%` comes first; no other argument has a closing parenthesis. */
const command = /%(?<name>[A-Z_0-9]+)(?:\((?<argument>(?<=%CEL\().*?|[^)]*)\))?(?::(?<length>\d+))?%|%%/g;

/** Compiles a text with Envoy's %COMMAND(argument):length%. */
export function compileText(format: string, missing = '-'): CompiledFormat {
  const parts: (string | LogOperator)[] = [];
  let needsTimings = false;
  let end = 0;
  let literal = '';
  for (const match of format.matchAll(command)) {
    literal += format.slice(end, match.index);
    end = match.index + match[0].length;
    const { name, argument, length } = match.groups ?? {};
    if (name === undefined) {
      literal += '%';
      continue;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    needsTimings ||= timingCommands.has(name);
    const operator = operators[name]?.(argument) ?? (() => undefined);
    parts.push(length === undefined ? operator : cut(operator, Number(length)));
  }
  literal += format.slice(end);
  if (literal !== '') parts.push(literal);
  const [first] = parts;
  const single = parts.length === 1 && typeof first === 'function' ? first : undefined;
  const constant = parts.length === 0 ? '' : parts.length === 1 && typeof first === 'string' ? first : undefined;
  return { text: join(parts, missing), single, constant, needsTimings };
}

function join(parts: readonly (string | LogOperator)[], missing: string): (facts: LogFacts) => string {
  return (facts) => {
    let text = '';
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as string | LogOperator;
      text += typeof part === 'string' ? part : printed(part(facts), missing);
    }
    return text;
  };
}

function printed(value: LogValue, missing: string): string {
  if (value === undefined) return missing;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function cut(operator: LogOperator, length: number): LogOperator {
  return (facts) => {
    const value = operator(facts);
    return typeof value === 'string' ? value.slice(0, length) : value;
  };
}

/** Compiles a format of either kind to a line. JSON has its keys in order of the alphabet and ends with a line feed, as Envoy's. */
export function compileFormat(format: LogFormat): Pick<CompiledFormat, 'text' | 'needsTimings'> {
  const omitEmpty = format.omitEmpty === true;
  if (format.kind === 'text') return compileText(format.format, omitEmpty ? '' : '-');
  const tree = compileFields(format.fields, { omitEmpty, textsOnly: format.textsOnly === true });
  return { text: (facts) => `${JSON.stringify(tree.value(facts))}\n`, needsTimings: tree.needsTimings };
}

interface JsonPart {
  readonly value: (facts: LogFacts) => unknown;
  readonly needsTimings: boolean;
}

interface JsonOptions {
  readonly omitEmpty: boolean;
  readonly textsOnly: boolean;
}

function compileFields(fields: JsonLogFields, options: JsonOptions): JsonPart {
  const parts = Object.keys(fields)
    .sort()
    .map((key) => [key, compileField(fields[key] as JsonLogFields[string], options)] as const);
  return {
    // What is undefined has no key in JSON.
    value: (facts) => Object.fromEntries(parts.map(([key, { value }]) => [key, value(facts)])),
    needsTimings: parts.some(([, { needsTimings }]) => needsTimings),
  };
}

function compileField(field: JsonLogFields[string], options: JsonOptions): JsonPart {
  if (typeof field === 'object') return compileFields(field, options);
  if (typeof field !== 'string') return { value: () => field, needsTimings: false };
  const { omitEmpty, textsOnly } = options;
  const { single, text, needsTimings } = compileText(field, omitEmpty ? '' : '-');
  if (single === undefined) return { value: text, needsTimings };
  // One operator alone keeps its type.
  const missing = omitEmpty ? undefined : textsOnly ? '-' : null;
  const typed = (value: LogValue): unknown => (textsOnly && typeof value !== 'object' ? String(value) : value);
  return {
    value: (facts) => {
      const value = single(facts);
      return value === undefined ? missing : typed(value);
    },
    needsTimings,
  };
}
