import { describe, expect, it } from 'vitest';
import { checkObject } from './check-object.ts';
import { describeProblem, problemCodes, type Problem } from './problems/problem.ts';

const object = (apiVersion: string, kind: string, spec: unknown) => ({
  apiVersion,
  kind,
  metadata: { name: 'x' },
  spec,
});
const virtualService = (http: unknown) => object('networking.istio.io/v1', 'VirtualService', { hosts: ['a'], http });
const route = (more: object) => virtualService([{ route: [{ destination: { host: 'a' } }], ...more }]);
const one = (given: unknown): Problem => {
  const problems = checkObject(given);
  expect(problems).toHaveLength(1);
  return problems[0] as Problem;
};

describe('checkObject', () => {
  it('accepts a valid object of every served version', () => {
    for (const version of ['v1', 'v1beta1', 'v1alpha3']) {
      expect(checkObject({ ...route({}), apiVersion: `networking.istio.io/${version}` })).toEqual([]);
    }
  });

  it('names the nearest known field for an unknown one', () => {
    expect(one(route({ timeot: '3s' }))).toMatchObject({
      code: problemCodes.unknownField,
      path: 'spec.http[0].timeot',
      hint: 'did you mean "timeout"?',
    });
    expect(one(route({ mirror_percentage: {} })).hint).toBe('did you mean "mirrorPercentage"?');
  });

  it('tells what is not supported yet from what does not exist', () => {
    expect(one(route({ corsPolicy: {} }))).toMatchObject({
      code: problemCodes.unsupportedField,
      message: 'is not supported yet',
    });
    expect(one(object('v1', 'Service', { ports: [{ port: 1, protocol: 'UDP' }] }))).toMatchObject({
      code: problemCodes.unsupportedValue,
      path: 'spec.ports[0].protocol',
    });
    expect(one(object('networking.istio.io/v1', 'Gateway', {})).code).toBe(problemCodes.unsupportedKind);
    expect(one(object('apps/v1', 'Deployment', {})).code).toBe(problemCodes.unsupportedKind);
  });

  it('finds unsupported fields of a traffic policy wherever it stands', () => {
    const policy = { tls: { mode: 'SIMPLE', caCertificates: '/x' } };
    const rule = (spec: object) => object('networking.istio.io/v1', 'DestinationRule', { host: 'a', ...spec });
    const port = { portLevelSettings: [{ port: { number: 1 }, ...policy }] };
    for (const spec of [
      { trafficPolicy: policy },
      { trafficPolicy: port },
      { subsets: [{ name: 'v1', trafficPolicy: policy }] },
      { subsets: [{ name: 'v1', trafficPolicy: port }] },
    ]) {
      expect(one(rule(spec)).code).toBe(problemCodes.unsupportedField);
    }
  });

  it('refuses unknown kinds and versions with the nearest known', () => {
    expect(one(object('networking.istio.io/v1', 'VirtualServces', {})).hint).toBe('did you mean "VirtualService"?');
    expect(one(object('networking.istio.io/v2', 'VirtualService', {}))).toMatchObject({
      code: problemCodes.unknownVersion,
      path: 'apiVersion',
    });
    expect(one(object('networking.istio/v1', 'VirtualService', {})).hint).toContain('networking.istio.io/v1');
    expect(one(object('v1', 'Gizmo', {})).hint ?? '').not.toContain('""');
    // A property that every object has is no group.
    expect(one(object('constructor/v1', 'Gizmo', {})).code).toBe(problemCodes.unknownKind);
  });

  it.each([
    [route({ timeout: 5 }), 'spec.http[0].timeout: must be a string, not a number'],
    [route({ retries: { attempts: 2 ** 32 } }), 'spec.http[0].retries.attempts: must be at most 2147483647'],
    [route({ timeout: 'soon' }), 'spec.http[0].timeout: must be a duration such as 10s, 250ms or 1h30m'],
    [virtualService([{ route: [{}] }]), 'spec.http[0].route[0].destination: is required'],
    [
      virtualService([{ route: [{ destination: { host: 'a' }, weight: -1 }] }]),
      'spec.http[0].route[0].weight: must be at least 0',
    ],
    [
      virtualService([{ route: [{ destination: { host: 'a' }, weight: 1.5 }] }]),
      'spec.http[0].route[0].weight: must be a whole number',
    ],
    [virtualService([]), 'spec.http: must not be empty'],
    [virtualService(null), 'spec.http: must not be null: leave the field out or give it a value'],
    [
      route({ redirect: { redirectCode: 400 } }),
      'spec.http[0].redirect.redirectCode: must be one of 301, 302, 303, 307, 308, not 400',
    ],
    [
      route({ match: [{ uri: { exact: 'a', prefix: 'b' } }] }),
      'spec.http[0].match[0].uri: must have exactly one of exact, prefix, regex',
    ],
    [
      object('v1', 'Service', { ports: [{ port: 1, targetPort: true }] }),
      'spec.ports[0].targetPort: must be a number or a string, not the boolean true',
    ],
    [
      object('security.istio.io/v1', 'PeerAuthentication', { mtls: { mode: 'strict' } }),
      'spec.mtls.mode: must be one of UNSET, DISABLE, PERMISSIVE, STRICT, not "strict"; did you mean "STRICT"?',
    ],
    [
      object('security.istio.io/v1', 'PeerAuthentication', { portLevelMtls: { web: {} } }),
      'spec.portLevelMtls.web: the key must be a port number',
    ],
  ])('has one readable message, case %#', (given, message) => {
    expect(describeProblem(one(given))).toBe(message);
  });

  it('collects every problem of an object', () => {
    const problems = checkObject(virtualService([{ route: [{ destination: { hst: 'a' }, weight: 'x' }], foo: 1 }]));
    expect(problems.map((p) => p.path).sort()).toEqual([
      'spec.http[0].foo',
      'spec.http[0].route[0].destination.host',
      'spec.http[0].route[0].destination.hst',
      'spec.http[0].route[0].weight',
    ]);
  });

  it('refuses what is not an object, is too deep, too large, or has a key of JavaScript', () => {
    for (const given of [undefined, null, 3, 'x', [], {}]) expect(checkObject(given).length).toBeGreaterThan(0);
    let deep: unknown = {};
    for (let i = 0; i < 5000; i++) deep = { a: deep };
    expect(one({ ...route({}), status: deep }).code).toBe(problemCodes.tooLarge);
    expect(one({ ...route({}), status: 'x'.repeat(1_100_000) }).code).toBe(problemCodes.tooLarge);
    expect(one({ ...route({}), status: JSON.parse('{"__proto__": {"a": 1}}') }).code).toBe(problemCodes.unknownField);
  });

  it('never prints the values of a Secret', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      data: { key: 'hunter2!' },
      stringData: { a: ['hunter2'] },
    };
    const problems = checkObject(secret);
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});
