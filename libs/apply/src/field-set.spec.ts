import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describePath, FieldSet } from './field-set.ts';
import { readFieldsV1, writeFieldsV1 } from './fields-v1.ts';

const element = fc.constantFrom(
  'f:a',
  'f:b',
  'f:.',
  'k:{"name":"x"}',
  'k:{"port":80,"protocol":"TCP"}',
  'v:"x"',
  'v:1',
  'i:0',
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const set = fc.array(path, { maxLength: 8 }).map((paths) => FieldSet.of(...paths));

const pathsOf = (of: FieldSet): Set<string> => new Set([...of.paths()].map((each) => each.join(' ')));

describe('a set of fields', () => {
  it('has the algebra of sets', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [pathsOf(a), pathsOf(b)];
        expect(pathsOf(a.union(b))).toEqual(new Set([...left, ...right]));
        expect(pathsOf(a.intersection(b))).toEqual(new Set([...left].filter((each) => right.has(each))));
        expect(pathsOf(a.difference(b))).toEqual(new Set([...left].filter((each) => !right.has(each))));
        expect(a.difference(b).union(a.intersection(b)).equals(a)).toBe(true);
        expect(a.difference(a).isEmpty).toBe(true);
      }),
    );
  });

  it('drops all that is below a path, recursively', () => {
    fc.assert(
      fc.property(set, path, (from, cut) => {
        const left = from.recursiveDifference(FieldSet.of(cut));
        for (const each of left.paths()) expect(cut.every((step, index) => each[index] === step)).toBe(false);
      }),
    );
  });

  it('survives FieldsV1', () => {
    fc.assert(
      fc.property(set, (each) => {
        const json: unknown = JSON.parse(JSON.stringify(writeFieldsV1(each)));
        expect(readFieldsV1(json)?.equals(each)).toBe(true);
      }),
    );
  });

  it('reads keys in any order as the same, and refuses what is no FieldsV1', () => {
    const [a, b] = [readFieldsV1({ 'k:{"b":1,"a":2}': {} }), readFieldsV1({ 'k:{"a":2,"b":1}': {} })];
    expect(a?.equals(b as FieldSet)).toBe(true);
    for (const wrong of [null, [], { spec: {} }, { 'f:spec': 1 }, { 'k:x': {} }, { 'k:1': {} }])
      expect(readFieldsV1(wrong)).toBeUndefined();
    const deep = JSON.parse(`${'{"f:a":'.repeat(2_000)}{}${'}'.repeat(2_000)}`) as unknown;
    expect(readFieldsV1(deep)).toBeUndefined();
  });

  it('is told as Kubernetes tells it', () => {
    expect(describePath(['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'])).toBe(
      '.spec.ports[port=80,protocol="TCP"].name',
    );
    expect(describePath(['f:metadata', 'f:finalizers', 'v:"x"'])).toBe('.metadata.finalizers[="x"]');
  });
});
