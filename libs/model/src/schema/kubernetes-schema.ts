import { z } from 'zod';

/** One rule in CEL, as a CustomResourceDefinition's `x-kubernetes-validations` has it; `self` is the value. */
export interface CelRule {
  readonly rule: string;
  /** For people; Kubernetes prints it as it is. */
  readonly message: string;
  /** CEL that makes a message with values; wins over `message` where it works. */
  readonly messageExpression?: string;
  /** Machine-readable reason, default FieldValueInvalid. */
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
}

const celKey = 'x-kubernetes-validations';

/**
 * Adds rules in CEL to a schema. They stand in the CustomResourceDefinition and are evaluated by the validator, so both refuse the same.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly CelRule[]): S {
  // With rules it is another type than the one of that name.
  const { id, ...meta } = schema.meta() ?? {};
  void id;
  return schema.meta({ ...meta, [celKey]: [...celRulesOf(schema), ...rules] });
}

/** The rules of a schema itself, not of what it holds. */
export function celRulesOf(schema: z.ZodType): readonly CelRule[] {
  return (schema.meta()?.[celKey] as readonly CelRule[] | undefined) ?? [];
}

/** A whole number or a text, as Kubernetes' IntOrString. */
export function intOrString(): z.ZodType<number | string> {
  return z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true });
}

/** An object whose fields are not looked into: kept as sent. For google.protobuf.Struct, and for parts of core kinds that the mesh does not read. */
export function anyObject(): z.ZodType<Readonly<Record<string, unknown>>> {
  return z.record(z.string(), z.unknown()).meta({ 'x-kubernetes-preserve-unknown-fields': true });
}
