import { describe, expect, it } from 'vitest';
import type { KindDefinition } from '../kinds/kind-definition.ts';
import { findKind, kinds } from '../registry.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';

type Json = Readonly<Record<string, unknown>>;
interface Version {
  readonly name: string;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: Json };
}

const crdOf = (group: string, kind: string) => customResourceDefinition(findKind(group, kind) as KindDefinition);
const versionsOf = (definition: KindDefinition) =>
  (customResourceDefinition(definition)?.spec['versions'] ?? []) as readonly Version[];

/** Every schema in a schema. */
function schemas(node: Json): readonly Json[] {
  const below = [
    ...Object.values((node['properties'] ?? {}) as Record<string, Json>),
    ...['items', 'additionalProperties'].flatMap((key) => (node[key] === undefined ? [] : [node[key] as Json])),
  ];
  return [node, ...below.flatMap(schemas)];
}

describe('customResourceDefinition', () => {
  it('is made for every kind that Kubernetes does not have itself', () => {
    const made = kinds.filter((kind) => customResourceDefinition(kind) !== undefined);
    expect(made.map(({ kind }) => kind)).toContain('VirtualService');
    expect(made.some(({ group }) => group === '' || group === 'apps')).toBe(false);
    expect(new Set(made.map((kind) => customResourceDefinition(kind)?.metadata.name)).size).toBe(made.length);
  });

  it('has schemas that are structural', () => {
    for (const schema of kinds.flatMap(versionsOf).flatMap((v) => schemas(v.schema.openAPIV3Schema))) {
      const free = schema['x-kubernetes-preserve-unknown-fields'] === true;
      if (schema['x-kubernetes-int-or-string'] === true) expect(schema['type']).toBeUndefined();
      else expect(typeof schema['type'] === 'string' || free, JSON.stringify(schema).slice(0, 200)).toBe(true);
      expect(schema['properties'] !== undefined && schema['additionalProperties'] !== undefined).toBe(false);
      expect(schema['additionalProperties']).not.toBe(false);
      expect(Object.keys(schema).filter((key) => key.startsWith('$') || key === 'id')).toEqual([]);
    }
  });

  it('serves all versions and stores one', () => {
    for (const kind of kinds) {
      const versions = versionsOf(kind);
      if (versions.length === 0) continue;
      expect(versions.map(({ name }) => name)).toEqual(kind.versions);
      expect(versions.filter(({ storage }) => storage).map(({ name }) => name)).toEqual([kind.storageVersion]);
    }
  });

  it('has names, columns, rules and list types', () => {
    expect(crdOf('networking.istio.io', 'VirtualService')?.spec).toMatchObject({
      names: { shortNames: ['vs'], categories: expect.arrayContaining(['istio-io']) as unknown },
      scope: 'Namespaced',
    });
    const text = JSON.stringify(crdOf('gateway.networking.k8s.io', 'Gateway'));
    for (const part of ['"x-kubernetes-list-type":"map"', '"x-kubernetes-validations"', '"Age"', '"status":{}'])
      expect(text).toContain(part);
    expect(crdOf('gateway.networking.k8s.io', 'Gateway')?.metadata.annotations).toHaveProperty([
      'api-approved.kubernetes.io',
    ]);
  });
});
