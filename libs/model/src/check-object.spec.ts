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
  it('refuses numbers that JSON does not have, also as keys of lists', () => {
    const listener = (name: unknown) => ({ name, port: 80, protocol: 'HTTP' });
    const object = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'a' },
      spec: { gatewayClassName: 'b', listeners: [listener(1n), listener({ a: [2n] })] },
    };
    const paths = checkObject(object).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['spec.listeners[0].name', 'spec.listeners[1].name']));
  });

  it('refuses data that is small in memory and endless as text', () => {
    let data: unknown = ['a'];
    for (let level = 0; level < 50; level++) data = [data, data];
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: data } };
    expect(checkObject(object)).toMatchObject([{ code: problemCodes.tooLarge, path: '' }]);
  });

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

  it('takes a field that is null as one that is not there, and an element that is null as wrong', () => {
    expect(checkObject(virtualService(null))).toEqual([]);
    expect(checkObject({ ...route({ timeout: null }), status: null })).toEqual([]);
    expect(one(virtualService([null]))).toMatchObject({ path: 'spec.http[0]' });
    expect(one(object('networking.istio.io/v1', 'DestinationRule', { host: null })).path).toBe('spec.host');
  });

  it('evaluates rules in CEL where the value is, with the defaults that it has', () => {
    const gateway = (listener: object) =>
      object('gateway.networking.k8s.io/v1', 'Gateway', {
        gatewayClassName: 'x',
        listeners: [{ name: 'a', port: 80, protocol: 'HTTP', ...listener }],
      });
    expect(checkObject(gateway({}))).toEqual([]);
    expect(one(gateway({ tls: { certificateRefs: [{ name: 'a' }] } }))).toMatchObject({
      code: problemCodes.schema,
      path: 'spec.listeners',
    });
    const httpRoute = (filter: object) =>
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', { rules: [{ filters: [filter] }] });
    expect(one(httpRoute({ type: 'CORS' })).path).toBe('spec.rules[0].filters[0]');
    // Without matches there is one, of the prefix "/": the rule on replacing a prefix is met.
    const rewrite = {
      type: 'URLRewrite',
      urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
    };
    expect(checkObject(httpRoute(rewrite))).toEqual([]);
  });

  it('says nothing of the length of what is of the wrong type', () => {
    const given = { ...object('gateway.networking.k8s.io/v1', 'HTTPRoute', { hostnames: 'a'.repeat(20) }) };
    expect(one(given)).toMatchObject({ path: 'spec.hostnames', message: 'must be a list, not a string' });
  });

  it('takes the beginning of a name instead of a name', () => {
    const given = (metadata: object) => ({ ...route({}), metadata });
    expect(checkObject(given({ generateName: 'a-' }))).toEqual([]);
    expect(one(given({ generateName: 'A_' })).path).toBe('metadata.generateName');
    expect(one(given({ name: 'B', generateName: 'a-' })).path).toBe('metadata.name');
    expect(one(given({})).path).toBe('metadata.name');
  });

  it('leaves out rules of a value that is wrong itself, and keeps those of others', () => {
    const entry = (endpoint: object) =>
      object('networking.istio.io/v1', 'WorkloadEntry', { address: 'unix:///a', ports: { http: 1 }, ...endpoint });
    expect(one(entry({})).path).toBe('spec');
    expect(checkObject(entry({ weight: 'x' })).map((p) => p.path)).toEqual(['spec.weight']);
  });

  it('refuses elements that are the same for Kubernetes', () => {
    const listeners = [80, 81].map((port) => ({ name: 'same', port, protocol: 'HTTP' }));
    const given = object('gateway.networking.k8s.io/v1', 'Gateway', { gatewayClassName: 'x', listeners });
    expect(checkObject(given).map((p) => p.path)).toContain('spec.listeners[1]');
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
    [route({ mirrorPercent: -1 }), 'spec.http[0].mirrorPercent: must be at least 0'],
    [
      virtualService([{ route: [{ destination: { host: 'a' }, weight: 1.5 }] }]),
      'spec.http[0].route[0].weight: must be a whole number',
    ],
    [
      object('networking.istio.io/v1', 'Sidecar', { egress: [{ hosts: [null] }] }),
      'spec.egress[0].hosts[0]: must not be null: leave the field out or give it a value',
    ],
    [
      object('gateway.networking.k8s.io/v1', 'Gateway', { gatewayClassName: 'a', listeners: [] }),
      'spec.listeners: must not be empty',
    ],
    [
      route({ match: [{ uri: { exact: 'a', prefix: 'b' } }] }),
      'spec.http[0].match[0].uri: must have at most one of exact, prefix, regex',
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
      object('security.istio.io/v1', 'PeerAuthentication', {
        portLevelMtls: { web: {} },
        selector: { matchLabels: { app: 'a' } },
      }),
      'spec.portLevelMtls: port must be between 1-65535: "web" is not an int; rule: self.all(key, 0 < int(key) && int(key) <= 65535)',
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

  it('tells a bounded number of problems', () => {
    const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`field${i}`, i]));
    expect(checkObject(route(unknown)).length).toBeLessThan(250);
    expect(checkObject(virtualService(Array(3000).fill({ timeout: 5 }))).length).toBeLessThan(250);
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

  it('takes names of roles and bindings that Kubernetes takes, and of nothing else', () => {
    const named = (apiVersion: string, kind: string, name: string) =>
      checkObject({ apiVersion, kind, metadata: { name }, ...(kind === 'ConfigMap' ? {} : { rules: [] }) });
    const rbac = 'rbac.authorization.k8s.io/v1';
    expect(named(rbac, 'ClusterRole', 'system:Basic user')).toEqual([]);
    for (const name of ['a/b', 'a%b', '.', '..', '']) expect(named(rbac, 'ClusterRole', name), name).not.toEqual([]);
    expect(named('v1', 'ConfigMap', 'system:basic-user')).not.toEqual([]);
  });
});
