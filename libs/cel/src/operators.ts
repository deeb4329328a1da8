import { valueOf } from './access.ts';
import { celTypes } from './cel-type.ts';
import { celCompare, celEquals, CelDuration, CelError, CelTimestamp, spend, type Frame } from './cel-value.ts';
import type { Code } from './code.ts';
import { callOverload, overload, type FunctionTable } from './overload.ts';

const { int, double, string, bool, duration, timestamp } = celTypes;

/** JavaScript's numbers are exact up to 2^53; beyond, a result would be wrong, so it is an error as an overflow is in CEL. */
function exact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new CelError('integer overflow');
  return value;
}

function nonZero(value: number): number {
  if (value === 0) throw new CelError('division by zero');
  return value;
}

const numbers = (run: (a: number, b: number) => number) => (_: Frame, a: number, b: number) => run(a, b);

const arithmetic: FunctionTable = {
  '+': [
    overload(
      ['int', 'int'],
      int,
      numbers((a, b) => exact(a + b)),
    ),
    overload(
      ['double', 'double'],
      double,
      numbers((a, b) => a + b),
    ),
    overload(['string', 'string'], string, (frame, a: string, b: string) => {
      spend(frame, a.length + b.length);
      return a + b;
    }),
    overload(
      ['list', 'list'],
      ([type]) => type ?? celTypes.dyn,
      (frame, a: unknown[], b: unknown[]) => {
        spend(frame, a.length + b.length);
        return [...a, ...b];
      },
    ),
    overload(
      ['duration', 'duration'],
      duration,
      (_, a: CelDuration, b: CelDuration) => new CelDuration(a.nanoseconds + b.nanoseconds),
    ),
    overload(
      ['timestamp', 'duration'],
      timestamp,
      (_, a: CelTimestamp, b: CelDuration) => new CelTimestamp(a.milliseconds + b.nanoseconds / 1e6),
    ),
  ],
  '-': [
    overload(
      ['int', 'int'],
      int,
      numbers((a, b) => exact(a - b)),
    ),
    overload(
      ['double', 'double'],
      double,
      numbers((a, b) => a - b),
    ),
    overload(
      ['duration', 'duration'],
      duration,
      (_, a: CelDuration, b: CelDuration) => new CelDuration(a.nanoseconds - b.nanoseconds),
    ),
    overload(
      ['timestamp', 'timestamp'],
      duration,
      (_, a: CelTimestamp, b: CelTimestamp) => new CelDuration((a.milliseconds - b.milliseconds) * 1e6),
    ),
  ],
  '*': [
    overload(
      ['int', 'int'],
      int,
      numbers((a, b) => exact(a * b)),
    ),
    overload(
      ['double', 'double'],
      double,
      numbers((a, b) => a * b),
    ),
  ],
  '/': [
    overload(
      ['int', 'int'],
      int,
      numbers((a, b) => Math.trunc(a / nonZero(b))),
    ),
    overload(
      ['double', 'double'],
      double,
      numbers((a, b) => a / b),
    ),
  ],
  '%': [
    overload(
      ['int', 'int'],
      int,
      numbers((a, b) => a % nonZero(b)),
    ),
  ],
};

const order: Readonly<Record<string, (compared: number) => boolean>> = {
  '<': (n) => n < 0,
  '<=': (n) => n <= 0,
  '>': (n) => n > 0,
  '>=': (n) => n >= 0,
};

const orderOfNumbers: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const isNumber = ({ type: { kind } }: Code) => kind === 'int' || kind === 'double';
const isPlain = ({ type: { kind } }: Code) =>
  kind === 'string' || kind === 'bool' || isNumber({ type: { kind } } as Code);

/** A binary operator other than `&&` and `||`. */
export function binary(op: string, left: Code, right: Code): Code {
  if (op === '==' || op === '!=') return equality(op, left, right);
  if (op === 'in') return membership(left, right);
  const compare = order[op];
  if (compare === undefined) return callOverload(op, arithmetic[op] ?? [], [left, right]);
  const [a, b] = [left.run, right.run];
  const numeric = orderOfNumbers[op];
  if (numeric !== undefined && isNumber(left) && isNumber(right)) {
    return { type: bool, run: (frame) => numeric(a(frame) as number, b(frame) as number) };
  }
  return { type: bool, run: (frame) => compare(celCompare(a(frame), b(frame))) };
}

function equality(op: string, left: Code, right: Code): Code {
  const [a, b] = [left.run, right.run];
  if (isPlain(left) || isPlain(right)) {
    return op === '=='
      ? { type: bool, run: (frame) => a(frame) === b(frame) }
      : { type: bool, run: (frame) => a(frame) !== b(frame) };
  }
  const wanted = op === '==';
  return { type: bool, run: (frame) => celEquals(a(frame), b(frame)) === wanted };
}

function membership(left: Code, right: Code): Code {
  const [item, collection] = [left.run, right.run];
  const run = (frame: Frame): boolean => {
    const value = item(frame);
    const all = collection(frame);
    if (Array.isArray(all)) {
      spend(frame, all.length);
      return all.some((each) => celEquals(each, value));
    }
    if (all === null || typeof all !== 'object') throw new CelError('no such overload: in');
    return typeof value === 'string' && valueOf(all, value) !== undefined;
  };
  return { type: bool, run };
}

/** `!x` and `-x`. */
export function unary(op: string, operand: Code): Code {
  const { run } = operand;
  if (op === '!_') return { type: bool, run: (frame) => !asBool(run(frame)) };
  return { type: operand.type, run: (frame) => -asNumber(run(frame)) };
}

/** A condition must be true or false. */
export function asBool(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new CelError('no such overload: a condition must be a bool');
  return value;
}

function asNumber(value: unknown): number {
  if (typeof value !== 'number') throw new CelError('no such overload: -');
  return value;
}

/** `&&`: false wins over an error of the other side. */
export function and(left: Code, right: Code): Code {
  return { type: bool, run: absorbing(left.run, right.run, false) };
}

/** `||`: true wins over an error of the other side. */
export function or(left: Code, right: Code): Code {
  return { type: bool, run: absorbing(left.run, right.run, true) };
}

function absorbing(left: Code['run'], right: Code['run'], winner: boolean): Code['run'] {
  return (frame) => {
    let first: unknown;
    try {
      first = left(frame);
    } catch (error) {
      if (!(error instanceof CelError) || frame.budget < 0) throw error;
      if (right(frame) === winner) return winner;
      throw error;
    }
    if (first === winner) return winner;
    if (first === !winner) return asBool(right(frame));
    if (right(frame) === winner) return winner;
    throw new CelError('no such overload: a condition must be a bool');
  };
}
