import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { index, presence, select, selectOptional } from './access.ts';
import { celTypes, commonType, listOf, mapOf, type CelType } from './cel-type.ts';
import { CelError, CelTypeValue, spend, type Frame } from './cel-value.ts';
import { CelCompileError, type CelDialect, type Code, type Scope } from './code.ts';
import { checkAllowed, matched, ofDialect } from './dialect.ts';
import { functions, methods } from './functions/tables.ts';
import { compileMacro } from './macros.ts';
import { and, asBool, or, unary } from './operators.ts';
import { callOverload } from './overload.ts';

/** A compiled expression. */
export interface CelProgram {
  readonly type: CelType;
  /** Its value for these variables, in the order in which they were declared. Throws `CelError` where it has none. */
  evaluate(variables: readonly unknown[], budget: CelBudget): unknown;
}

/** Work that all rules of an object share; each loop over n elements and each text of n characters takes n. */
export interface CelBudget {
  left: number;
}

const parser = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });

/**
 * Compiles an expression into closures over plain JSON. It is checked against the types of its variables as kube-apiserver checks it, so
 * that a rule which names a field that does not exist is found before any object is. Throws {@link CelCompileError}.
 *
 * The parser is cel-js's; the evaluation is our own, because ten thousand objects with about forty rules each must take less than a second.
 * Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md and https://kubernetes.io/docs/reference/using-api/cel/
 * @param dialect what the expression may use; default: everything that Kubernetes has
 */
export function compileCel(
  text: string,
  variables: readonly (readonly [name: string, type: CelType])[],
  dialect?: CelDialect,
): CelProgram {
  const scope: Scope = {
    variables: new Map(variables.map(([name, type], slot) => [name, { slot, type }])),
    nextSlot: variables.length,
    dialect,
  };
  const { type, run } = compileNode(parse(text), scope);
  return {
    type,
    evaluate(values, budget) {
      const frame: Frame = { slots: [...values], budget: budget.left };
      try {
        return run(frame);
      } finally {
        budget.left = frame.budget;
      }
    },
  };
}

function parse(text: string): ASTNode {
  try {
    return parser.parse(text).ast;
  } catch (thrown) {
    throw new CelCompileError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function compileNode(node: ASTNode, scope: Scope): Code {
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return identifier(node.args, scope);
    case '.':
      return select(compileNode(node.args[0], scope), node.args[1]);
    case '.?':
      return selectOptional(compileNode(node.args[0], scope), node.args[1]);
    case '[]':
    case '[?]':
      return index(compileNode(node.args[0], scope), compileNode(node.args[1], scope), node.op === '[?]');
    case 'call':
      return call(node.args[0], node.args[1], scope);
    case 'rcall':
      return methodCall(node.args[0], node.args[1], node.args[2], scope);
    case 'list':
      return list(node.args.map((item) => compileNode(item, scope)));
    case 'map':
      return map(node.args.map(([key, value]) => [compileNode(key, scope), compileNode(value, scope)]));
    case '?:':
      return condition(node.args.map((part) => compileNode(part, scope)) as [Code, Code, Code]);
    case '&&':
      return and(compileNode(node.args[0], scope), compileNode(node.args[1], scope));
    case '||':
      return or(compileNode(node.args[0], scope), compileNode(node.args[1], scope));
    case '!_':
    case '-_':
      return unary(node.op, compileNode(node.args, scope));
    default:
      return ofDialect(node.op, compileNode(node.args[0], scope), compileNode(node.args[1], scope), scope);
  }
}

function literal(value: unknown): Code {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new CelCompileError('integers beyond 2^53 are not supported');
    return { type: celTypes.int, run: () => number };
  }
  if (value === null) return { type: celTypes.null, run: () => null };
  switch (typeof value) {
    case 'number':
      return { type: celTypes.double, run: () => value };
    case 'string':
      return { type: celTypes.string, run: () => value };
    case 'boolean':
      return { type: celTypes.bool, run: () => value };
    default:
      if (value instanceof Uint8Array) return { type: celTypes.bytes, run: () => value };
      throw new CelCompileError('unsigned integers are not supported');
  }
}

const typeValues: Readonly<Record<string, CelTypeValue>> = Object.fromEntries(
  ['int', 'double', 'string', 'bool', 'bytes', 'list', 'map', 'null_type', 'type'].map((name) => [
    name,
    new CelTypeValue(name),
  ]),
);

function identifier(name: string, scope: Scope): Code {
  const variable = scope.variables.get(name);
  if (variable !== undefined) {
    const { slot, type } = variable;
    return { type, run: (frame) => frame.slots[slot] };
  }
  const value = Object.hasOwn(typeValues, name) ? typeValues[name] : undefined;
  if (value === undefined) throw new CelCompileError(`undeclared reference to '${name}'`);
  return { type: celTypes.type, run: () => value };
}

function call(name: string, args: readonly ASTNode[], scope: Scope): Code {
  const [only] = args;
  if (name === 'has') {
    if (only?.op !== '.' && only?.op !== '.?') throw new CelCompileError('has() takes a field');
    const operand = compileNode(only.args[0], scope);
    return presence(operand, only.args[1]);
  }
  checkAllowed(name, args, scope);
  const code = callOverload(
    name,
    table(functions, name),
    args.map((arg) => compileNode(arg, scope)),
  );
  return matched(name, code, scope);
}

function methodCall(name: string, receiver: ASTNode, args: readonly ASTNode[], scope: Scope): Code {
  checkAllowed(name, args, scope);
  const space = namespaceOf(receiver, scope);
  if (space !== undefined) {
    return callOverload(
      `${space}.${name}`,
      table(functions, `${space}.${name}`),
      args.map((arg) => compileNode(arg, scope)),
    );
  }
  const macro = compileMacro({ name, receiver, args }, scope, compileNode);
  if (macro !== undefined) return macro;
  const code = callOverload(
    name,
    table(methods, name),
    [receiver, ...args].map((arg) => compileNode(arg, scope)),
  );
  return matched(name, code, scope);
}

/** `format.dns1123Label()` is a function of a namespace, not a method. */
function namespaceOf(receiver: ASTNode, scope: Scope): string | undefined {
  if (receiver.op !== 'id' || scope.variables.has(receiver.args)) return undefined;
  return ['format', 'optional'].includes(receiver.args) ? receiver.args : undefined;
}

function table<T>(from: Readonly<Record<string, readonly T[]>>, name: string): readonly T[] {
  const found = Object.hasOwn(from, name) ? from[name] : undefined;
  if (found === undefined) throw new CelCompileError(`undeclared reference to '${name}'`);
  return found;
}

function list(items: readonly Code[]): Code {
  return {
    type: listOf(commonType(items.map((item) => item.type))),
    run: (frame) => items.map((item) => item.run(frame)),
  };
}

function map(entries: readonly (readonly [Code, Code])[]): Code {
  const run = (frame: Frame) => {
    spend(frame, entries.length);
    return Object.fromEntries(
      entries.map(([key, value]) => {
        const name = key.run(frame);
        if (typeof name !== 'string') throw new CelError('the key of a map is a string');
        return [name, value.run(frame)];
      }),
    );
  };
  return { type: mapOf(commonType(entries.map(([, value]) => value.type))), run };
}

function condition([test, yes, no]: readonly [Code, Code, Code]): Code {
  return {
    type: commonType([yes.type, no.type]),
    run: (frame) => (asBool(test.run(frame)) ? yes.run(frame) : no.run(frame)),
  };
}
