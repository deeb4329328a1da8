import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { celTypes, listOf, mapOf, type CelType } from './cel-type.ts';
import { CelError } from './cel-value.ts';
import { CelCompileError, type CelDialect } from './code.ts';
import { compileCel } from './compile.ts';

const fields: Readonly<Record<string, CelType>> = {
  name: celTypes.string,
  port: celTypes.int,
  weight: celTypes.double,
  tags: listOf(celTypes.string),
  labels: mapOf(celTypes.string),
  namespace: celTypes.string,
  'a-b': celTypes.string,
  any: celTypes.dyn,
};
const object: CelType = { kind: 'object', field: (name) => fields[name] };

const evaluate = (text: string, self: unknown = {}, left = 100_000) =>
  compileCel(text, [['self', object]]).evaluate([self], { left });
const fails = (text: string, self: unknown = {}) => {
  try {
    return evaluate(text, self);
  } catch (error) {
    if (error instanceof CelError) return 'error';
    throw error;
  }
};

describe('compileCel', () => {
  it.each([
    ['1 + 2 * 3 == 7', true],
    ['7 / 2', 3],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['7.0 / 2.0', 3.5],
    ['"a" + "b" == "ab"', true],
    ['[1] + [2] == [1, 2]', true],
    ['1 in [1, 2] && !("x" in {"a": 1})', true],
    ['size("añ𝄞")', 3],
    ['"añ𝄞b".substring(2, 4)', '𝄞b'],
    ['"a𝄞b".indexOf("b")', 2],
    ['"abab".lastIndexOf("ab")', 2],
    ['"abab".indexOf("ab", 1)', 2],
    ['"a,b,c".split(",", 2)', ['a', 'b,c']],
    ['"AbÉ".lowerAscii()', 'abÉ'],
    ['"aaa".replace("a", "b", 2)', 'bba'],
    ['["a", "b"].join("-")', 'a-b'],
    ['"abc".matches("^a.c$")', true],
    ['"ABC".matches("(?i)abc")', true],
    ['"ab12".find("[0-9]+")', '12'],
    ['[1, 3, 2].isSorted()', false],
    ['[1, 3, 2].sum()', 6],
    ['[1, 3, 2].max()', 3],
    ['[1, 3, 2].indexOf(3)', 1],
    ['int("42") + int(3.9)', 45],
    ['string(12) + string(true)', '12true'],
    ['type(1) == int && type("a") != int', true],
    ['duration("1h30m") > duration("89m") && duration("-1s") < duration("0")', true],
    ['duration("1.5s") == duration("1500ms")', true],
    ['url("https://a.example:8443/x?q=1").getPort()', '8443'],
    ['url("https://[::1]:80/").getHostname()', '::1'],
    ['isURL("https://a:b:c/") || isURL("../x") || isURL("")', false],
    // Go refuses # before the @.
    ['isURL("http://#%blah$#@") || isURL("http://a%zz@b")', false],
    ['isURL("http://user:p%40ss@b")', true],
    ['isURL("/path") && isURL("mailto:a@b")', true],
    ['isURL("http://[]") || isURL("http://[a]/") || isURL("http://[::1")', false],
    ['isIP("10.0.0.1") && isIP("::1") && !isIP("10.0.0.01") && !isIP("::ffff:1.2.3.4")', true],
    ['cidr("10.0.0.0/8").containsIP("10.2.3.4") && !cidr("10.0.0.0/8").containsIP("11.0.0.1")', true],
    ['ip("::1").family() == 6 && ip("127.0.0.1").isLoopback()', true],
    ['cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")', true],
    ['format.dns1123Label().validate("a-b").hasValue()', false],
    ['format.qualifiedName().validate("a/b/c").hasValue()', true],
    ['[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6]', true],
    ['[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]', true],
    ['[1, 2].exists_one(x, x == 2) && [1, 2].all(x, x > 0) && {"a": 1}.exists(k, k == "a")', true],
    ['[[1], [2, 3]].all(x, x.exists(y, y >= x.size()))', true],
  ])('evaluates %s', (text, value) => {
    expect(evaluate(text)).toEqual(value);
  });

  it('reads fields, and tells missing ones', () => {
    const self = { name: 'a', namespace: 'n', 'a-b': 'c', labels: { 'x.y': 'z' }, tags: ['t'] };
    expect(evaluate('self.name == "a" && self.__namespace__ == "n" && self.namespace == "n"', self)).toBe(true);
    expect(evaluate('self.a__dash__b == "c" && self.labels["x.y"] == "z" && self.tags[0] == "t"', self)).toBe(true);
    expect(evaluate('has(self.port) || has(self.labels.zzz)', self)).toBe(false);
    expect(fails('self.port == 1', self)).toBe('error');
    expect(fails('self.tags[1] == "t"', self)).toBe('error');
    expect(evaluate('self.labels.all(k, k.size() == 3)', self)).toBe(true);
    expect(evaluate('has(self.labels.constructor)', self)).toBe(false);
  });

  it('has optional values', () => {
    expect(evaluate('self.?name.orValue("none")', {})).toBe('none');
    expect(evaluate('self.?labels["a"].hasValue()', { labels: { a: '1' } })).toBe(true);
    expect(evaluate('self.tags[?3].optMap(t, t + "x").orValue("y")', { tags: [] })).toBe('y');
  });

  it('lets one side of a condition decide over an error of the other', () => {
    expect(evaluate('self.port == 1 || true')).toBe(true);
    expect(evaluate('self.port == 1 && false')).toBe(false);
    expect(evaluate('[0, 1].exists(x, 1 / x == 1)')).toBe(true);
    expect(fails('[0, 2].exists(x, 1 / x == 1)')).toBe('error');
    expect(fails('[0, 1].exists_one(x, 1 / x == 1)')).toBe('error');
  });

  it('decides by the values where types are not known', () => {
    expect(evaluate('type(self.any) == int ? self.any < 5 : self.any.endsWith("%")', { any: 3 })).toBe(true);
    expect(evaluate('type(self.any) == int ? self.any < 5 : self.any.endsWith("%")', { any: '3%' })).toBe(true);
    expect(fails('self.any.size() == 1', { any: 1 })).toBe('error');
  });

  it('refuses at once what is wrong in itself', () => {
    for (const text of [
      'self.nme == "a"',
      'nothing',
      'self.name.foo()',
      'size(1)',
      '1 +',
      'self.name + 1',
      'has(self)',
      '1u',
    ]) {
      expect(() => evaluate(text), text).toThrow(CelCompileError);
    }
  });

  it('takes only what a dialect has', () => {
    const dialect: CelDialect = {
      functions: new Set(['matches', 'contains']),
      joins: false,
      failsOnMatch: true,
      patternProblem: (pattern) => (pattern.length > 5 ? 'too long' : undefined),
    };
    const text = { kind: 'object', field: (name: string) => (name === 'a' ? celTypes.string : undefined) } as const;
    const run = (expression: string, value: object) =>
      compileCel(expression, [['x', text]], dialect).evaluate([value], { left: 1_000 });
    expect(run("x.a.matches('^a') && x.a.contains('b')", { a: 'ab' })).toBe(true);
    expect(run("'a' in x || has(x.a)", { lookup: (key: string) => (key === 'a' ? 'ab' : undefined) })).toBe(true);
    for (const refused of [
      ...["x.a + 'b'", 'size(x.a)', '[1].all(i, i > 0)', 'x.a == 1', 'x.a.matches(x.a)', "x.a.matches('[')"],
      ...["x.a.matches('abcdef')", "x.a.startsWith('a')"],
    ])
      expect(() => run(refused, { a: 'ab' }), refused).toThrow(CelCompileError);
    expect(() => run("x.a.contains('a') || true", {})).not.toThrow();
    expect(() => run("x.a.matches('a') || true", {})).toThrow(CelError);
  });

  it('ends evaluations that cost too much', () => {
    const tags = Array.from({ length: 2000 }, String);
    expect(() => evaluate('self.tags.all(a, self.tags.all(b, a != b || true))', { tags }, 1_000_000)).toThrow(/cost/);
    expect(() => evaluate('self.tags.exists(a, self.tags.all(b, a == a))', { tags }, 1000)).toThrow(/cost/);
  });

  it('reads durations as Go does', () => {
    const part = fc.tuple(
      fc.nat(9999),
      fc.constantFrom(['h', 3600e9], ['m', 60e9], ['s', 1e9], ['ms', 1e6], ['us', 1e3]),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.map(([amount, [unit]]) => `${amount}${unit}`).join('');
        const total = parts.reduce((sum, [amount, [, scale]]) => sum + amount * Number(scale), 0);
        expect(evaluate(`duration("${text}") == duration("${total}ns")`)).toBe(true);
      }),
    );
    for (const text of ['', '1', 'h', '1 h', '1d', '--1s', '1s-1s']) expect(fails(`duration("${text}")`)).toBe('error');
  });
});
