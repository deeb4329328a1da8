import type { FieldPath } from '@malla/model';
import type { Cut } from './cuts.ts';
import { fieldsOf, mapList, withField, type Fields } from './edit.ts';
import { all, type EnforcedTree } from './enforced-tree.ts';

/** Where pruning is: the path, and where cuts are noted. */
interface Place {
  readonly path: FieldPath;
  readonly cuts: Cut[];
}

/**
 * The value without what a tree does not name; undefined if nothing of it may stay. The same value if all of it may. Each cut is noted
 * once, at its top.
 */
export function prune(value: unknown, tree: EnforcedTree, place: Place): unknown {
  if (tree === all) return value;
  if (isValues(tree)) {
    if (tree.includes(String(value))) return value;
    place.cuts.push({ path: place.path, effect: 'ignored' });
    return undefined;
  }
  if (Array.isArray(value))
    return mapList(value as readonly unknown[], (element, i) => prune(element, tree, at(place, i)));
  return pruneFields(fieldsOf(value), tree, place);
}

function pruneFields(object: Fields, tree: Readonly<Record<string, EnforcedTree>>, place: Place): Fields {
  let kept = object;
  for (const [name, value] of Object.entries(object)) {
    const below = Object.hasOwn(tree, name) ? tree[name] : tree['*'];
    if (below === undefined) place.cuts.push({ path: at(place, name).path, effect: 'ignored' });
    kept = withField(kept, name, below === undefined ? undefined : prune(value, below, at(place, name)));
  }
  return kept;
}

function isValues(tree: EnforcedTree): tree is readonly string[] {
  return Array.isArray(tree);
}

function at(place: Place, segment: string | number): Place {
  return { path: [...place.path, segment], cuts: place.cuts };
}
