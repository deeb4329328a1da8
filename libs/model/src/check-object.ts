import type { z } from 'zod';
import { isKnownUnsupportedKind, unsupportedGroups, unsupportedKindNames } from './known/known-kinds.ts';
import { isKnownUnsupportedValue, knownFieldNames } from './known/known-fields.ts';
import { formatPath, valueAt, type FieldPath } from './problems/field-path.ts';
import { didYouMean } from './problems/nearest.ts';
import { errorAt, problemCodes, type Problem } from './problems/problem.ts';
import type { KindDefinition, Payload } from './kinds/kind-definition.ts';
import { findKind, groupOf, kinds, objectSchema } from './registry.ts';
import { describeIssue, hintForValue } from './schema/describe-issue.ts';
import { schemaAt, shapeOf } from './schema/walk.ts';

/** Largest object accepted, in UTF-16 units of its JSON; Kubernetes stops at about 1.5 MB. */
export const maxObjectSize = 1_048_576;

/** Deepest nesting accepted; the model's own schemas need 12. */
export const maxObjectDepth = 64;

const schemas = new Map<Payload, z.ZodType>();

function schemaOf(definition: KindDefinition, version: string): z.ZodType {
  const payload = definition.payloadOf[version] ?? definition.payload;
  const known = schemas.get(payload);
  if (known !== undefined) return known;
  const schema = objectSchema(definition, version);
  schemas.set(payload, schema);
  return schema;
}

/**
 * Checks an object from outside against the schema of its kind: kind and version known, no unknown field, every value of the right
 * type, range and form. An empty list means that the object is a `KnownResource`. Meaning (semantic rules) is checked by @malla/validate.
 */
export function checkObject(object: unknown): Problem[] {
  const shape = checkShape(object);
  if (shape.length > 0) return shape;
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const definition = findKind(groupOf(apiVersion), kind);
  if (definition === undefined) return [unknownKind(apiVersion, kind)];
  const version = checkVersion(definition, apiVersion);
  if (version !== undefined) return [version];
  const schema = schemaOf(definition, apiVersion.slice(apiVersion.indexOf('/') + 1));
  const result = schema.safeParse(object, { error: describeIssue });
  return result.success
    ? []
    : relevant(result.error.issues).flatMap((issue) => problemsOf(issue, { object, schema, kind }));
}

/** Leaves out "exactly one of" complaints about an object with an unknown field: the mistyped field is the cause. */
function relevant(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const mistyped = new Set(issues.filter((i) => i.code === 'unrecognized_keys').map((i) => JSON.stringify(i.path)));
  return issues.filter((i) => i.code !== 'custom' || !mistyped.has(JSON.stringify(i.path)));
}

/** Problems with the object as such: not an object, too large, too deep, or without apiVersion, kind, metadata. */
function checkShape(object: unknown): Problem[] {
  const { notAnObject, tooLarge } = problemCodes;
  if (object === null || typeof object !== 'object' || Array.isArray(object)) {
    return [errorAt(notAnObject, '', 'must be an object with apiVersion, kind and metadata')];
  }
  const depth = checkTree(object, [], maxObjectDepth);
  if (depth !== undefined) return [depth];
  if (JSON.stringify(object).length > maxObjectSize)
    return [errorAt(tooLarge, '', `is larger than ${maxObjectSize} bytes`)];
  return (['apiVersion', 'kind'] as const).flatMap((field) => {
    const value = valueAt(object, [field]);
    return typeof value === 'string' && value !== '' ? [] : [errorAt(notAnObject, field, 'is required')];
  });
}

/** Finds nesting that is too deep (which would exhaust the stack later) and keys that JavaScript gives a meaning. */
function checkTree(value: unknown, path: FieldPath, levels: number): Problem | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (levels === 0)
    return errorAt(
      problemCodes.tooLarge,
      formatPath(path.slice(0, 4)),
      `is nested deeper than ${maxObjectDepth} levels`,
    );
  for (const [key, child] of Object.entries(value)) {
    if (key === '__proto__')
      return errorAt(problemCodes.unknownField, formatPath([...path, key]), 'is not a field of any kind');
    const found = checkTree(child, [...path, Array.isArray(value) ? Number(key) : key], levels - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unknownKind(apiVersion: string, kind: string): Problem {
  const group = groupOf(apiVersion);
  if (isKnownUnsupportedKind(group, kind)) {
    const list = kinds.map((k) => k.kind).join(', ');
    return errorAt(
      problemCodes.unsupportedKind,
      'kind',
      `${kind} (${apiVersion}) is not supported yet`,
      `supported kinds: ${list}`,
    );
  }
  const elsewhere = kinds.find((k) => k.kind === kind);
  if (elsewhere !== undefined) return checkVersion(elsewhere, apiVersion) as Problem;
  const names = [...kinds.map((k) => k.kind), ...unsupportedKindNames()];
  const groups = [...kinds.map((k) => k.group), ...unsupportedGroups()];
  const hint = didYouMean(kind, names) ?? (groups.includes(group) ? undefined : didYouMean(group, groups));
  return errorAt(
    problemCodes.unknownKind,
    'kind',
    `${JSON.stringify(kind.slice(0, 80))} is not a known kind of ${apiVersion}`,
    hint,
  );
}

function checkVersion(definition: KindDefinition, apiVersion: string): Problem | undefined {
  const served = definition.versions.map((v) => (definition.group === '' ? v : `${definition.group}/${v}`));
  if (served.includes(apiVersion)) return undefined;
  const message = `${JSON.stringify(apiVersion.slice(0, 80))} is not served for ${definition.kind}`;
  return errorAt(problemCodes.unknownVersion, 'apiVersion', message, `use ${served.join(', ')}`);
}

interface IssueContext {
  readonly object: unknown;
  readonly schema: z.ZodType;
  readonly kind: string;
}

function problemsOf(issue: z.core.$ZodIssue, context: IssueContext): Problem[] {
  const path = issue.path as FieldPath;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(path, key, context));
  const text = formatPath(path);
  const value = valueAt(context.object, path);
  const at = schemaAt(context.schema, path);
  if (at !== undefined && isKnownUnsupportedValue(context.kind, at.pattern, value)) {
    const accepted = valuesAt(at.schema);
    const hint = accepted.length > 0 ? `supported: ${accepted.join(', ')}` : issue.message;
    return [
      errorAt(problemCodes.unsupportedValue, text, `${(value as string).slice(0, 80)} is not supported yet`, hint),
    ];
  }
  const hint = at === undefined || value === undefined ? undefined : hintForValue(valuesAt(at.schema), value);
  return [errorAt(problemCodes.schema, text, issue.message, hint)];
}

function valuesAt(schema: z.ZodType): readonly (string | number)[] {
  const shape = shapeOf(schema);
  return shape.type === 'enum' ? shape.values : [];
}

function unknownField(path: FieldPath, key: string, { schema, kind }: IssueContext): Problem {
  const text = formatPath([...path, key]);
  const at = schemaAt(schema, path);
  const shape = at === undefined ? undefined : shapeOf(at.schema);
  const accepted = shape?.type === 'object' ? Object.keys(shape.fields) : [];
  const known = at === undefined ? [] : knownFieldNames(kind, at.pattern);
  if (known.includes(key))
    return errorAt(
      problemCodes.unsupportedField,
      text,
      'is not supported yet',
      'remove the field: Malla never ignores one',
    );
  const hint =
    didYouMean(key, [...accepted, ...known]) ??
    (accepted.length > 0 && accepted.length <= 12 ? `known fields: ${accepted.join(', ')}` : undefined);
  return errorAt(problemCodes.unknownField, text, `is not a field of ${kind}`, hint);
}
