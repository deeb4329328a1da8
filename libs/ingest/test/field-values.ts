import { anyPack, StructSchema, type Any } from '@bufbuild/protobuf/wkt';
import {
  create,
  getOption,
  hasOption,
  ScalarType,
  type DescField,
  type DescMessage,
  type Message,
} from '@bufbuild/protobuf';
import { required, rules } from '@malla/protos/gen/validate/validate_pb';
import { emptyOf, isValue, setField } from './places.ts';

/** A value for a field that was not set, and where inside it the one fact stands that it tells. */
export interface FieldValue {
  readonly value: unknown;
  /** Fields below the one that is set, such as `.retry_back_off.max_interval`. */
  readonly below: string;
  /** `Type.field` of the innermost field. */
  readonly fact: string;
}

const texts = [
  'x',
  '/x',
  '10.0.0.9',
  '%REQ(x)%',
  'X25519',
  'AES128-SHA',
  'internal',
  'xxxxx'.repeat(12) + 'xxxx',
  'a'.repeat(64),
];
const numbers = [7, 1, 0, 450, 70_000];

/** Values of a field, each with one fact beyond what its messages need; nested to a depth. */
export function valuesFor(field: DescField, owner: DescMessage, depth: number): FieldValue[] {
  const fact = `${owner.typeName}.${field.name}`;
  if (!field.message) return plainValues(field).map((value) => ({ value, below: '', fact }));
  if (field.message.typeName === 'google.protobuf.Any') return [{ value: unknownAny(), below: '', fact }];
  if (isValue(field.message)) return knownValues(field).map((value) => ({ value, below: '', fact }));
  const { message } = field;
  if (message.fields.length === 0) return [{ value: emptyOf(message), below: '', fact }];
  if (depth === 0) return [];
  return message.fields.flatMap((inner) =>
    valuesFor(inner, message, depth - 1).map((found) => {
      const value = minimal(message);
      setField(value, inner, found.value);
      return { value, below: `.${inner.name}${found.below}`, fact: found.fact };
    }),
  );
}

/** A message with what its rules require and nothing else, as far as that can be made up. */
export function minimal(schema: DescMessage, depth = 6): Message {
  const message = emptyOf(schema);
  if (depth === 0) return message;
  for (const field of schema.fields) {
    if (!field.oneof && needed(field)) setField(message, field, neededValue(field, depth - 1));
  }
  for (const oneof of schema.oneofs) {
    const first = oneof.fields[0];
    if (first && hasOption(oneof, required) && getOption(oneof, required)) {
      setField(message, first, neededValue(first, depth - 1));
    }
  }
  return message;
}

function needed(field: DescField): boolean {
  if (!hasOption(field, rules)) return false;
  const { message, type } = getOption(field, rules);
  if (message?.required) return true;
  switch (type.case) {
    case 'duration':
    case 'any':
      return type.value.required;
    case 'string':
      return type.value.minLen > 0n && !type.value.ignoreEmpty;
    case 'repeated':
      return type.value.minItems > 0n;
    case 'uint32':
      return type.value.gte > 0;
    default:
      return false;
  }
}

function neededValue(field: DescField, depth: number): unknown {
  if (!field.message) return plainValues(field)[0];
  if (field.message.typeName === 'google.protobuf.Any') return unknownAny();
  return isValue(field.message) ? knownValues(field)[0] : minimal(field.message, depth);
}

function plainValues(field: DescField): unknown[] {
  if (field.enum) return field.enum.values.map(({ number }) => number).filter((number) => number !== 0);
  const scalar = field.fieldKind === 'map' || field.fieldKind === 'list' ? field.scalar : field.scalar;
  switch (scalar) {
    case ScalarType.STRING:
      return texts;
    case ScalarType.BYTES:
      return [new Uint8Array([120])];
    case ScalarType.BOOL:
      return field.oneof ? [true, false] : [true];
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return [7.5, 0.5];
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return numbers.filter((number) => number !== 0).map(BigInt);
    default:
      return numbers.filter((number) => number !== 0 || field.oneof !== undefined);
  }
}

/** Values of google.protobuf's own types; generated code has wrappers and structs as plain values, except wrappers in oneofs. */
function knownValues(field: DescField): unknown[] {
  const schema = field.message as DescMessage;
  const wrapped = (values: readonly unknown[]) =>
    field.oneof || field.fieldKind !== 'message'
      ? values.map((value) => create(schema, { value } as never))
      : [...values];
  switch (schema.typeName) {
    case 'google.protobuf.Duration':
      return [7, 400].map((seconds) => create(schema, { seconds: BigInt(seconds) } as never));
    case 'google.protobuf.BoolValue':
      return wrapped([true, false]);
    case 'google.protobuf.UInt32Value':
      return wrapped(numbers);
    case 'google.protobuf.UInt64Value':
      return wrapped(numbers.map(BigInt));
    case 'google.protobuf.DoubleValue':
      return wrapped([1.5]);
    case 'google.protobuf.Struct':
      return [{ x: 'y' }];
    case 'google.protobuf.Empty':
      return [emptyOf(schema)];
    default:
      return wrapped(['x']);
  }
}

/** An Any of a type that is no extension. */
function unknownAny(): Any {
  return anyPack(StructSchema, create(StructSchema));
}
