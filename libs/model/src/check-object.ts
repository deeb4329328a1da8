import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { formatPath, valueAt, type FieldPath } from './problems/field-path.ts';
import { didYouMean } from './problems/nearest.ts';
import { errorAt, problemCodes, type Problem } from './problems/problem.ts';
import type { KindDefinition, Payload } from './kinds/kind-definition.ts';
import { findKind, groupOf, kinds, objectSchema, versionOf } from './registry.ts';
import { checkRules, type BrokenFields } from './schema/check-rules.ts';
import { dropNulls, fillDefaults } from './schema/defaults.ts';
import { describeIssue, hintForValue } from './schema/describe-issue.ts';
import { rootNode, type SchemaNode } from './schema/schema-node.ts';
import { schemaAt, shapeOf } from './schema/walk.ts';
import { measure, type Measured } from './measure.ts';

/** Largest object accepted, in UTF-16 units of its JSON; Kubernetes stops at about 1.5 MB. */
export const maxObjectSize = 1_048_576;

/** Deepest nesting accepted; the model's own schemas need 12. */
export const maxObjectDepth = 64;

export interface CheckOptions {
  /** The object as it is stored, when this is an update: rules that compare with it are evaluated too. */
  readonly old?: unknown;
  /** Whether the status is checked too, because a controller has written it; default false: that of other clients is dropped anyway. */
  readonly status?: boolean;
}

interface CompiledSchema {
  readonly zod: z.ZodType;
  readonly tree: SchemaNode;
}

const schemas = new Map<KindDefinition, Map<Payload, CompiledSchema>>();

function schemaOf(definition: KindDefinition, version: string): CompiledSchema {
  const payload = definition.payloadOf[version] ?? definition.payload;
  const ofKind = schemas.get(definition) ?? new Map<Payload, CompiledSchema>();
  schemas.set(definition, ofKind);
  const known = ofKind.get(payload);
  if (known !== undefined) return known;
  const made = { zod: objectSchema(definition, version), tree: rootNode(definition, version) };
  ofKind.set(payload, made);
  return made;
}

/**
 * Checks an object from outside against the schema of its kind: kind and version known, no unknown field, every value of the right
 * type, range and form, and every rule in CEL that its CustomResourceDefinition has; all problems at once. An empty list means that the
 * object is a `KnownResource`. As for Kubernetes, fields that are null are not there, and rules see an object with its defaults.
 * Meaning (semantic rules) is checked by @malla/validate.
 */
export function checkObject(object: unknown, options: CheckOptions = {}): Problem[] {
  return inspectObject(object, options).problems;
}

export interface ObjectInspection {
  readonly problems: Problem[];
  /** Whether every field has the type that its schema says: then only rules in CEL are broken, and its meaning can be checked as well. */
  readonly isTyped: boolean;
  /** The object as its rules see it: with defaults, without fields that are null, and with a name if the server makes it. */
  readonly completed: unknown;
}

const untyped = (...problems: Problem[]): ObjectInspection => ({ problems, isTyped: false, completed: undefined });

/** As {@link checkObject}, for those who go on with an object that has problems, to tell all of them at once. */
export function inspectObject(object: unknown, options: CheckOptions = {}): ObjectInspection {
  const measured = measure(object, { levels: maxObjectDepth, size: maxObjectSize });
  const shape = checkShape(object, measured);
  if (shape.length > 0) return untyped(...shape);
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const definition = findKind(groupOf(apiVersion), kind);
  if (definition === undefined) return untyped(unknownKind(apiVersion, kind));
  const version = checkVersion(definition, apiVersion);
  if (version !== undefined) return untyped(version);
  const schema = schemaOf(definition, versionOf(apiVersion));
  const written = options.status === true ? object : withoutStatus(definition, object as object);
  const given = measured.hasNull ? dropNulls(schema.tree, written) : written;
  const beginning = nameBeginning(object);
  const named = beginning === undefined ? given : withGeneratedName(given as object, beginning);
  const found = checkFields(kind, schema, fillDefaults(schema.tree, named), options.old);
  return beginning === undefined ? found : { ...found, problems: found.problems.map(atGenerateName) };
}

/** What a client writes: kinds with a status have it written elsewhere. */
function withoutStatus({ payload }: KindDefinition, object: object): object {
  if (payload['status'] === undefined || !('status' in object)) return object;
  return { ...object, status: undefined };
}

/** `metadata.generateName` of an object without a name. */
function nameBeginning(object: unknown): string | undefined {
  const [name, beginning] = ['name', 'generateName'].map((field) => valueAt(object, ['metadata', field]));
  return (name === undefined || name === null || name === '') && typeof beginning === 'string' && beginning !== ''
    ? beginning
    : undefined;
}

/** The object with a name such as the server will make: what begins a valid name is told by it. */
function withGeneratedName(object: object, beginning: string): object {
  const { metadata } = object as { readonly metadata: object };
  return { ...object, metadata: { ...metadata, name: `${beginning.slice(0, 248)}x1x1x` } };
}

function atGenerateName(problem: Problem): Problem {
  return problem.path === 'metadata.name' ? { ...problem, path: 'metadata.generateName' } : problem;
}

function checkFields(kind: string, { zod, tree }: CompiledSchema, object: unknown, old: unknown): ObjectInspection {
  const result = zod.safeParse(object, { error: describeIssue });
  const issues = result.success ? [] : relevant(result.error.issues);
  const problems = bounded(
    issues.slice(0, maxProblems).flatMap((issue) => problemsOf(issue, { object, schema: zod, kind })),
    issues.length,
  );
  const broken = issues.length === 0 ? undefined : brokenFields(issues);
  const before = old === undefined ? undefined : fillDefaults(tree, dropNulls(tree, old));
  return {
    problems: [...problems, ...checkRules(tree, object, before, broken)],
    isTyped: result.success,
    completed: object,
  };
}

/** Most problems told of one object: a few thousand would help nobody, and take long to word. */
const maxProblems = 200;

function bounded(problems: Problem[], issues: number): Problem[] {
  if (problems.length <= maxProblems && issues <= maxProblems) return problems;
  const more = errorAt(problemCodes.schema, '', 'has more problems than are told');
  return [...problems.slice(0, maxProblems), more];
}

/** The paths of issues as a tree; a leaf is a field that has one. */
function brokenFields(issues: readonly z.core.$ZodIssue[]): BrokenFields {
  const root: BrokenFields = new Map();
  for (const issue of issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    for (const key of keys) {
      let at = root;
      for (const segment of key === undefined ? issue.path : [...issue.path, key]) {
        const next = at.get(segment) ?? (new Map() as BrokenFields);
        at.set(segment, next);
        at = next;
      }
    }
  }
  return root;
}

/**
 * Leaves out what follows from another issue: "exactly one of" of an object with an unknown field, which is mistyped; the length of what
 * is of the wrong type.
 */
function relevant(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const at = (code: string) => new Set(issues.filter((i) => i.code === code).map((i) => JSON.stringify(i.path)));
  const [mistyped, wrongType] = [at('unrecognized_keys'), at('invalid_type')];
  return issues.filter((i) => {
    if (i.code === 'custom') return !mistyped.has(JSON.stringify(i.path));
    return i.code === 'invalid_type' || wrongType.size === 0 || !wrongType.has(JSON.stringify(i.path));
  });
}

/** Problems with the object as such: not an object, too large, too deep, or without apiVersion, kind, metadata. */
function checkShape(object: unknown, measured: Measured): Problem[] {
  const { notAnObject, tooLarge, unknownField: unknown } = problemCodes;
  if (object === null || typeof object !== 'object' || Array.isArray(object)) {
    return [errorAt(notAnObject, '', 'must be an object with apiVersion, kind and metadata')];
  }
  if (measured.tooLarge) return [errorAt(tooLarge, '', `is larger than ${maxObjectSize} bytes`)];
  if (measured.tooDeep !== undefined) {
    const path = formatPath(measured.tooDeep.slice(0, 4));
    return [errorAt(tooLarge, path, `is nested deeper than ${maxObjectDepth} levels`)];
  }
  if (measured.prototypeKey !== undefined)
    return [errorAt(unknown, formatPath(measured.prototypeKey), 'is not a field of any kind')];
  return (['apiVersion', 'kind'] as const).flatMap((field) => {
    const value = valueAt(object, [field]);
    return typeof value === 'string' && value !== '' ? [] : [errorAt(notAnObject, field, 'is required')];
  });
}
/** A kind of nobody, or of another platform: a cluster has many. */
function unknownKind(apiVersion: string, kind: string): Problem {
  const group = groupOf(apiVersion);
  const elsewhere = kinds.find((k) => k.kind === kind);
  if (elsewhere !== undefined) return checkVersion(elsewhere, apiVersion) as Problem;
  const groups = [...new Set(kinds.map((k) => k.group))];
  const hint =
    didYouMean(
      kind,
      kinds.map((k) => k.kind),
    ) ?? (groups.includes(group) ? undefined : nearGroup(group, groups));
  return errorAt(
    problemCodes.unknownKind,
    'kind',
    `${JSON.stringify(kind.slice(0, 80))} is not a known kind of ${apiVersion.slice(0, 80)}`,
    hint,
  );
}

/** Names of groups end alike, so only a slip of the pen counts. */
function nearGroup(group: string, groups: readonly string[]): string | undefined {
  const near = groups.filter((known) => distance(group, known) <= 3);
  return didYouMean(group, near);
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
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, maxProblems + 1).map((key) => unknownField(path, key, context));
  const text = formatPath(path);
  const value = valueAt(context.object, path);
  const at = schemaAt(context.schema, path);
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
  const hint =
    didYouMean(key, accepted) ??
    (accepted.length > 0 && accepted.length <= 12 ? `known fields: ${accepted.join(', ')}` : undefined);
  return errorAt(problemCodes.unknownField, text, `is not a field of ${kind}`, hint);
}
