import { findKind, openApiSchemas } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { strategicMerge } from './strategic-merge.ts';

const schemaOf = (group: string, kind: string) => {
  const definition = findKind(group, kind);
  return openApiSchemas().find((each) => each.definition === definition)?.schema ?? {};
};
const deployment = schemaOf('apps', 'Deployment');
const podSpec = (spec: object): object => ({ spec: { template: { spec } } });
const containers = [
  { name: 'app', image: 'app:1', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80, name: 'http' }] },
  { name: 'proxy', image: 'proxy:1' },
];

describe('strategic merge', () => {
  it('merges lists by the keys of their schema, at every depth', () => {
    const patched = strategicMerge(
      podSpec({ containers }),
      podSpec({
        containers: [
          { name: 'app', image: 'app:2', env: [{ name: 'B', value: '2' }] },
          { name: 'proxy', $patch: 'delete' },
          { name: 'new', image: 'new:1' },
        ],
        '$setElementOrder/containers': [{ name: 'new' }, { name: 'app' }],
      }),
      deployment,
    );
    expect(patched).toEqual(
      podSpec({
        containers: [
          { name: 'new', image: 'new:1' },
          {
            name: 'app',
            image: 'app:2',
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
            ports: [{ containerPort: 80, name: 'http' }],
          },
        ],
      }),
    );
  });

  it('replaces what has no key, and what says so', () => {
    expect(
      strategicMerge(podSpec({ tolerations: [{ key: 'a' }] }), podSpec({ tolerations: [{ key: 'b' }] }), deployment),
    ).toEqual(podSpec({ tolerations: [{ key: 'b' }] }));
    const replaced = strategicMerge(
      podSpec({ containers }),
      podSpec({ containers: [{ name: 'x' }, { $patch: 'replace' }] }),
      deployment,
    );
    expect(replaced).toEqual(podSpec({ containers: [{ name: 'x' }] }));
    expect(strategicMerge({ spec: { a: 1, b: 2 } }, { spec: { $patch: 'replace', c: 3 } }, {})).toEqual({
      spec: { c: 3 },
    });
  });

  it('merges lists of plain values as sets, and takes values out of them', () => {
    const before = { metadata: { finalizers: ['a/x', 'b/x'] } };
    const patch = { metadata: { finalizers: ['c/x', 'a/x'], '$deleteFromPrimitiveList/finalizers': ['b/x'] } };
    expect(strategicMerge(before, patch, deployment)).toEqual({ metadata: { finalizers: ['a/x', 'c/x'] } });
  });

  it('keeps only retained keys', () => {
    const before = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { type: 'Recreate', $retainKeys: ['type'] } } };
    expect(strategicMerge(before, patch, deployment)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
    expect(() =>
      strategicMerge(before, { spec: { strategy: { type: 'Recreate', $retainKeys: [] } } }, deployment),
    ).toThrow('type');
  });

  it('removes by null, and refuses what it cannot place', () => {
    expect(
      strategicMerge({ metadata: { labels: { a: '1', b: '2' } } }, { metadata: { labels: { a: null } } }, deployment),
    ).toEqual({
      metadata: { labels: { b: '2' } },
    });
    expect(() =>
      strategicMerge(podSpec({ containers }), podSpec({ containers: [{ image: 'x' }] }), deployment),
    ).toThrow('merge key "name"');
    expect(() => strategicMerge({}, { $patch: 'guess' }, {})).toThrow('$patch');
  });
});
