import { badRequest } from './api-status.ts';
import { isObject } from './merge-patch.ts';

type Json = Record<string, unknown>;

/** The lists of core kinds that merge element by element, and by which field: Kubernetes' `patchMergeKey` tags. */
const mergeKeys: Readonly<Record<string, string>> = { 'spec.ports': 'port' };

/**
 * Strategic merge patch for core kinds: maps merge, lists with a merge key merge by it, other lists are replaced; with the
 * directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  return merge(target, patch, '');
}

function merge(target: unknown, patch: unknown, path: string): unknown {
  if (!isObject(patch)) return patch;
  const directive = patch['$patch'];
  if (directive === 'delete') return undefined;
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`$patch must be replace, delete or merge, not ${JSON.stringify(directive)}`);
  const result: Json = retained(isObject(target) ? target : {}, patch['$retainKeys']);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$') || key === '__proto__') continue;
    const at = path === '' ? key : `${path}.${key}`;
    const merged =
      value === null
        ? undefined
        : Array.isArray(value)
          ? mergeList(result[key], value, at)
          : merge(result[key], value, at);
    if (merged === undefined) delete result[key];
    else result[key] = merged;
  }
  removePrimitives(result, patch);
  order(result, patch, path);
  return result;
}

function mergeList(target: unknown, patch: readonly unknown[], path: string): unknown {
  const mergeKey = mergeKeys[path];
  if (mergeKey === undefined || patch.some((item) => isObject(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !(isObject(item) && item['$patch'] === 'replace'));
  }
  const result = Array.isArray(target) ? [...(target as unknown[])] : [];
  for (const item of patch) {
    if (!isObject(item) || item[mergeKey] === undefined)
      throw badRequest(`each element of ${path} needs its merge key "${mergeKey}"`);
    const index = result.findIndex((each) => isObject(each) && each[mergeKey] === item[mergeKey]);
    const merged = merge(index < 0 ? {} : result[index], item, `${path}[]`);
    if (merged === undefined) {
      if (index >= 0) result.splice(index, 1);
    } else if (index < 0) result.push(merged);
    else result[index] = merged;
  }
  return result;
}

function retained(target: Json, keys: unknown): Json {
  if (!Array.isArray(keys)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function withoutDirectives(patch: Json): Json {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}

function removePrimitives(result: Json, patch: Json): void {
  const prefix = '$deleteFromPrimitiveList/';
  for (const [key, values] of Object.entries(patch)) {
    const field = key.slice(prefix.length);
    const list = result[field];
    if (key.startsWith(prefix) && Array.isArray(values) && Array.isArray(list))
      result[field] = list.filter((item) => !values.includes(item));
  }
}

/** Elements named by `$setElementOrder` stand in that order; others keep their place behind them. */
function order(result: Json, patch: Json, path: string): void {
  const prefix = '$setElementOrder/';
  for (const [key, wanted] of Object.entries(patch)) {
    const field = key.slice(prefix.length);
    const list = result[field];
    if (!key.startsWith(prefix) || !Array.isArray(wanted) || !Array.isArray(list)) continue;
    const mergeKey = mergeKeys[path === '' ? field : `${path}.${field}`];
    const idOf = (item: unknown): unknown => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
    const positions = new Map(wanted.map((item, index) => [idOf(item), index]));
    const position = (item: unknown): number => positions.get(idOf(item)) ?? wanted.length;
    result[field] = [...(list as unknown[])].sort((a, b) => position(a) - position(b));
  }
}
