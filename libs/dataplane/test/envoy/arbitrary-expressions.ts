import { logAttributes } from '@malla/ir';
import fc from 'fast-check';

type Kind = 'string' | 'int' | 'bool';
type Expression = fc.Arbitrary<string>;

const attributes = (kind: Kind): readonly string[] =>
  Object.entries(logAttributes).flatMap(([group, fields]) =>
    Object.entries(fields)
      .filter(([, type]) => type.kind === kind)
      .map(([name]) => `${group}.${name}`)
      // They are of one proxy or the other, or of one request.
      .filter((name) => !/\.(id|port|address)$/.test(name)),
  );
const all = Object.entries(logAttributes).flatMap(([group, fields]) =>
  Object.keys(fields).map((name) => `${group}.${name}`),
);

const literals: Readonly<Record<Kind, readonly string[]>> = {
  string: ["'a'", '"GET"', "'/up'", "''", "')'", "'('", "'it\\'s'", "r'\\d+'", "'ä€😀'", "'%'", "'x):5'", "'\\u0041'"],
  int: ['0', '1', '2', '200', '404', '-7', '0x1F', '9223372036854775807'],
  bool: ['true', 'false'],
};
/** What the types of an expression do not let through, or its dialect does not. */
const odd = [
  ...[
    '1.5',
    '1u',
    'null',
    "b'abc'",
    '[1, 2]',
    "['a', 'GET']",
    "{'a': 1}",
    'request.headers',
    'request.time',
    'request.none',
  ],
  ...[
    "duration('1s')",
    "timestamp('2026-01-01T00:00:00Z')",
    'string(1)',
    'type(1)',
    'size("a")',
    'dyn(1)',
    'foo',
    '1 +',
  ],
];

const patterns = [
  ...literals['string'],
  "'^/[a-z]+$'",
  "r'^\\w*(?i:U)p?'",
  "'(?<name>a)'",
  "'a**'",
  "'\\\\pL'",
  'request.path',
  "'.{2}'",
  "'[^/]*.[^a].*'",
  "'....................'",
];

function from(values: readonly string[]): Expression {
  return fc.constantFrom(...values);
}

/** Expressions over the attributes of a request, most of them well typed; some that Envoy or we do not take. */
export const arbitraryExpression: Expression = fc.letrec<Record<Kind | 'any', string>>((tie) => {
  const infix = (kind: Kind, operators: readonly string[]): Expression =>
    fc.tuple(tie(kind), from(operators), tie(kind)).map(([a, op, b]) => `(${a} ${op} ${b})`);
  const choice = (kind: Kind): Expression =>
    fc.tuple(tie('bool'), tie(kind), tie(kind)).map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`);
  const leaf = (kind: Kind): Expression =>
    fc.oneof({ weight: 3, arbitrary: from(attributes(kind)) }, from(literals[kind]));
  const grown = (kind: Kind, ...others: readonly Expression[]): Expression =>
    fc.oneof({ maxDepth: 4, withCrossShrink: true }, { weight: 4, arbitrary: leaf(kind) }, choice(kind), ...others);
  return {
    string: grown(
      'string',
      tie('string').map((key) => `request.headers[${key}]`),
      from(["request.headers['x-a']", "response.headers['x-up']", "request.headers['X-A']"]),
    ),
    int: grown(
      'int',
      infix('int', ['+', '-', '*', '/']),
      tie('string').map((text) => `int(${text})`),
      tie('int').map((value) => `-${value}`),
    ),
    bool: grown(
      'bool',
      infix('bool', ['&&', '||', '==', '!=']),
      infix('int', ['==', '!=', '<', '<=', '>', '>=']),
      infix('string', ['==', '!=', '<', '<=', '>', '>=']),
      fc
        .tuple(tie('string'), from(['startsWith', 'endsWith', 'contains']), tie('string'))
        .map(([text, method, other]) => `${text}.${method}(${other})`),
      fc.tuple(tie('string'), from(patterns)).map(([text, pattern]) => `${text}.matches(${pattern})`),
      fc.tuple(tie('string'), from(patterns)).map(([text, pattern]) => `matches(${text}, ${pattern})`),
      tie('string').map((key) => `(${key} in request.headers)`),
      fc.tuple(tie('string'), tie('string')).map(([item, other]) => `(${item} in [${other}, 'GET'])`),
      from(all).map((name) => `has(${name})`),
      tie('bool').map((value) => `!${value}`),
    ),
    any: fc.oneof(
      { weight: 9, arbitrary: fc.oneof(tie('string'), tie('int'), tie('bool')) },
      from(odd),
      fc
        .tuple(from(odd), from(['==', '+', '<', '&&', 'in', '?']), tie('string'))
        .map(([a, op, b]) => (op === '?' ? `(true ? ${a} : ${b})` : `(${a} ${op} ${b})`)),
    ),
  };
}).any;
