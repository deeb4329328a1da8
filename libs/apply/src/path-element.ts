import type { ApplyType } from './apply-type.ts';
import { canonicalJson, isObject } from './json.ts';

/**
 * One step of a path in the notation of FieldsV1: `f:spec`, `k:{"name":"a"}` for an element of a list by its keys, `v:"x"` for a member
 * of a set, `i:0` for a place. Equal steps have equal text.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#System
 */
export type PathElement = string;

/** The step to a field. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The step to an element of a list that is no atomic one; undefined for an element that cannot be named: it has none of the keys. */
export function itemElement(type: Extract<ApplyType, { type: 'list' }>, item: unknown): PathElement | undefined {
  if (type.relation === 'set') return `v:${canonicalJson(item)}`;
  if (!isObject(item)) return undefined;
  const keys: Record<string, unknown> = {};
  for (const key of type.keys) {
    const value = item[key] ?? type.keyDefaults[key];
    if (value !== undefined) keys[key] = value;
  }
  return Object.keys(keys).length === 0 ? undefined : `k:${canonicalJson(keys)}`;
}

/** A step from outside, in the one form that this library writes; undefined if it is none. */
export function parsePathElement(text: string): PathElement | undefined {
  if (text.startsWith('f:')) return text;
  if (/^i:\d+$/.test(text)) return text;
  if (!text.startsWith('k:') && !text.startsWith('v:')) return undefined;
  try {
    const value: unknown = JSON.parse(text.slice(2));
    if (text.startsWith('k:') && !isObject(value)) return undefined;
    return `${text.slice(0, 2)}${canonicalJson(value)}`;
  } catch {
    return undefined;
  }
}

/** As Kubernetes writes a step in messages: `.spec`, `[name="a"]`, `[="x"]`, `[0]`. */
export function describePathElement(element: PathElement): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  if (element.startsWith('i:')) return `[${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as object).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}
