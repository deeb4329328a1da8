import { describe, expect, it } from 'vitest';
import { canonicalSchema } from '../../test/canonical-schema.ts';
import { explains, schemaDifferences, unexplained, type Deliberate } from '../../test/upstream-crd.ts';

const object = (properties: object, rest: object = {}) => ({ type: 'object', properties, ...rest });
const at = (ours: object, upstream: object) =>
  schemaDifferences(object({ spec: ours }), object({ spec: upstream })).map((d) => `${d.at} ${d.what}`);

describe('schemaDifferences', () => {
  it('finds none where only the way of writing differs', () => {
    const ours = object(
      {
        port: { type: 'integer', format: 'int32', minimum: 1, maximum: 2_147_483_647, description: 'A port.' },
        size: {
          anyOf: [{ type: 'integer', minimum: Number.MIN_SAFE_INTEGER }, { type: 'string' }],
          'x-kubernetes-int-or-string': true,
        },
        any: { type: 'object', additionalProperties: {}, 'x-kubernetes-preserve-unknown-fields': true },
        path: { type: 'string', pattern: '^\\/a', minLength: 0 },
        list: { type: 'array', items: { type: 'string', enum: ['b', 'a'] } },
      },
      { required: ['size', 'port'], additionalProperties: false },
    );
    const upstream = object(
      {
        port: { type: 'integer', format: 'int32', minimum: 1 },
        size: { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        path: { type: 'string', pattern: '^/a' },
        list: { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, 'x-kubernetes-list-type': 'atomic' },
      },
      { required: ['port', 'size'] },
    );
    expect(at(ours, upstream)).toEqual([]);
  });

  it('finds each keyword that differs, in fields, lists and maps', () => {
    const text = (rest: object) => ({ type: 'string', ...rest });
    const list = (items: object, rest: object = {}) => ({ type: 'array', items, ...rest });
    expect(at(object({ a: text({ pattern: 'a' }) }), object({ a: text({ pattern: 'b' }) }))).toEqual([
      'spec.a pattern',
    ]);
    expect(at(list(text({ maxLength: 2 })), list(text({ maxLength: 3 })))).toEqual(['spec[] maxLength']);
    expect(
      at(
        { type: 'object', additionalProperties: text({ enum: ['a'] }) },
        { type: 'object', additionalProperties: text({ enum: ['a', 'b'] }) },
      ),
    ).toEqual(['spec{} enum']);
    expect(at(object({}), object({ a: text({}) }))).toEqual(['spec.a field']);
    expect(at(object({ a: text({}) }), object({}))).toEqual(['spec.a field']);
    expect(at(object({}, { required: ['a'] }), object({}))).toEqual(['spec required']);
    expect(at(list(text({})), list(text({}), { 'x-kubernetes-list-type': 'set' }))).toEqual([
      'spec x-kubernetes-list-type',
    ]);
    expect(at(text({ default: 'a' }), text({}))).toEqual(['spec default']);
    expect(at({ type: 'integer' }, { type: 'integer', format: 'int32' })).toEqual(['spec format']);
  });

  it('compares rules in CEL in their order, but not their white space', () => {
    const ruled = (...rules: string[]) => ({
      'x-kubernetes-validations': rules.map((rule) => ({ rule, message: 'm' })),
    });
    expect(at(object({}, ruled('self.a  &&\n self.b')), object({}, ruled('self.a && self.b')))).toEqual([]);
    expect(at(object({}, ruled('a', 'b')), object({}, ruled('b', 'a')))).toEqual(['spec x-kubernetes-validations']);
  });
});

describe('canonicalSchema', () => {
  it('keeps a field that is called like a keyword', () => {
    const schema = object({ description: { type: 'string', description: 'Words.' } });
    expect(canonicalSchema(schema)).toEqual(object({ description: { type: 'string' } }));
  });
});

describe('unexplained', () => {
  const difference = { at: 'spec.a', what: 'pattern', ours: 'a', upstream: 'b' };
  const entry = (rest: Partial<Deliberate> = {}): Deliberate => ({ at: /^spec\.a$/, reason: 'wanted', ...rest });

  it('leaves out only what the list names', () => {
    expect(unexplained('K', [difference], [entry()])).toEqual([]);
    expect(unexplained('K', [difference], [entry({ kinds: ['Other'] })])).toHaveLength(1);
    expect(unexplained('K', [difference], [entry({ what: ['type'] })])).toHaveLength(1);
    expect(explains(entry({ what: ['pattern'] }), 'K', difference)).toBe(true);
  });
});
