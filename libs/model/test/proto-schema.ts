import type { Json } from './canonical-schema.ts';
import type { ProtoField, ProtoTypes } from './proto-messages.ts';

const scalars: Readonly<Record<string, Json>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  double: { type: 'number', format: 'double' },
  int32: { type: 'integer', format: 'int32' },
  uint32: { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
  'google.protobuf.BoolValue': { type: 'boolean', nullable: true },
  'google.protobuf.Int32Value': { type: 'integer', format: 'int32', nullable: true },
  'google.protobuf.Int64Value': { 'x-kubernetes-int-or-string': true, nullable: true },
  'google.protobuf.Duration': { type: 'string' },
  'google.protobuf.Struct': { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

/**
 * The structural schema of a message, as Istio's generator makes it of its protos: no rules, `oneOf` for a oneof, nullable wrappers. Types
 * of other packages are left open (`{ external: NAME }`): they have CustomResourceDefinitions to be compared with.
 */
export function protoSchema(types: ProtoTypes, name: string): Json {
  const fields = types.messages.get(name);
  if (fields === undefined) throw new Error(`no message ${name}`);
  const properties = Object.fromEntries(fields.map((field) => [field.json, fieldSchema(types, name, field)]));
  const required = fields.filter((f) => f.required).map((f) => f.json);
  const groups = [...new Set(fields.flatMap((f) => f.oneof ?? []))];
  const oneofs = groups.map((group) => variants(fields.filter((f) => f.oneof === group)));
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    ...(oneofs.length === 1 ? oneofs[0] : oneofs.length > 1 ? { allOf: oneofs } : {}),
  };
}

function variants(fields: readonly ProtoField[]): Json {
  const required = fields.map(({ json }) => ({ required: [json] }));
  return { oneOf: [{ not: { anyOf: required } }, ...required] };
}

function fieldSchema(types: ProtoTypes, scope: string, { type, mapOf, list }: ProtoField): Json {
  if (mapOf !== undefined) return { type: 'object', additionalProperties: typeSchema(types, scope, mapOf) };
  const one = typeSchema(types, scope, type);
  return list ? { type: 'array', items: one } : one;
}

function typeSchema(types: ProtoTypes, scope: string, type: string): Json {
  const scalar = scalars[type];
  if (scalar !== undefined) return scalar;
  if (type.startsWith('istio.')) return { external: type };
  // Names are looked up from the inside outwards.
  const parts = scope.split('.');
  for (let depth = parts.length; depth >= 0; depth--) {
    const name = [...parts.slice(0, depth), type].join('.');
    const values = types.enums.get(name);
    if (values !== undefined) return { type: 'string', enum: values };
    if (types.messages.has(name)) return protoSchema(types, name);
  }
  throw new Error(`no type ${type} in ${scope}`);
}
