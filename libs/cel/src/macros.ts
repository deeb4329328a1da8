import type { ASTNode } from '@marcbachmann/cel-js';
import { celTypes, listOf, optionalOf, type CelType } from './cel-type.ts';
import { CelError, CelOptional, spend, type Frame } from './cel-value.ts';
import { CelCompileError, withVariable, type Code, type Scope } from './code.ts';
import { asBool } from './operators.ts';

/** Compiles a part of an expression; given to the macros so that they need not know the compiler. */
export type Compile = (node: ASTNode, scope: Scope) => Code;

/** A condition that fails for one element counts only if no other decides. */
function quantifier(range: Code['run'], slot: number, condition: Code['run'], decides: boolean): Code['run'] {
  return (frame) => {
    let failed: CelError | undefined;
    for (const item of elements(range(frame), frame)) {
      frame.slots[slot] = item;
      try {
        if (asBool(condition(frame)) === decides) return decides;
      } catch (error) {
        if (!(error instanceof CelError) || frame.budget < 0) throw error;
        failed ??= error;
      }
    }
    if (failed !== undefined) throw failed;
    return !decides;
  };
}

/** What a loop goes over: the elements of a list, the keys of a map. */
function elements(value: unknown, frame: Frame): readonly unknown[] {
  const items = Array.isArray(value)
    ? value
    : value !== null && typeof value === 'object'
      ? Object.keys(value)
      : undefined;
  if (items === undefined) throw new CelError('no such overload: a loop goes over a list or a map');
  spend(frame, items.length);
  return items as readonly unknown[];
}

function elementType(range: CelType): CelType {
  if (range.kind === 'list') return range.element;
  if (range.kind === 'map' || range.kind === 'object') return celTypes.string;
  if (range.kind === 'dyn') return celTypes.dyn;
  throw new CelCompileError(`a loop cannot go over ${range.kind}`);
}

const loops: readonly string[] = ['all', 'exists', 'exists_one', 'filter', 'map'];

/** A method that is a macro, compiled; undefined when the name is none. */
export function compileMacro(
  call: { readonly name: string; readonly receiver: ASTNode; readonly args: readonly ASTNode[] },
  scope: Scope,
  compile: Compile,
): Code | undefined {
  const { name, receiver, args } = call;
  const [variable, second, third] = args;
  if (variable === undefined || second === undefined || variable.op !== 'id') return undefined;
  if ((name === 'optMap' || name === 'optFlatMap') && third === undefined) {
    return optionalMap(name, compile(receiver, scope), { variable: variable.args, body: second }, scope, compile);
  }
  if (third === undefined ? !loops.includes(name) : name !== 'map') return undefined;
  const range = compile(receiver, scope);
  const inner = withVariable(scope, variable.args, elementType(range.type));
  const body = compile(second, inner.scope);
  return loop(name, range, inner.slot, third === undefined ? [body] : [body, compile(third, inner.scope)]);
}

function loop(name: string, range: Code, slot: number, [body, transform]: readonly Code[]): Code {
  const { run } = body as Code;
  if (name === 'all') return { type: celTypes.bool, run: quantifier(range.run, slot, run, false) };
  if (name === 'exists') return { type: celTypes.bool, run: quantifier(range.run, slot, run, true) };
  const each = (frame: Frame, visit: (item: unknown) => void) => {
    for (const item of elements(range.run(frame), frame)) {
      frame.slots[slot] = item;
      visit(item);
    }
  };
  if (name === 'exists_one') {
    return {
      type: celTypes.bool,
      run: (frame) => {
        let count = 0;
        each(frame, () => (count += asBool(run(frame)) ? 1 : 0));
        return count === 1;
      },
    };
  }
  const collect = (frame: Frame, visit: (item: unknown, into: unknown[]) => void) => {
    const found: unknown[] = [];
    each(frame, (item) => visit(item, found));
    return found;
  };
  if (name === 'filter') {
    const keep = (frame: Frame) => collect(frame, (item, into) => asBool(run(frame)) && into.push(item));
    return { type: listOf(elementType(range.type)), run: keep };
  }
  if (transform === undefined) {
    return { type: listOf((body as Code).type), run: (frame) => collect(frame, (_, into) => into.push(run(frame))) };
  }
  return {
    type: listOf(transform.type),
    run: (frame) => collect(frame, (_, into) => asBool(run(frame)) && into.push(transform.run(frame))),
  };
}

function optionalMap(
  name: string,
  receiver: Code,
  { variable, body }: { readonly variable: string; readonly body: ASTNode },
  scope: Scope,
  compile: Compile,
): Code {
  const inner = withVariable(scope, variable, receiver.type.kind === 'optional' ? receiver.type.value : celTypes.dyn);
  const code = compile(body, inner.scope);
  const type = name === 'optMap' ? optionalOf(code.type) : code.type;
  return {
    type,
    run: (frame) => {
      const given = receiver.run(frame);
      if (!(given instanceof CelOptional)) throw new CelError(`no such overload: ${name}`);
      if (given.value === undefined) return CelOptional.none;
      frame.slots[inner.slot] = given.value;
      const value = code.run(frame);
      return name === 'optMap' ? new CelOptional(value) : value;
    },
  };
}
