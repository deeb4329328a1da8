import { CelError, compileCel, type CelBudget, type CelProgram } from '@malla/cel';
import { formatPath } from '../problems/field-path.ts';
import { errorAt, problemCodes, type Problem } from '../problems/problem.ts';
import type { CelRule } from './kubernetes-schema.ts';
import type { SchemaNode } from './schema-node.ts';
import { jsonText } from './json-text.ts';

/** Work that the rules of one object may take together; see `CelBudget`. The largest valid objects take about 100,000. */
export const maxRuleCost = 2_000_000;

/** Fields that have problems already: a tree of the segments of their paths. */
export type BrokenFields = Map<PropertyKey, BrokenFields>;

interface Context {
  readonly problems: Problem[];
  readonly budget: CelBudget;
  /** Where the walk is; changed in place, since almost no place has a problem. */
  readonly path: (string | number)[];
}

interface CompiledRule {
  readonly rule: CelRule;
  readonly program: CelProgram;
  readonly message: CelProgram | undefined;
  /** It compares with the value before, so it is for updates only. */
  readonly onUpdate: boolean;
}

const compiled = new WeakMap<SchemaNode, readonly CompiledRule[]>();

/** The rules of a value, each compiled once. Throws `CelCompileError` for a rule that is wrong in itself. */
export function compiledRules(node: SchemaNode): readonly CompiledRule[] {
  const known = compiled.get(node);
  if (known !== undefined) return known;
  const variables = [
    ['self', node.cel],
    ['oldSelf', node.cel],
  ] as const;
  const made = node.rules.map((rule) => ({
    rule,
    program: compileCel(rule.rule, variables),
    message: rule.messageExpression === undefined ? undefined : compileCel(rule.messageExpression, variables),
    onUpdate: /\boldSelf\b/.test(rule.rule),
  }));
  compiled.set(node, made);
  return made;
}

/**
 * Evaluates every rule in CEL on the values that are there, and looks for elements that stand twice in lists which are sets or maps.
 * `value` has its defaults. `old` is the value before an update, for rules that compare with it. Rules of a value with problems in itself
 * or right below are left out: they would only repeat them. Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go
 */
export function checkRules(
  root: SchemaNode,
  value: unknown,
  old: unknown,
  broken: BrokenFields | undefined,
): Problem[] {
  const context: Context = { problems: [], budget: { left: maxRuleCost }, path: [] };
  walk(root, { value, old, broken }, context);
  return context.problems;
}

interface At {
  readonly value: unknown;
  readonly old: unknown;
  readonly broken: BrokenFields | undefined;
}

function walk(node: SchemaNode, at: At, context: Context): void {
  const { value } = at;
  if (!node.hasChecks || value === undefined || value === null || at.broken?.size === 0) return;
  if (node.rules.length > 0 && !brokenHere(at.broken)) checkValue(node, at, context);
  if (typeof value !== 'object') return;
  if (Array.isArray(value)) return walkList(node, value, at, context);
  const object = value as Readonly<Record<string, unknown>>;
  if (node.type === 'map') {
    for (const key of node.item?.hasChecks === true ? Object.keys(object) : []) {
      step(node.item as SchemaNode, key, { ...at, value: object }, context);
    }
    return;
  }
  for (const [name, field] of node.checked) {
    if (object[name] !== undefined) step(field, name, at, context);
  }
}

function step(node: SchemaNode, key: string, { value, old, broken }: At, context: Context): void {
  context.path.push(key);
  walk(node, { value: fieldOf(value, key), old: fieldOf(old, key), broken: broken?.get(key) }, context);
  context.path.pop();
}

function fieldOf(object: unknown, key: string): unknown {
  return object !== null && typeof object === 'object' && Object.hasOwn(object, key)
    ? (object as Record<string, unknown>)[key]
    : undefined;
}

function walkList(node: SchemaNode, items: readonly unknown[], at: At, context: Context): void {
  if (node.unique !== undefined) checkUnique(items, node.unique.keys, context);
  const { item } = node;
  if (item?.hasChecks !== true) return;
  const before = oldItems(node, at.old);
  for (let i = 0; i < items.length; i++) {
    context.path.push(i);
    walk(item, { value: items[i], old: before?.(items[i]), broken: at.broken?.get(i) }, context);
    context.path.pop();
  }
}

/** Elements of a list have a value before only where the list is a map: then by their keys. */
function oldItems(node: SchemaNode, old: unknown): ((item: unknown) => unknown) | undefined {
  const keys = node.unique?.keys;
  if (keys === undefined || !Array.isArray(old)) return undefined;
  const byKey = new Map<string, unknown>(old.map((item: unknown) => [identity(item, keys), item]));
  return (item) => byKey.get(identity(item, keys));
}

const identity = (item: unknown, keys: readonly string[]): string =>
  jsonText(keys.map((key) => fieldOf(item, key) ?? null));

/** A problem at the value or at one of its own fields. */
function brokenHere(broken: BrokenFields | undefined): boolean {
  return broken !== undefined && [...broken.values()].some((below) => below.size === 0);
}

function checkUnique(items: readonly unknown[], keys: readonly string[] | undefined, context: Context): void {
  if (items.length < 2) return;
  const seen = new Set<unknown>();
  for (const [i, item] of items.entries()) {
    const id = keys !== undefined ? identity(item, keys) : typeof item === 'object' ? jsonText(item) : item;
    if (seen.has(id)) {
      const what = keys === undefined ? 'stands twice' : `has the same ${keys.join(' and ')} as another`;
      context.problems.push(errorAt(problemCodes.schema, formatPath([...context.path, i]), what));
    }
    seen.add(id);
  }
}

function checkValue(node: SchemaNode, { value, old, broken }: At, context: Context): void {
  for (const { rule, program, message, onUpdate } of compiledRules(node)) {
    if (onUpdate && (old === undefined || old === null)) continue;
    const variables = [value, old];
    try {
      if (program.evaluate(variables, context.budget) === true) continue;
      report(rule, textOf(message, variables, context) ?? rule.message, context);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      // With a problem further below, the rule may fail for that alone.
      if (broken !== undefined && context.budget.left >= 0) continue;
      report(rule, `${rule.message}: ${error.message}`, context);
    }
    if (context.budget.left < 0) return;
  }
}

function report(rule: CelRule, message: string, { problems, path }: Context): void {
  const text = formatPath(path);
  problems.push(
    errorAt(
      problemCodes.schema,
      text,
      message,
      `rule: ${rule.rule.length > 120 ? `${rule.rule.slice(0, 117)}...` : rule.rule}`,
    ),
  );
}

/** A message that is computed; undefined where that fails, or gives no single line. */
function textOf(
  message: CelProgram | undefined,
  variables: readonly unknown[],
  { budget }: Context,
): string | undefined {
  if (message === undefined) return undefined;
  try {
    const text = message.evaluate(variables, budget);
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text : undefined;
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}
