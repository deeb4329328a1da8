import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { acceptedFields, findKind, formatPath, groupOf, valueAt, type KindDefinition } from '@malla/model';
import { edited } from '../test/rule-table.ts';
import { validResource, validResources } from '../test/valid-resource.ts';
import { validateObject } from './validate.ts';

/** Valid and rich: every mutation starts near what users write. */
const samples: readonly object[] = validResources();

/** Every path of plain data. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [[...path]];
  const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [
    [...path],
    ...keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key])),
  ];
}

function replaced(root: object, path: readonly (string | number)[], by: unknown): unknown {
  if (path.length === 0) return by;
  const copy = structuredClone(root);
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  parent[path.at(-1) as string | number] = by;
  return copy;
}

const mutation = fc.constantFrom(...samples).chain((sample) =>
  fc.record({
    sample: fc.constant(sample),
    path: fc.constantFrom(...pathsOf(sample)),
    by: fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('*', '', '%', '\\', '0s', '[', -1, 0, 1e300, Number.NaN),
    ),
  }),
);

describe('validateObject', () => {
  it('never throws, and every problem says what, where and how bad', () => {
    fc.assert(
      fc.property(mutation, ({ sample, path, by }) => {
        for (const problem of validateObject(replaced(sample, path, by))) {
          expect(problem.code).toMatch(/^(MAL|IST)\d{4}$/);
          expect(problem.message).toMatch(/^\S/);
          expect(problem.message).not.toMatch(/Invalid input|undefined|\[object/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('points at the field that is wrong, or at one around it or beside it', () => {
    fc.assert(
      fc.property(mutation, ({ sample, path, by }) => {
        fc.pre(path[0] === 'spec' && path.length > 2);
        const top = formatPath(path.slice(0, 2)).split('[')[0] as string;
        for (const problem of validateObject(replaced(sample, path, by)))
          expect(`${problem.path} `).toMatch(new RegExp(`^(${top.replace('.', '\\.')}|spec)\\b`));
      }),
    );
  });

  it('takes null for a field that is not there, as Kubernetes does, and never throws on it', () => {
    for (const sample of samples) {
      for (const path of pathsOf(sample).filter((p) => typeof p.at(-1) === 'string' && p.length > 2)) {
        const without = validateObject(edited(sample, { [formatPath(path)]: undefined }));
        expect(validateObject(replaced(sample, path, null)), formatPath(path)).toEqual(without);
      }
    }
  });

  it('tells of broken rules in CEL and of what the object means at once, of each field once', () => {
    const object = edited(validResource('ServiceEntry', 'dns'), {
      'spec.addresses': ['10.0.0.0/16'],
      'spec.ports[0].number': 70000,
      'spec.exportTo': ['a b'],
    });
    const paths = validateObject(object).map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['spec', 'spec.addresses[0]', 'spec.ports[0].number', 'spec.exportTo[0]']),
    );
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('accepts an object whose name the server completes', () => {
    for (const kind of ['Service', 'Namespace', 'Gateway']) {
      const sample = samples.find((each) => (each as { kind: string }).kind === kind) as object;
      const object = edited(sample, { 'metadata.name': undefined, 'metadata.generateName': 'a-' });
      expect(validateObject(object)).toEqual([]);
    }
  });

  it('refuses a field that no kind has, in every object', () => {
    for (const sample of samples) {
      const { apiVersion, kind } = sample as { apiVersion: string; kind: string };
      const definition = findKind(groupOf(apiVersion), kind) as KindDefinition;
      const maps = new Set(
        acceptedFields(definition, { metadata: true })
          .filter((f) => f.type === 'map')
          .map((f) => f.path),
      );
      for (const path of pathsOf(sample)) {
        const value = valueAt(sample, path);
        const pattern = formatPath(path).replaceAll(/\[\d+\]/g, '[]');
        if (value === null || typeof value !== 'object' || Array.isArray(value) || maps.has(pattern)) continue;
        const found = validateObject(replaced(sample, path, { ...value, 'no-such-field': 1 }));
        expect(
          found.map((p) => p.code),
          pattern,
        ).toContain('MAL0021');
      }
    }
  });
});
