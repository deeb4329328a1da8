import { badRequest } from './api-status.ts';
import { isObject } from './merge-patch.ts';

type Json = Record<string, unknown>;

/** An OpenAPI schema with Kubernetes' `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key`; nothing is known of an empty one. */
export type PatchSchema = Readonly<Record<string, unknown>>;

interface At {
  readonly schema: PatchSchema;
  /** For messages. */
  readonly path: string;
}

const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';
const retainKeys = '$retainKeys';

/**
 * Strategic merge patch: maps merge, lists merge by key (or as sets of plain values) where the schema says so, other lists are replaced;
 * with the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function strategicMerge(target: unknown, patch: unknown, schema: PatchSchema): unknown {
  return mergeValue(target, patch, { schema, path: '' });
}

function mergeValue(target: unknown, patch: unknown, at: At): unknown {
  if (Array.isArray(patch)) return mergeList(target, patch, at);
  if (!isObject(patch)) return patch;
  const directive = patch['$patch'];
  if (directive === 'delete') return undefined;
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`$patch must be replace, delete or merge, not ${JSON.stringify(directive)}`);
  const result: Json = { ...(isObject(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__' || isDirective(key)) continue;
    const merged = value === null ? undefined : mergeValue(result[key], value, below(at, key));
    if (merged === undefined) delete result[key];
    else result[key] = merged;
  }
  retain(result, patch, at);
  deleteValues(result, patch, at);
  order(result, patch, at);
  return result;
}

function mergeList(target: unknown, patch: readonly unknown[], { schema, path }: At): unknown {
  const isReplacing = patch.some((item) => isObject(item) && item['$patch'] === 'replace');
  if (!mergesLists(schema) || isReplacing) {
    const kept = patch.filter((item) => !(isObject(item) && item['$patch'] === 'replace'));
    return kept.map((item) => (isObject(item) ? withoutDirectives(item) : item));
  }
  const mergeKey = schema['x-kubernetes-patch-merge-key'] as string | undefined;
  const before = Array.isArray(target) ? (target as unknown[]) : [];
  if (mergeKey === undefined) return [...before, ...patch.filter((item) => !before.includes(item))];
  const result = [...before];
  for (const item of patch) {
    if (!isObject(item) || item[mergeKey] === undefined)
      throw badRequest(`each element of ${path} needs its merge key "${mergeKey}"`);
    const index = result.findIndex((each) => isObject(each) && each[mergeKey] === item[mergeKey]);
    const merged = mergeValue(index < 0 ? {} : result[index], item, { schema: itemsOf(schema), path: `${path}[]` });
    if (merged === undefined) {
      if (index >= 0) result.splice(index, 1);
    } else if (index < 0) result.push(merged);
    else result[index] = merged;
  }
  return result;
}

/** Only the named fields stay; each field that the patch sets must be among them. */
function retain(result: Json, patch: Json, { path }: At): void {
  const keys = patch[retainKeys];
  if (keys === undefined) return;
  if (!Array.isArray(keys)) throw badRequest(`${retainKeys} must be a list of names`);
  for (const key of Object.keys(patch))
    if (!isDirective(key) && patch[key] !== null && !keys.includes(key))
      throw badRequest(`${retainKeys} of ${path || 'the object'} does not name "${key}", which the patch sets`);
  for (const key of Object.keys(result)) if (!keys.includes(key)) delete result[key];
}

function deleteValues(result: Json, patch: Json, { path }: At): void {
  for (const [key, values] of Object.entries(patch)) {
    if (!key.startsWith(deletePrefix)) continue;
    if (!Array.isArray(values)) throw badRequest(`${key} below ${path || 'the object'} must be a list`);
    const field = key.slice(deletePrefix.length);
    const list = result[field];
    if (Array.isArray(list)) result[field] = list.filter((item) => !values.includes(item));
  }
}

/** Elements named by `$setElementOrder` stand in that order; others keep their place behind them. */
function order(result: Json, patch: Json, at: At): void {
  for (const [key, wanted] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    if (!Array.isArray(wanted)) throw badRequest(`${key} below ${at.path || 'the object'} must be a list`);
    const field = key.slice(orderPrefix.length);
    const list = result[field];
    if (!Array.isArray(list)) continue;
    const mergeKey = below(at, field).schema['x-kubernetes-patch-merge-key'] as string | undefined;
    const idOf = (item: unknown): unknown => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
    const positions = new Map(wanted.map((item, index) => [idOf(item), index]));
    const position = (item: unknown): number => positions.get(idOf(item)) ?? wanted.length;
    result[field] = [...(list as unknown[])].sort((a, b) => position(a) - position(b));
  }
}

function mergesLists(schema: PatchSchema): boolean {
  return String(schema['x-kubernetes-patch-strategy'] ?? '')
    .split(',')
    .includes('merge');
}

function below({ schema, path }: At, key: string): At {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, PatchSchema>>;
  const additional = schema['additionalProperties'];
  const known = Object.hasOwn(properties, key) ? properties[key] : isObject(additional) ? additional : undefined;
  return { schema: known ?? {}, path: path === '' ? key : `${path}.${key}` };
}

function itemsOf(schema: PatchSchema): PatchSchema {
  return (schema['items'] ?? {}) as PatchSchema;
}

function isDirective(key: string): boolean {
  return key === '$patch' || key === retainKeys || key.startsWith(deletePrefix) || key.startsWith(orderPrefix);
}

/** Without directives, at every depth. */
function withoutDirectives(patch: Json): Json {
  const entries = Object.entries(patch).filter(([key]) => !isDirective(key) && key !== '__proto__');
  return Object.fromEntries(entries.map(([key, value]) => [key, isObject(value) ? withoutDirectives(value) : value]));
}
