import { findKind, openApiSchemas, type KindDefinition, type Resource } from '@malla/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from './merge-patch.ts';
import { readPatch } from './patches.ts';
import { strategicMerge } from './strategic-merge.ts';

const schema = openApiSchemas().find(({ definition }) => definition.kind === 'Service')?.schema ?? {};

describe('merge patches', () => {
  // The table of RFC 7386, appendix A.
  const cases: readonly [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];

  it.each(cases)('%j and %j', (target, patch, result) => expect(mergePatch(target, patch)).toEqual(result));

  it('leave the target alone, do the same twice, and never reach a prototype', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (target, patch) => {
        const before = JSON.stringify(target);
        const once = mergePatch(target, patch);
        expect(JSON.stringify(target)).toBe(before);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
    const evil = JSON.parse('{"__proto__":{"admin":true}}') as object;
    expect((mergePatch({}, evil) as { admin?: unknown }).admin).toBeUndefined();
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('strategic merge patches', () => {
  const service = {
    spec: {
      ports: [
        { port: 80, name: 'http' },
        { port: 81, name: 'grpc' },
      ],
      selector: { app: 'web' },
    },
    metadata: { labels: { a: '1', b: '2' } },
  };
  const cases: readonly [string, unknown, unknown][] = [
    [
      'merge elements by their key',
      { spec: { ports: [{ port: 81, name: 'h2' }] } },
      {
        ports: [
          { port: 80, name: 'http' },
          { port: 81, name: 'h2' },
        ],
        selector: { app: 'web' },
      },
    ],
    [
      'add elements',
      { spec: { ports: [{ port: 82 }] } },
      { ports: [...service.spec.ports, { port: 82 }], selector: { app: 'web' } },
    ],
    [
      'delete elements',
      { spec: { ports: [{ port: 80, $patch: 'delete' }] } },
      { ports: [{ port: 81, name: 'grpc' }], selector: { app: 'web' } },
    ],
    [
      'replace lists',
      { spec: { ports: [{ port: 9 }, { $patch: 'replace' }] } },
      { ports: [{ port: 9 }], selector: { app: 'web' } },
    ],
    [
      'replace maps',
      { spec: { selector: { $patch: 'replace', x: 'y' } } },
      { ports: service.spec.ports, selector: { x: 'y' } },
    ],
    ['keep only named keys', { spec: { $retainKeys: ['ports'] } }, { ports: service.spec.ports }],
    [
      'order elements',
      { spec: { '$setElementOrder/ports': [{ port: 81 }, { port: 80 }] } },
      { ports: [service.spec.ports[1], service.spec.ports[0]], selector: { app: 'web' } },
    ],
    ['remove fields', { spec: { selector: null } }, { ports: service.spec.ports }],
  ];

  it.each(cases)('%s', (_name, patch, spec) => {
    const before = structuredClone(service);
    expect((strategicMerge(service, patch, schema) as typeof service).spec).toEqual(spec);
    expect(service).toEqual(before);
  });

  it('refuse what they do not know', () => {
    expect(() => strategicMerge(service, { spec: { $patch: 'merg' } }, schema)).toThrow('$patch');
    expect(() => strategicMerge(service, { spec: { ports: [{ name: 'x' }] } }, schema)).toThrow('merge key');
  });
});

describe('JSON patches', () => {
  const definition = findKind('networking.istio.io', 'VirtualService') as KindDefinition;
  const apply = (patch: unknown) =>
    readPatch(
      definition,
      'application/json-patch+json',
      Buffer.from(JSON.stringify(patch)),
    )({ apiVersion: 'v1', kind: 'K', metadata: { name: 'a' } } as Resource);

  it('are tested before they apply', () => {
    expect(
      apply([
        { op: 'test', path: '/metadata/name', value: 'a' },
        { op: 'add', path: '/spec', value: {} },
      ]),
    ).toMatchObject({ spec: {} });
    expect(() => apply([{ op: 'test', path: '/metadata/name', value: 'b' }])).toThrow('does not apply');
    expect(() => apply([{ op: 'remove', path: '/nothing' }])).toThrow('does not apply');
    expect(() => apply([{ op: 'nonsense', path: '/a' }])).toThrow('not valid');
    expect(() => apply([{ op: 'add', path: '/__proto__/admin', value: true }])).toThrow('does not apply');
    expect(() => apply({})).toThrow('list of operations');
  });

  it('may copy, but not double the document until memory ends', () => {
    const doubling = { op: 'copy', from: '/list', path: '/list/-' };
    const start = { op: 'add', path: '/list', value: ['x'.repeat(100)] };
    expect(apply([start, doubling])).toMatchObject({ list: [expect.any(String), [expect.any(String)]] });
    expect(() => apply([start, ...Array.from({ length: 60 }, () => doubling)])).toThrow('copies');
    expect(() => apply([{ op: 'copy', from: '/not/there', path: '/a' }])).toThrow('does not apply');
  });

  it('are refused when nested too deeply', () => {
    const deep = Buffer.from(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`);
    expect(() => readPatch(definition, 'application/merge-patch+json', deep)({} as Resource)).toThrow('too deeply');
  });

  it('of core kinds only may be strategic', () => {
    expect(() => readPatch(definition, 'application/strategic-merge-patch+json', Buffer.from('{}'))).toThrow(
      'not supported',
    );
  });
});
