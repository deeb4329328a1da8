import { acceptedFields, kinds } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { enforcedFields } from './enforced-fields.ts';
import { enforcedTrees, type EnforcedTree } from './enforced-tree.ts';

/** The patterns of what a tree names: `[path, is it a leaf]`, without the marks of lists and maps. */
function named(tree: EnforcedTree, path = ''): [string, boolean][] {
  if (tree === 'all') return [[path, true]];
  if (Array.isArray(tree)) return (tree as readonly string[]).map((value) => [`${path}=${value}`, true]);
  const below = Object.entries(tree as Readonly<Record<string, EnforcedTree>>).flatMap(([name, sub]) =>
    named(sub, name === '*' ? path : path === '' ? name : `${path}.${name}`),
  );
  return path === '' ? below : [[path, false], ...below];
}

const plain = (pattern: string) => pattern.replaceAll(/\[\]|\{\}/g, '');

describe('what is enforced', () => {
  it.each(Object.keys(enforcedTrees))('of %s is named as the schema names it', (name) => {
    const definition = kinds.find(({ group, kind }) => `${group}/${kind}` === name);
    const accepted = new Set(
      (definition === undefined ? [] : acceptedFields(definition)).map(({ path }) => plain(path)),
    );
    const paths = named(enforcedTrees[name] as EnforcedTree);
    expect(definition).toBeDefined();
    expect(paths.map(([path]) => path).filter((path) => !accepted.has(path))).toEqual([]);
    // A leaf with fields below it would take in those that come later.
    const leaves = paths.filter(([, leaf]) => leaf).map(([path]) => path);
    const within = [...accepted].filter((path) => leaves.some((leaf) => path.startsWith(`${leaf}.`)));
    expect(within).toEqual([]);
  });

  it('is all of a field that is enforced, and nothing else', () => {
    const service = kinds.find(({ kind }) => kind === 'Service');
    const fields = service === undefined ? [] : enforcedFields(service);
    expect(fields).toContain('spec.ports[].appProtocol');
    expect(fields).toContain('spec.type=ClusterIP');
    expect(fields).not.toContain('spec.type=NodePort');
    expect(fields).not.toContain('spec.ports[].nodePort');
  });
});
