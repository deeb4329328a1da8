import { describe, expect, it } from 'vitest';
import { describeProblem, problemCodes, type VirtualService } from '@malla/model';
import { validateObject } from '../validate.ts';

type Rule = Record<string, unknown>;
const to = (host = 'reviews', more: Rule = {}) => [{ destination: { host }, ...more }];

function virtualService(http: readonly Rule[], spec: Rule = {}): unknown {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'x' },
    spec: { hosts: ['reviews'], http, ...spec },
  };
}

const problems = (http: readonly Rule[], spec: Rule = {}) => validateObject(virtualService(http, spec));
const texts = (http: readonly Rule[], spec: Rule = {}) => problems(http, spec).map(describeProblem);
const rule = (more: Rule) => texts([{ route: to(), ...more }]);
const match = (more: Rule) => texts([{ match: [more], route: to() }]);

describe('a VirtualService', () => {
  it('passes with everything in order', () => {
    const http = [
      {
        match: [{ uri: { prefix: '/a' }, headers: { 'end-user': { exact: 'jason' } } }],
        route: [...to('a', { weight: 90 }), ...to('b', { weight: 10 })],
      },
      {
        match: [{ uri: { regex: '/b/.*' } }],
        rewrite: { uriRegexRewrite: { match: '^/b/(.*)$', rewrite: '/\\1' } },
        route: to(),
      },
      { match: [{ uri: { exact: '/c' } }], redirect: { uri: '/d', redirectCode: 302 } },
      {
        route: to(),
        timeout: '0s',
        retries: { attempts: 3, perTryTimeout: '250ms', retryOn: '5xx, reset,503' },
        mirror: { host: 'c' },
        mirrorPercentage: { value: 1 },
      },
    ];
    expect(
      texts(http, { hosts: ['reviews', '*.example.com', '10.0.0.1'], gateways: ['mesh'], exportTo: ['.', 'shop'] }),
    ).toEqual([]);
  });

  it.each([
    [{ hosts: ['*'] }, 'spec.hosts[0]: "*" is not allowed on the mesh; name the hosts, or use "*.suffix"'],
    [{ hosts: ['a.*'] }, 'spec.hosts[0]: may have a wildcard only as "*" or "*.suffix"'],
    [{ hosts: ['a b'] }, 'spec.hosts[0]: must be a host name: "a b" is not a DNS label'],
    [{ hosts: ['*.a.com', 'x.a.com'] }, 'spec.hosts[1]: overlaps with "*.a.com" of the same list'],
    [{ exportTo: ['*', 'a'] }, 'spec.exportTo: "*" already means every namespace: leave out the others'],
    [{ exportTo: ['A'] }, 'spec.exportTo[0]: must be ".", "*" or the name of a namespace'],
  ])('refuses %j', (spec, message) => {
    expect(texts([{ route: to() }], spec)).toEqual([message]);
  });

  it('does not support gateways yet', () => {
    expect(problems([{ route: to() }], { gateways: ['mesh', 'istio-system/front'] })).toMatchObject([
      { code: problemCodes.unsupportedValue, path: 'spec.gateways[1]', level: 'error' },
    ]);
  });

  it.each([
    [{ route: undefined }, 'spec.http[0]: needs route or redirect'],
    [{ redirect: { uri: '/x' } }, 'spec.http[0].redirect: cannot stand with route: a rule routes or redirects'],
    [
      { route: undefined, redirect: { uri: '/x' }, rewrite: { uri: '/y' } },
      'spec.http[0].rewrite: cannot stand with redirect: nothing is forwarded',
    ],
    [
      { route: undefined, redirect: { uri: '/x' }, fault: { abort: { httpStatus: 500 } } },
      'spec.http[0].fault: cannot stand with redirect: nothing is forwarded',
    ],
    [{ route: undefined, redirect: {} }, 'spec.http[0].redirect: needs uri, authority, port or scheme'],
    [
      { route: undefined, redirect: { port: 1, derivePort: 'FROM_REQUEST_PORT' } },
      'spec.http[0].redirect.derivePort: cannot stand with port',
    ],
    [
      { route: undefined, redirect: { uri: '/x\r\nset-cookie: a' } },
      'spec.http[0].redirect.uri: must be a path without spaces and control characters',
    ],
    [{ rewrite: {} }, 'spec.http[0].rewrite: needs uri, uriRegexRewrite or authority'],
    [
      { rewrite: { uri: '/', uriRegexRewrite: { match: 'a', rewrite: 'b' } } },
      'spec.http[0].rewrite.uriRegexRewrite: cannot stand with uri',
    ],
    [
      { rewrite: { uriRegexRewrite: { match: 'a', rewrite: '\\1' } } },
      'spec.http[0].rewrite.uriRegexRewrite.rewrite: names group \\1, but the expression has 0',
    ],
    [{ rewrite: { authority: 'a b' } }, 'spec.http[0].rewrite.authority: must be a host with an optional port'],
    [{ fault: {} }, 'spec.http[0].fault: needs delay or abort'],
    [{ fault: { delay: { fixedDelay: '0s' } } }, 'spec.http[0].fault.delay.fixedDelay: must be at least 1ms'],
    [{ mirrorPercentage: { value: 5 } }, 'spec.http[0].mirrorPercentage: needs mirror'],
    [{ timeout: '10us' }, 'spec.http[0].timeout: must be at least 1ms'],
    [{ timeout: '1500us' }, 'spec.http[0].timeout: must be a whole number of milliseconds'],
    [{ timeout: '99999h' }, 'spec.http[0].timeout: must be at most 8784h (a year)'],
    [
      { retries: { attempts: 0, retryOn: '5xx' } },
      'spec.http[0].retries.attempts: is 0 (no retries), but other fields of retries are set',
    ],
    [
      { retries: { attempts: 1, retryOn: '5xx,conect-failure' } },
      'spec.http[0].retries.retryOn: "conect-failure" is not a condition for retries; did you mean "connect-failure"?',
    ],
    [
      { route: [...to('a', { weight: 0 }), ...to('b', { weight: 0 })] },
      'spec.http[0].route: the weights of several destinations must not all be 0; give each destination a weight',
    ],
    [{ route: to('*.a.com') }, 'spec.http[0].route[0].destination.host: must not be a wildcard'],
    [
      { headers: { request: { set: { ':path': '/x' } } } },
      'spec.http[0].headers.request.set[":path"]: pseudo-header :path cannot be edited; use rewrite',
    ],
    [
      { headers: { request: { add: { 'a b': 'x' } } } },
      'spec.http[0].headers.request.add["a b"]: must be a header name (RFC 9110 token)',
    ],
    [
      { headers: { response: { set: { a: 'x\r\ny' } } } },
      'spec.http[0].headers.response.set.a: must not have line breaks or control characters',
    ],
    [
      { headers: { request: { remove: ['Host'] } } },
      'spec.http[0].headers.request.remove[0]: the authority cannot be edited here; use rewrite.authority',
    ],
    [
      { headers: { request: { set: { host: 'a' } } }, rewrite: { authority: 'b' } },
      'spec.http[0].headers.request.set.host: the authority is set more than once; keep rewrite.authority alone',
    ],
  ])('refuses the rule %j', (more, message) => {
    expect(rule(more)).toEqual([message]);
  });

  it('lets one destination have weight 0, and set the authority', () => {
    expect(rule({ route: to('a', { weight: 0 }), headers: { request: { set: { Host: 'a:80' } } } })).toEqual([]);
  });

  it.each([
    [{ uri: { regex: '[' } }, /^spec.http\[0\].match\[0\].uri.regex: is not a regular expression of RE2/],
    [{ uri: { regex: '(?=a)' } }, /is not a regular expression of RE2/],
    [{ uri: { regex: '(.{1,1000}a){1,9}' } }, /uri.regex: is (too large|not a regular expression)/],
    [{ uri: { prefix: '' } }, /uri.prefix: must not be empty$/],
    [{ headers: { ':method': { exact: 'GET' } } }, /pseudo-header :method is not a header here; use the fields/],
    [{ headers: { Host: { exact: 'a' } } }, /use the field authority$/],
    [{ headers: { method: { exact: 'GET' } } }, /use the field method$/],
    [{ withoutHeaders: { 'a b': {} } }, /must be a header name/],
    [{ headers: { '@request.auth.claims.sub': { exact: 'a' } } }, /matching on claims of a token is not supported yet/],
    [{ queryParams: { a: { regex: '*' } } }, /queryParams.a.regex: is not a regular expression/],
  ])('refuses the match %j', (given, message) => {
    const found = match(given);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it('warns of matches that never hold', () => {
    for (const given of [
      { uri: { exact: 'a' } },
      { uri: { prefix: '/a?b=c' } },
      { uri: { regex: '/a' }, ignoreUriCase: true },
    ]) {
      expect(problems([{ match: [given], route: to() }])).toMatchObject([{ level: 'warning', code: 'IST0133' }]);
    }
  });

  it('warns of rules after one that takes everything', () => {
    const after = { match: [{ uri: { exact: '/a' } }], route: to() };
    for (const first of [
      { route: to() },
      { match: [], route: to() },
      { match: [{ name: 'all' }], route: to() },
      { match: [{ uri: { prefix: '/' } }], route: to() },
    ]) {
      expect(problems([first, after])).toMatchObject([{ level: 'warning', code: 'IST0130', path: 'spec.http[1]' }]);
    }
    expect(problems([after, { route: to() }])).toEqual([]);
    expect(problems([{ match: [{ uri: { prefix: '/' }, port: 80 }], route: to() }, after])).toEqual([]);
  });

  it('warns of single matches without effect', () => {
    const http = [
      { match: [{ uri: { prefix: '/a' } }], route: to() },
      {
        match: [
          { uri: { prefix: '/ab' } },
          { uri: { exact: '/b' } },
          { uri: { exact: '/b' }, method: { exact: 'GET' } },
        ],
        route: to(),
      },
    ];
    expect(problems(http).map((p) => [p.code, p.path])).toEqual([
      ['IST0131', 'spec.http[1].match[0]'],
      ['IST0131', 'spec.http[1].match[2]'],
    ]);
  });

  it('bounds its size', () => {
    expect(texts([{ route: to() }], { hosts: Array.from({ length: 300 }, (_, i) => `h${i}`) })[0]).toContain(
      'at most 256',
    );
    const many = Array.from({ length: 5000 }, (_, i) => ({ uri: { exact: `/${i}` } }));
    expect(texts([{ match: many, route: to() }])).toEqual([
      'spec.http: has 5000 matches in all; at most 4096 are accepted',
    ]);
  });

  it('checks quickly at the bound', () => {
    const http = Array.from({ length: 4000 }, (_, i) => ({ match: [{ uri: { prefix: `/${i}/` } }], route: to() }));
    // Processor time, for other programs may share the processor. The garbage collector's threads count too.
    const before = process.cpuUsage();
    expect(problems(http)).toEqual([]);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(10_000);
  });
});

describe('coverage of matches', () => {
  it('never calls a rule unreachable that differs in a condition', () => {
    const base: VirtualService['spec']['http'][number]['match'] = [
      { uri: { prefix: '/a' }, headers: { x: { exact: '1' } }, sourceLabels: { app: 'a' } },
    ];
    for (const other of [
      { headers: { x: { exact: '2' } } },
      { headers: { y: { exact: '1' } } },
      { sourceLabels: { app: 'b' } },
      { withoutHeaders: { x: {} } },
    ]) {
      const second = { ...base?.[0], ...other, ...(other.withoutHeaders ? { headers: undefined } : {}) };
      expect(
        problems([
          { match: base, route: to() },
          { match: [JSON.parse(JSON.stringify(second))], route: to() },
        ]),
        JSON.stringify(other),
      ).toEqual([]);
    }
  });

  it('folds case only where asked', () => {
    const pair = (fold: boolean) =>
      problems([
        { match: [{ uri: { prefix: '/A' }, ignoreUriCase: fold }], route: to() },
        { match: [{ uri: { exact: '/ab' } }], route: to() },
      ]);
    expect(pair(true)).toHaveLength(1);
    expect(pair(false)).toHaveLength(0);
  });
});
