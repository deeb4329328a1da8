import { celTypes, optionalOf, type CelType } from './cel-type.ts';
import { CelError, CelOptional, isLookup, type Frame } from './cel-value.ts';
import { CelCompileError, type Code } from './code.ts';

const reserved =
  /^__(true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)__$/;

/** The field that an escaped name stands for: `__namespace__`, `a__dash__b`. Source: k8s.io/apiserver/pkg/cel/escaping.go */
export function unescapeName(name: string): string {
  const word = reserved.exec(name);
  if (word !== null) return word[1] as string;
  return name
    .replaceAll('__dot__', '.')
    .replaceAll('__dash__', '-')
    .replaceAll('__slash__', '/')
    .replaceAll('__underscores__', '__');
}

/** The name and the type of a field of an operand, or a compile error when its type has no such field. */
function fieldOf(operand: CelType, written: string): { readonly name: string; readonly type: CelType } {
  switch (operand.kind) {
    case 'object': {
      const name = operand.field(written) === undefined ? unescapeName(written) : written;
      const type = operand.field(name);
      if (type === undefined) throw new CelCompileError(`undefined field '${written}'`);
      return { name, type };
    }
    case 'map':
      return { name: written, type: operand.value };
    case 'dyn':
      return { name: unescapeName(written), type: celTypes.dyn };
    default:
      throw new CelCompileError(`type ${operand.kind} has no fields`);
  }
}

/** A field's value, or undefined where it is missing. Only own properties: data has no others. */
export function valueOf(object: unknown, name: string): unknown {
  if (object === null || typeof object !== 'object') throw new CelError(`no such overload: field ${name}`);
  if (isLookup(object)) return object.lookup(name);
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

/** `x.name`; on an optional value the result is optional. */
export function select(operand: Code, written: string): Code {
  if (operand.type.kind === 'optional') return selectOptional(operand, written);
  const { name, type } = fieldOf(operand.type, written);
  const { run } = operand;
  return {
    type,
    run: (frame) => {
      const value = valueOf(run(frame), name);
      if (value === undefined) throw new CelError(`no such key: ${name}`);
      return value;
    },
  };
}

/** `has(x.name)`. */
export function presence(operand: Code, written: string): Code {
  const { type } = operand;
  const { name } = fieldOf(type.kind === 'optional' ? type.value : type, written);
  const { run } = operand;
  const test = (frame: Frame) => {
    const object = run(frame);
    if (!(object instanceof CelOptional)) return valueOf(object, name) !== undefined;
    return object.value !== undefined && valueOf(object.value, name) !== undefined;
  };
  return { type: celTypes.bool, run: test };
}

/** `x.?name`: a missing field is an empty optional. */
export function selectOptional(operand: Code, written: string): Code {
  const { type: outer, run } = operand;
  const { name, type } = fieldOf(outer.kind === 'optional' ? outer.value : outer, written);
  return {
    type: optionalOf(type),
    run: (frame) => {
      const given = run(frame);
      const object = given instanceof CelOptional ? given.value : given;
      return optional(object === undefined ? undefined : valueOf(object, name));
    },
  };
}

const optional = (value: unknown) => (value === undefined ? CelOptional.none : new CelOptional(value));

/** `x[key]`, and `x[?key]` when `asOptional`. */
export function index(operand: Code, key: Code, asOptional: boolean): Code {
  const outer = operand.type;
  const collection = outer.kind === 'optional' ? outer.value : outer;
  const type = elementOf(collection);
  const wraps = asOptional || outer.kind === 'optional';
  const run = (frame: Frame): unknown => {
    const given = operand.run(frame);
    const items = given instanceof CelOptional ? given.value : given;
    const at = key.run(frame);
    const value = items === undefined ? undefined : itemAt(items, at);
    if (wraps) return optional(value);
    if (value !== undefined) return value;
    throw new CelError(Array.isArray(items) ? `index out of bounds: ${String(at)}` : `no such key: ${String(at)}`);
  };
  return { type: wraps ? optionalOf(type) : type, run };
}

function elementOf(type: CelType): CelType {
  if (type.kind === 'list') return type.element;
  if (type.kind === 'map') return type.value;
  if (type.kind === 'dyn') return celTypes.dyn;
  throw new CelCompileError(`type ${type.kind} has no elements`);
}

function itemAt(items: unknown, at: unknown): unknown {
  if (Array.isArray(items)) {
    if (typeof at !== 'number') throw new CelError('no such overload: the index of a list is an int');
    return items[at] as unknown;
  }
  if (typeof at !== 'string') throw new CelError('no such overload: the key of a map is a string');
  return valueOf(items, at);
}
