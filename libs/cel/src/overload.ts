import { celTypes, type CelType } from './cel-type.ts';
import { CelDuration, CelError, CelOptional, CelTimestamp, CelTypeValue, type Frame } from './cel-value.ts';
import { CelCompileError, type Code } from './code.ts';
import { CelUrl } from './cel-url.ts';

/** The types that a parameter may have; `any` takes every value. */
export type Kind = CelType['kind'] | 'any';

/** One form of a function. Of a method the receiver is the first parameter. */
export interface Overload {
  readonly params: readonly Kind[];
  /** Of the result, from those of the arguments where it depends on them. */
  readonly result: CelType | ((types: readonly CelType[]) => CelType);
  readonly run: (frame: Frame, ...args: never[]) => unknown;
}

/** Functions or methods by name. */
export type FunctionTable = Readonly<Record<string, readonly Overload[]>>;

type Run = (frame: Frame, ...args: unknown[]) => unknown;

/** Describes an overload with checked argument types. */
export function overload<A extends readonly unknown[]>(
  params: readonly Kind[],
  result: Overload['result'],
  run: (frame: Frame, ...args: A) => unknown,
): Overload {
  return { params, result, run: run as unknown as Overload['run'] };
}

/** A call of the overload that fits the static types; where one is dynamic, the choice is made with the values. */
export function callOverload(name: string, overloads: readonly Overload[], args: readonly Code[]): Code {
  const fitting = overloads.filter(({ params }) => fits(params, args));
  const [first] = fitting;
  if (first === undefined) {
    const given = args.map(({ type }) => type.kind).join(', ');
    throw new CelCompileError(`no such overload: ${name}(${given})`);
  }
  const types = args.map(({ type }) => type);
  const type = typeof first.result === 'function' ? first.result(types) : first.result;
  const dynamic = args.some(({ type: { kind } }, i) => kind === 'dyn' && first.params[i] !== 'any');
  if (!dynamic) return { type, run: direct(first.run as unknown as Run, args) };
  return { type: fitting.length === 1 ? type : celTypes.dyn, run: chosen(name, fitting, args) };
}

function fits(params: readonly Kind[], args: readonly Code[]): boolean {
  return (
    params.length === args.length &&
    params.every((kind, i) => {
      const given = args[i]?.type.kind;
      return kind === 'any' || given === 'dyn' || given === kind || (kind === 'map' && given === 'object');
    })
  );
}

function direct(run: Run, args: readonly Code[]): Code['run'] {
  const [a, b] = args as [Code, Code];
  if (args.length === 1) return (frame) => run(frame, a.run(frame));
  if (args.length === 2) return (frame) => run(frame, a.run(frame), b.run(frame));
  return (frame) => run(frame, ...args.map((arg) => arg.run(frame)));
}

function chosen(name: string, overloads: readonly Overload[], args: readonly Code[]): Code['run'] {
  return (frame) => {
    const values = args.map((arg) => arg.run(frame));
    const found = overloads.find(({ params }) => params.every((kind, i) => isOfKind(values[i], kind)));
    if (found === undefined) throw new CelError(`no such overload: ${name}`);
    return (found.run as unknown as Run)(frame, ...values);
  };
}

const classes: Partial<Record<Kind, abstract new (...args: never[]) => unknown>> = {
  duration: CelDuration,
  timestamp: CelTimestamp,
  optional: CelOptional,
  type: CelTypeValue,
  url: CelUrl,
  bytes: Uint8Array,
};

/** Whether a value is of a kind, for arguments of dynamic type. */
export function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'any':
    case 'dyn':
      return true;
    case 'int':
      return Number.isSafeInteger(value);
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'null':
      return value === null;
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'object':
      return isPlainObject(value);
    default: {
      const known = classes[kind];
      return known !== undefined && value instanceof known;
    }
  }
}

function isPlainObject(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
