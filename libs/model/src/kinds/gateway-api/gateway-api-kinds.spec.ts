import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  compareWithCrd,
  explains,
  schemaDifferences,
  unexplained,
  upstreamCrds,
  type Deliberate,
  type UpstreamCrd,
} from '../../../test/upstream-crd.ts';
import { checkObject } from '../../check-object.ts';
import { deprecationWarning } from '../../registry.ts';
import { openApiSchemaOf } from '../../schema/open-api.ts';
import { gatewayApiKinds } from './gateway-api-kinds.ts';

const folder = process.env['MALLA_UPSTREAM_CRDS'];
const corpus = process.env['MALLA_CORPUS'];

/** What is otherwise than upstream, and why. */
const deliberate: readonly Deliberate[] = [];

function crdOf(crds: readonly UpstreamCrd[], kind: string): UpstreamCrd {
  const crd = crds.find(({ spec }) => spec.group === 'gateway.networking.k8s.io' && spec.names.kind === kind);
  if (crd === undefined) throw new Error(`no CustomResourceDefinition of ${kind} in ${folder}`);
  return crd;
}

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
}

/** What a schema says of the field at a pattern path. */
function descriptionAt(schema: Described, path: string): string {
  const steps = path.split(/[.]|(?=\[\])/);
  const field = steps.reduce<Described | undefined>(
    (at, step) => (step === '[]' ? at?.items : at?.properties?.[step]),
    schema,
  );
  return field?.description ?? '';
}

describe.skipIf(folder === undefined)('kinds of Gateway API beside their CustomResourceDefinitions', () => {
  const crds = folder === undefined ? [] : upstreamCrds(folder, 'experimental');

  it('are all there', () => {
    const upstream = crds.filter(({ spec }) => spec.group === 'gateway.networking.k8s.io');
    expect(gatewayApiKinds.map((k) => k.kind).sort()).toEqual(upstream.map(({ spec }) => spec.names.kind).sort());
  });

  it.each(gatewayApiKinds.map((definition) => [definition.kind, definition] as const))(
    '%s has the same names, versions, columns and schema',
    (kind, definition) => {
      expect(unexplained(kind, compareWithCrd(definition, crdOf(crds, kind)), deliberate)).toEqual([]);
    },
  );

  it.each(gatewayApiKinds.map((definition) => [definition.kind, definition] as const))(
    '%s tells of each field of the experimental channel that it is experimental',
    (kind, definition) => {
      const standard = upstreamCrds(folder ?? '', 'standard');
      const schemas = [crdOf(standard, kind), crdOf(crds, kind)].map(
        ({ spec }) => spec.versions[0]?.schema.openAPIV3Schema,
      );
      const only = schemaDifferences(schemas[0] ?? {}, schemas[1] ?? {}).filter((d) => d.what === 'field');
      const silent = only.filter(({ at }) => !/experimental/i.test(descriptionAt(openApiSchemaOf(definition), at)));
      expect(silent.map(({ at }) => at)).toEqual([]);
    },
  );

  it('differ in everything that the list of wanted differences names', () => {
    const all = gatewayApiKinds.flatMap((d) => compareWithCrd(d, crdOf(crds, d.kind)).map((x) => [d.kind, x] as const));
    const unused = deliberate.filter((entry) => !all.some(([kind, x]) => explains(entry, kind, x)));
    expect(unused).toEqual([]);
  });
});

describe('objects of Gateway API', () => {
  const object = (apiVersion: string, kind: string, spec: object, rest: object = {}) => ({
    apiVersion: `gateway.networking.k8s.io/${apiVersion}`,
    kind,
    metadata: { name: 'a' },
    spec,
    ...rest,
  });
  const paths = (given: unknown, options = {}) => checkObject(given, options).map((p) => p.path);
  const backendRefs = [{ name: 'a', port: 80 }];

  it('have the limits of their version', () => {
    const two = { rules: [{ backendRefs }, { backendRefs }] };
    expect(paths(object('v1', 'TCPRoute', two))).toEqual(['spec.rules']);
    expect(paths(object('v1alpha2', 'TCPRoute', two))).toEqual([]);
    expect(paths(object('v1', 'TLSRoute', { rules: [{ backendRefs }] }))).toEqual(['spec.hostnames']);
    expect(paths(object('v1alpha2', 'TLSRoute', { rules: [{ backendRefs }] }))).toEqual([]);
    expect(paths(object('v1alpha3', 'TLSRoute', { rules: [{ backendRefs }] }))).toEqual(['spec.hostnames']);
  });

  it('in deprecated versions tell which to use', () => {
    const warning = deprecationWarning('gateway.networking.k8s.io/v1alpha2', 'TCPRoute');
    expect(warning).toBe(
      'gateway.networking.k8s.io/v1alpha2 TCPRoute is deprecated; use gateway.networking.k8s.io/v1 TCPRoute',
    );
    expect(deprecationWarning('gateway.networking.k8s.io/v1', 'TCPRoute')).toBeUndefined();
    expect(deprecationWarning('v1', 'Pod')).toBeUndefined();
  });

  it('may come with any status, which is dropped; that of a controller is checked', () => {
    const given = object('v1', 'HTTPRoute', {}, { status: { parents: [{}] } });
    expect(paths(given)).toEqual([]);
    expect(paths(given, { status: true })).toContain('status.parents[0].controllerName');
    const grant = { from: [{ group: '', kind: 'A', namespace: 'b' }], to: [{ group: '', kind: 'A' }] };
    expect(paths(object('v1', 'ReferenceGrant', grant, { status: {} }))).toEqual(['status']);
  });

  it('have addresses of Gateways in the form that their type names', () => {
    const gateway = (...addresses: object[]) =>
      object('v1', 'Gateway', {
        gatewayClassName: 'a',
        listeners: [{ name: 'a', port: 80, protocol: 'HTTP' }],
        addresses,
      });
    expect(
      paths(gateway({ value: '10.0.0.1' }, { value: '::1' }, { type: 'Hostname', value: 'a.example.com' }, {})),
    ).toEqual([]);
    expect(paths(gateway({ value: 'a.example.com' }))).toEqual(['spec.addresses[0].value']);
  });
});

describe.skipIf(corpus === undefined)('objects of Gateway API’s own tests', () => {
  const files = (folder: string) =>
    readdirSync(join(corpus ?? '', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name, readFileSync(join(corpus ?? '', folder, name), 'utf8')] as const);
  const objects = (text: string) =>
    parseAllDocuments(text)
      .map((document) => document.toJS() as { readonly apiVersion?: string } | null)
      .filter((object) => object?.apiVersion?.startsWith('gateway.networking.k8s.io/'));

  it.each(corpus === undefined ? [] : files('gateway-api-invalid'))('are refused: %s', (_name, text) => {
    const problems = objects(text).map((object) => checkObject(object).length);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every((count) => count > 0)).toBe(true);
  });

  it.each(corpus === undefined ? [] : files('gateway-api-examples'))('are accepted: %s', (_name, text) => {
    expect(objects(text).flatMap((object) => checkObject(object))).toEqual([]);
  });
});
