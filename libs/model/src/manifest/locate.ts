import { isAlias, isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import type { FieldPath } from '../problems/field-path.ts';

/**
 * Offset in the text of the field at a path: of its key in a mapping, of the element in a list. A path that leaves the text ends at
 * the nearest parent. Undefined without any node.
 */
export function locate(root: unknown, path: FieldPath): number | undefined {
  let node = root;
  let offset = startOf(root);
  for (const segment of path) {
    if (isAlias(node)) return offset;
    const next = child(node, segment);
    if (next === undefined) return offset;
    offset = next.offset ?? offset;
    node = next.node;
  }
  return offset;
}

function child(node: unknown, segment: string | number): { node: unknown; offset: number | undefined } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(segment)];
    return item === undefined ? undefined : { node: item, offset: startOf(item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((p) => isPair(p) && isScalar(p.key) && String(p.key.value) === String(segment));
  return pair === undefined ? undefined : { node: pair.value, offset: startOf(pair.key) };
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
