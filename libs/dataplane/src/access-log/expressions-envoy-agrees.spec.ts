import { expressionCommand, logAttributes, logExpressionProblem } from '@malla/ir';
import { findEnvoy } from '@malla/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arbitraryExpression } from '../../test/envoy/arbitrary-expressions.ts';
import { TwinProxies } from '../../test/envoy/twin-proxies.ts';

const envoy = findEnvoy();

/** Every attribute that can be printed as it is. */
const attributes = Object.entries(logAttributes).flatMap(([group, fields]) =>
  Object.entries(fields)
    .filter(([, type]) => ['string', 'int', 'uint', 'bool'].includes(type.kind))
    .map(([name]) => `${group}.${name}`),
);

const labels = [
  ...attributes,
  ...Object.entries(logAttributes).flatMap(([group, fields]) =>
    Object.keys(fields).map((name) => `has(${group}.${name})`),
  ),
  "request.headers['x-a']",
  "request.headers['X-A']",
  "request.headers[':method']",
  "request.headers['host']",
  "request.headers['none']",
  "response.headers['x-up']",
  "response.headers[':status']",
  "'x-a' in request.headers",
  "'none' in request.headers",
  'has(request.headers.none)',
  "int(request.headers['x-a']) + 1",
  'response.code / 100',
  '-response.code * 2 - 1',
  '1 / 0',
  "response.code > 199 && request.method == 'GET' ? 'yes' : 'no'",
  "request.url_path.startsWith('/up')",
  "request.url_path.endsWith('p')",
  "request.url_path.contains('e')",
  "request.url_path.matches('^/u.$')",
  "request.url_path.matches('u')",
  "(request.headers['none'] == 'a') || true",
  "(request.headers['none'] == 'a') && true",
  "(request.headers['none'] == 'a') && false",
  "has(request.referer) ? request.referer : 'nowhere'",
  "request.headers['x-a'] in ['1', '2']",
  'response.code in [200, 404]',
  'response.code == 200.0',
  "request.method < 'H'",
  "request.duration < duration('1h')",
  "request.time > timestamp('2026-01-01T00:00:00Z')",
  "'ein ä'",
  '!connection.mtls',
  'true',
  '5',
];
const conditions = [
  'response.code >= 400',
  'connection.mtls == false',
  "request.headers['x-a'] == '1'",
  "request.headers['none'] != '1'",
  "request.url_path.contains('dead') || response.code == 404",
];

const file = (format: object, filter?: object) => ({
  name: 'file',
  ...(filter && { filter }),
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
    path: 'LOG',
    log_format: format,
  },
});
const filtered = (expression: string) =>
  file(
    { text_format_source: { inline_string: `${expression} of %REQ(:PATH)%\n` } },
    {
      extension_filter: {
        name: 'cel',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
          expression,
        },
      },
    },
  );

const withoutChance = (text: string) =>
  text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>').replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>');

const proxies = {
  routes: [
    { name: 'dead', match: { prefix: '/dead' }, route: { cluster: 'dead' } },
    { name: 'up', match: { prefix: '/up' }, route: { cluster: 'up' } },
  ],
  respond: (request: string) =>
    request.includes('\r\n\r\n') ? 'HTTP/1.1 200 OK\r\nx-up: 1\r\ncontent-length: 2\r\n\r\nhi' : undefined,
};

const requests: readonly string[] = [
  'GET /up?a=b HTTP/1.1\r\nhost: a\r\nx-a: 1\r\nuser-agent: me\r\n\r\n',
  'POST /up HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nreferer: here\r\n\r\nabc',
  'GET /dead HTTP/1.1\r\nhost: a\r\n\r\n',
  'GET /none? HTTP/1.1\r\nhost: a\r\nx-a: word\r\n\r\n',
];

/** Ports are those of one proxy or the other. */
const varying = ['source.port', 'destination.port', 'upstream.port'];

describe.skipIf(envoy === undefined)('expressions as Envoy evaluates them', () => {
  let twins: TwinProxies;
  beforeAll(async () => {
    const format = labels
      .filter((label) => !varying.includes(label))
      .map((label) => [label, expressionCommand(label)] as const);
    // JavaScript would put the key 5 before all others.
    const named = format.map(([label, command]) => [`of ${label}`, command] as const);
    twins = await new TwinProxies().start(envoy as string, {
      ...proxies,
      manager: {
        access_log: [
          file({ json_format: Object.fromEntries([...named, ['cut', '%CEL((request.url_path)):2%']]) }),
          file({ text_format_source: { inline_string: `${format.map(([, command]) => command).join('|')}\n` } }),
          ...conditions.map(filtered),
        ],
      },
    });
  });
  afterAll(() => twins[Symbol.asyncDispose]());

  it('gives the same, line by line', async () => {
    for (const request of requests) await twins.send(request);
    const { envoy: theirs, ours } = await twins.logs();
    expect(withoutChance(ours).split('\n')).toEqual(withoutChance(theirs).split('\n'));
    expect(ours.split('\n')).toHaveLength(4 * 2 + 10);
  });
});

describe.skipIf(envoy === undefined)('arbitrary expressions', () => {
  /** The same in every run; to search for disagreements, change it and raise the number. */
  const samples = fc.sample(arbitraryExpression, {
    numRuns: Number(process.env['MALLA_RUNS'] ?? 2_000),
    seed: 20_261_128,
  });
  const taken = [...new Set(samples)].filter((text) => logExpressionProblem(text, 'label') === undefined);

  it('are taken by Envoy where we take them, and give the same', async () => {
    expect(taken.length).toBeGreaterThan(samples.length / 4);
    const fields = Object.fromEntries(taken.map((text) => [`of ${text}`, expressionCommand(text)]));
    await using twins = await new TwinProxies().start(envoy as string, {
      ...proxies,
      manager: { access_log: [file({ json_format: fields })] },
    });
    for (const request of requests) await twins.send(request);
    const { envoy: theirs, ours } = await twins.logs();
    const lines = ours.trim().split('\n');
    expect(lines).toHaveLength(requests.length);
    for (const [i, line] of theirs.trim().split('\n').entries()) {
      const expected = JSON.parse(line) as Record<string, unknown>;
      const given = JSON.parse(lines[i] as string) as Record<string, unknown>;
      const different = Object.keys(expected).filter((key) => given[key] !== expected[key]);
      expect(different.map((key) => `${i} ${key}: ${String(given[key])}, not ${String(expected[key])}`)).toEqual([]);
    }
  });
});
