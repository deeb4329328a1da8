import { beforeAll, describe, expect, it } from 'vitest';
import type { Resource } from '@malla/model';
import { TestPki } from '@malla/testkit';
import { analyze, selectAnalyzers } from './analyze.ts';
import { allAnalyzers } from './analyzers/all-analyzers.ts';
import { findCode } from './codes/find-code.ts';
import { findingOf, originText, sortFindings, type Finding } from './finding.ts';
import { kindRefs, runtimeKinds } from './resources/kind-refs.ts';
import { meshFacts } from './resources/mesh.ts';
import { ResourceSet } from './resources/resource-set.ts';
import { parseSuppression } from './suppress.ts';

const now = Date.UTC(2026, 8, 1);
const object = (apiVersion: string, kind: string, name: string, rest: object = {}): Resource => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
  ...rest,
});
const service = (name: string, spec: object = {}) =>
  object('v1', 'Service', name, { spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }], ...spec } });
const route = (name: string, gateway: string, annotations: Record<string, string> = {}): Resource => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'shop', annotations },
  spec: { hosts: [`${name}.example.com`], gateways: [gateway], http: [{ route: [{ destination: { host: name } }] }] },
});
const texts = (findings: readonly Finding[]) => findings.map((f) => `${f.code} ${originText(f)}`);
const gatewayOnly = { analyzers: ['virtualservice.GatewayAnalyzer'], now };

describe('analyze', () => {
  it('runs every analyzer that can read its kinds, but those on request', () => {
    const all = analyze(new ResourceSet(), { now });
    expect(all.skipped).toEqual([]);
    expect(all.executed).not.toContain('annotations.AlphaAnalyzer');
    const alone = analyze(new ResourceSet(), { now, unavailable: runtimeKinds });
    expect(alone.executed).toContain('virtualservice.GatewayAnalyzer');
    expect(alone.skipped).toContain('virtualservice.DestinationHostAnalyzer');
  });

  it('declares what it reports: codes that exist, and origins among the inputs', () => {
    for (const { name, codes, origins, inputs } of allAnalyzers) {
      expect(
        codes.filter((code) => findCode(code) === undefined),
        name,
      ).toEqual([]);
      expect(
        origins.filter((ref) => !inputs.includes(ref)),
        name,
      ).toEqual([]);
    }
    expect(new Set(allAnalyzers.map((a) => a.name)).size).toBe(allAnalyzers.length);
  });

  it('suppresses by annotation and by flag', () => {
    const set = ResourceSet.of([
      route('a', 'gone'),
      route('b', 'gone', { 'galley.istio.io/analyze-suppress': 'IST0132,IST0101' }),
      route('c', 'gone', { 'galley.istio.io/analyze-suppress': '*' }),
    ]);
    expect(texts(analyze(set, gatewayOnly).findings)).toEqual([
      'IST0101 VirtualService shop/a',
      'IST0132 VirtualService shop/a',
    ]);
    const flag = (text: string) => analyze(set, { ...gatewayOnly, suppressions: [parseSuppression(text)!] }).findings;
    expect(texts(flag('IST0101=VirtualService shop/*'))).toEqual(['IST0132 VirtualService shop/a']);
    expect(texts(flag('IST0101=VirtualService *p/a'))).toEqual(['IST0132 VirtualService shop/a']);
    expect(flag('IST0101=VirtualService shop')).toHaveLength(2);
    expect(parseSuppression('IST0101')).toBeUndefined();
  });

  it('keeps to a namespace, and to what has none', () => {
    const set = ResourceSet.of([route('a', 'gone')]);
    expect(analyze(set, { ...gatewayOnly, namespaces: ['shop'] }).findings).toHaveLength(2);
    expect(analyze(set, { ...gatewayOnly, namespaces: ['other'] }).findings).toEqual([]);
  });

  it('goes on when an analyzer fails, and tells it', () => {
    const set = ResourceSet.of([route('a', 'gone')]);
    const broken = new Proxy(set, {
      get: (target, key) => {
        if (key === 'find') throw new Error('no such thing');
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
      },
    });
    const found = texts(analyze(broken, { now }).findings);
    expect(found).toContain('IST0001 Cluster');
    expect(found.length).toBeGreaterThan(1);
  });

  it('survives objects that no schema accepts', () => {
    const odd = [null, 1, 'x', [], {}, [null], { spec: null }];
    const refs = [...new Set(allAnalyzers.flatMap((a) => a.inputs))];
    const resources = refs.flatMap((ref) => {
      const [group = '', kind = ''] = ref.split('/');
      return odd.map((value, i) =>
        object(group === '' ? 'v1' : `${group}/v1`, kind, `x${i}`, {
          spec: {
            hosts: value,
            http: value,
            servers: value,
            rules: value,
            ports: value,
            selector: value,
            subsets: value,
          },
          status: value,
          webhooks: value,
          data: value,
        }),
      );
    });
    const { findings } = analyze(ResourceSet.of(resources as Resource[]), { now });
    expect(findings.filter((f) => f.code === 'IST0001')).toEqual([]);
  });
});

describe('findings', () => {
  it('are sorted by level, code and origin, and told once', () => {
    const [a, b] = [...ResourceSet.of([route('a', 'x'), route('b', 'x')]).list(kindRefs.virtualService)];
    const make = (code: string, subject = a, path: (string | number)[] = []) =>
      findingOf(code, { subject, args: ['x', 'y'], path });
    const sorted = sortFindings([
      make('IST0102', b),
      make('IST0101', b),
      make('IST0101', a, ['spec', 'hosts', 0]),
      make('IST0101', a, ['spec', 'nothing']),
      make('IST0101', a),
    ]);
    // The field that is not there is told at the resource, like the finding without a field.
    expect(texts(sorted)).toEqual([
      'IST0101 VirtualService shop/a',
      'IST0101 VirtualService shop/a',
      'IST0101 VirtualService shop/b',
      'IST0102 VirtualService shop/b',
    ]);
  });
});

describe('several clusters', () => {
  it('have the same Services', () => {
    const set = ResourceSet.of([service('web'), service('api')]);
    set.set(service('web', { type: 'NodePort', ports: [{ name: 'http', port: 81 }] }), 'east');
    set.set(service('api'), 'east');
    const { findings } = analyze(set, { analyzers: ['services.MultiClusterServiceAnalyzer'], now });
    expect(texts(findings)).toEqual(['IST0170 Service shop/web']);
    expect(findings[0]?.args[2]).toEqual(['default', 'east']);
    expect(findings[0]?.message).toContain('the ports differ; the types differ');
  });
});

describe('before an installation', () => {
  const analyzers = selectAnalyzers(allAnalyzers.map((a) => a.name))
    .filter((a) => a.name.startsWith('precheck.'))
    .map((a) => a.name);
  const codes = (environment: object, set = new ResourceSet()) =>
    analyze(set, { analyzers, now, environment }).findings.map((f) => f.code);

  it('is asked what Kubernetes and the user can do', () => {
    expect(codes({ kubernetesVersion: 'v1.31.9' })).toEqual(['IST0142']);
    expect(codes({ kubernetesVersion: 'v1.32.0-eks' })).toEqual([]);
    expect(codes({ denied: [{ resource: 'services', reason: 'no' }] })).toEqual(['IST0141']);
    expect(codes({})).toEqual([]);
  });

  it('is asked what changes', () => {
    const changedDefaults = [{ field: 'x', release: '1.30', info: 'y', compatibilityVersion: '1.29' }];
    expect(codes({ upgradeFrom: '1.29', changedDefaults })).toEqual(['IST0168']);
    expect(codes({ upgradeFrom: '1.30', changedDefaults })).toEqual([]);
  });

  it('is asked where applications listen', () => {
    const pod = object('v1', 'Pod', 'web-1', {
      metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', ports: [{ name: 'main', containerPort: 8080 }] }] },
    });
    const set = ResourceSet.of([pod, service('web', { ports: [{ name: 'http', port: 80, targetPort: 'main' }] })]);
    const at = (...addresses: string[]) => ({
      listeners: addresses.map((address) => ({ namespace: 'shop', pod: 'web-1', address, port: 8080 })),
    });
    expect(codes(at('127.0.0.1'), set)).toEqual(['IST0143']);
    expect(codes(at('127.0.0.1', '0.0.0.0'), set)).toEqual([]);
  });
});

describe('credentials of gateways', () => {
  let pem: { chainPem: string; keyPem: string };
  beforeAll(async () => {
    pem = await (await TestPki.create()).issue('spiffe://cluster.local/ns/shop/sa/web');
  });
  const hour = 3_600_000;
  const gateway = object('networking.istio.io/v1', 'Gateway', 'front', {
    spec: { selector: { app: 'front' }, servers: [{ tls: { mode: 'SIMPLE', credentialName: 'cert' } }] },
  });
  const pod = {
    ...object('v1', 'Pod', 'front-1'),
    metadata: { name: 'front-1', namespace: 'edge', labels: { app: 'front' } },
  };
  const secret = (values: object, field = 'stringData'): Resource => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cert', namespace: 'edge' },
    [field]: values,
  });
  const codes = (given: Resource | undefined, at: number) =>
    analyze(ResourceSet.of([gateway, pod, ...(given === undefined ? [] : [given])]), {
      analyzers: ['gateway.SecretAnalyzer'],
      now: at,
    }).findings.map((f) => f.code);

  it('are valid certificates of this time', () => {
    const good = secret({ 'tls.crt': pem.chainPem, 'tls.key': pem.keyPem });
    expect(codes(good, Date.now())).toEqual([]);
    expect(codes(good, Date.now() + 2 * hour)).toEqual(['IST0161']);
    expect(codes(good, Date.now() - 48 * hour)).toEqual(['IST0161']);
    const encoded = secret({ cert: btoa(pem.chainPem), key: btoa(pem.keyPem) }, 'data');
    expect(codes(encoded, Date.now())).toEqual([]);
  });

  it.each([
    ['no keys', {}],
    ['no key', { 'tls.crt': 'x' }],
    ['text', { 'tls.crt': 'x', 'tls.key': 'y' }],
    [
      'a PEM of something else',
      { 'tls.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'tls.key': 'y' },
    ],
  ])('are not %s', (_what, values) => {
    expect(codes(secret(values), Date.now())).toEqual(['IST0161']);
  });

  it('are where the workloads are', () => {
    expect(codes(undefined, Date.now())).toEqual(['IST0101']);
  });
});

describe('ResourceSet', () => {
  it('keeps what was derived until a kind that it depends on changes', () => {
    const set = ResourceSet.of([service('a')]);
    let built = 0;
    const names = {
      inputs: [kindRefs.service],
      build: (from: ResourceSet) => (built++, from.list(kindRefs.service).map((s) => s.name)),
    };
    expect(set.derive(names)).toEqual(['a']);
    set.set(route('x', 'y'));
    expect(set.derive(names)).toEqual(['a']);
    expect(built).toBe(1);
    set.set(service('b'));
    expect(set.derive(names)).toEqual(['a', 'b']);
    set.delete(kindRefs.service, 'shop', 'a');
    expect(set.derive(names)).toEqual(['b']);
    expect(built).toBe(3);
  });

  it('finds in other clusters what the first does not have', () => {
    const set = new ResourceSet();
    set.set(service('a'), 'east');
    expect(set.find(kindRefs.service, 'shop', 'a')?.cluster).toBe('east');
    set.set(service('a'));
    expect(set.find(kindRefs.service, 'shop', 'a')?.cluster).toBe('default');
  });

  it('reads the mesh with defaults', () => {
    expect(meshFacts()).toMatchObject({
      rootNamespace: 'istio-system',
      trustDomain: 'cluster.local',
      enableAutoMtls: true,
    });
  });
});
