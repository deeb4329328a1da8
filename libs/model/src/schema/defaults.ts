import type { KindDefinition } from '../kinds/kind-definition.ts';
import { versionOf } from '../registry.ts';
import { rootNode, type SchemaNode } from './schema-node.ts';

type Data = Readonly<Record<string, unknown>>;

const isData = (value: unknown): value is Data => value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * The object with every default that the schema of its kind sets, as kube-apiserver fills them in on write: a missing field gets its default
 * where its parent stands, also inside of what was just filled in; fields that are null and may not be are dropped before. Parts that stay
 * are shared with the given object, which is not changed. The object need not be valid.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
export function applyDefaults<T extends { readonly apiVersion: string }>(definition: KindDefinition, object: T): T {
  const tree = rootNode(definition, versionOf(object.apiVersion));
  return fillDefaults(tree, dropNulls(tree, object));
}

/** {@link applyDefaults} with the tree of a schema, for data of any form; nulls stay. */
export function fillDefaults<T>(node: SchemaNode, value: T): T {
  return fill(node, value) as T;
}

function fill(node: SchemaNode, value: unknown): unknown {
  if (!node.hasDefaults) return value;
  if (Array.isArray(value)) return node.item === undefined ? value : fillItems(node.item, value);
  if (!isData(value)) return value;
  if (node.item !== undefined && node.type === 'map') return fillValues(node.item, value);
  let filled: Record<string, unknown> | undefined;
  for (const [name, field] of node.defaulted) {
    const before = Object.hasOwn(value, name) ? value[name] : undefined;
    const missing = before === undefined || (before === null && !field.nullable);
    const after = missing ? fill(field, field.default) : fill(field, before);
    if (after !== before && after !== undefined) (filled ??= { ...value })[name] = after;
  }
  return filled ?? value;
}

function fillItems(node: SchemaNode, items: readonly unknown[]): readonly unknown[] {
  const filled = items.map((item) => fill(node, item));
  return filled.some((item, i) => item !== items[i]) ? filled : items;
}

function fillValues(node: SchemaNode, map: Data): Data {
  let filled: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(map)) {
    const after = fill(node, value);
    if (after !== value) (filled ??= { ...map })[key] = after;
  }
  return filled ?? map;
}

/**
 * The object without fields that are null and may not be: for Kubernetes such a field is not there. Elements of lists stay, and are
 * wrong. Parts without nulls are shared with the given object, which is not changed.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
 */
export function dropNulls<T>(node: SchemaNode, value: T): T {
  return drop(node, value) as T;
}

function drop(node: SchemaNode | undefined, value: unknown): unknown {
  if (node === undefined || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const kept = value.map((item) => drop(node.item, item));
    return kept.some((item, i) => item !== value[i]) ? kept : value;
  }
  let changed = false;
  const kept: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const field = node.type === 'map' ? node.item : node.fields.get(key);
    if (child === null && field !== undefined && !field.nullable && field.type !== 'any') {
      changed = true;
      continue;
    }
    kept[key] = drop(field, child);
    changed ||= kept[key] !== child;
  }
  return changed ? kept : value;
}
