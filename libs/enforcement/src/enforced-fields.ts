import { acceptedFields, type KindDefinition } from '@malla/model';
import { enforcedTrees, isKeptOnly, type EnforcedTree } from './enforced-tree.ts';

/** Whether anything of a kind is, or will be, enforced: `kept` kinds are stored for analysis, injection and access alone. */
export function enforcementOf({ group, kind }: KindDefinition): 'enforced' | 'not_yet' | 'kept' {
  if (isKeptOnly(group, kind)) return 'kept';
  return Object.hasOwn(enforcedTrees, `${group}/${kind}`) ? 'enforced' : 'not_yet';
}

/**
 * The fields and values of a kind that are enforced, as patterns of `acceptedFields`: `spec.http[].timeout`, `spec.action=DENY`. Fields on
 * the way to an enforced one are among them. The conformance suite demands a positive and a negative case for each.
 */
export function enforcedFields(definition: KindDefinition): readonly string[] {
  const name = `${definition.group}/${definition.kind}`;
  const tree = Object.hasOwn(enforcedTrees, name) ? enforcedTrees[name] : undefined;
  if (tree === undefined) return [];
  return acceptedFields(definition)
    .map(({ path }) => path)
    .filter((path) => isNamed(tree, path));
}

function isNamed(tree: EnforcedTree, pattern: string): boolean {
  const [path = '', value] = pattern.split('=') as [string, string?];
  let at: EnforcedTree = tree;
  for (const step of path.split(/\.|(?=\[\]|\{\})/).filter((part) => part !== '' && part !== '[]')) {
    if (at === 'all') return false;
    const next = below(at, step);
    if (next === undefined) return false;
    at = next;
  }
  return value === undefined || (Array.isArray(at) && at.includes(value));
}

function below(tree: EnforcedTree, step: string): EnforcedTree | undefined {
  if (Array.isArray(tree)) return undefined;
  const fields = tree as Readonly<Record<string, EnforcedTree>>;
  if (step === '{}') return fields['*'] ?? fields;
  return Object.hasOwn(fields, step) ? fields[step] : undefined;
}
