import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kinds } from '../registry.ts';
import { checkRules, compiledRules } from './check-rules.ts';
import { withRules } from './kubernetes-schema.ts';
import { nodeOf, rootNode, type SchemaNode } from './schema-node.ts';

const check = (schema: z.ZodType, value: unknown, old?: unknown) =>
  checkRules(nodeOf(schema), value, old, undefined).map(({ path, message }) => `${path}: ${message}`);

function* below(node: SchemaNode): Generator<SchemaNode> {
  yield node;
  for (const field of node.fields.values()) yield* below(field);
  if (node.item !== undefined) yield* below(node.item);
}

describe('checkRules', () => {
  it('looks at every value that is there, and names its place', () => {
    const name = withRules(z.string(), { rule: "self != 'no'", message: 'must not be no' });
    const schema = z.strictObject({
      a: name.optional(),
      list: z.array(name),
      map: z.record(z.string(), name).optional(),
    });
    expect(check(schema, { a: 'no', list: ['yes', 'no'], map: { 'x.y': 'no' } })).toEqual([
      'a: must not be no',
      'list[1]: must not be no',
      'map["x.y"]: must not be no',
    ]);
    expect(check(schema, { list: [] })).toEqual([]);
  });

  it('takes a rule that cannot be decided as broken, and says why', () => {
    const schema = withRules(z.strictObject({ a: z.string().optional() }), {
      rule: "self.a == 'x'",
      message: 'a is x',
    });
    expect(check(z.strictObject({ s: schema }), { s: {} })).toEqual(['s: a is x: no such key: a']);
  });

  it('computes messages, and falls back to the plain one', () => {
    const rule = { rule: 'self < 3', message: 'too many', messageExpression: "'too many: ' + string(self)" };
    expect(check(z.strictObject({ n: withRules(z.int(), rule) }), { n: 5 })).toEqual(['n: too many: 5']);
    const failing = { ...rule, messageExpression: 'string(1 / (self - self))' };
    expect(check(z.strictObject({ n: withRules(z.int(), failing) }), { n: 5 })).toEqual(['n: too many']);
  });

  it('compares with the value before, on updates and where there was one', () => {
    const fixed = withRules(z.string(), { rule: 'self == oldSelf', message: 'must not change' });
    const item = z.strictObject({ name: z.string(), fixed: fixed.optional() });
    const list = z.array(item).meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
    const schema = z.strictObject({ fixed: fixed.optional(), list: list.optional(), plain: z.array(item).optional() });
    expect(check(schema, { fixed: 'b' })).toEqual([]);
    expect(check(schema, { fixed: 'b' }, {})).toEqual([]);
    expect(check(schema, { fixed: 'b' }, { fixed: 'a' })).toEqual(['fixed: must not change']);
    const before = [
      { name: 'x', fixed: '1' },
      { name: 'y', fixed: '2' },
    ];
    const after = [
      { name: 'y', fixed: '3' },
      { name: 'x', fixed: '1' },
    ];
    expect(check(schema, { list: after }, { list: before })).toEqual(['list[0].fixed: must not change']);
    // Elements of a plain list have no value before: nobody knows which was which.
    expect(check(schema, { plain: after }, { plain: before })).toEqual([]);
  });

  it('finds equal elements of sets, and equal keys of maps', () => {
    const set = z.array(z.string()).meta({ 'x-kubernetes-list-type': 'set' });
    expect(check(z.strictObject({ set }), { set: ['a', 'b', 'a'] })).toEqual(['set[2]: stands twice']);
    const keys = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port', 'protocol'] };
    const map = z.array(z.strictObject({ port: z.int(), protocol: z.string().optional() })).meta(keys);
    const ports = [{ port: 1 }, { port: 1, protocol: 'TCP' }, { port: 1 }];
    expect(check(z.strictObject({ map }), { map: ports })).toEqual([
      'map[2]: has the same port and protocol as another',
    ]);
  });

  it('ends when the rules of an object cost too much', () => {
    const rule = { rule: 'self.all(a, self.all(b, a == a || b == b))', message: 'never' };
    const schema = z.strictObject({ list: withRules(z.array(z.int()), rule) });
    const [problem] = check(schema, { list: Array.from({ length: 3000 }, (_, i) => i) });
    expect(problem).toMatch(/cost/);
  });

  it('has only rules that compile, in every version of every kind', () => {
    let rules = 0;
    for (const kind of kinds) {
      for (const version of kind.versions) {
        for (const node of below(rootNode(kind, version))) rules += compiledRules(node).length;
      }
    }
    expect(rules).toBeGreaterThan(500);
  });
});
