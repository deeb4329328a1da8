import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalSchema, type Json } from '../../../test/canonical-schema.ts';
import { readProto, type ProtoTypes } from '../../../test/proto-messages.ts';
import { protoSchema } from '../../../test/proto-schema.ts';
import { schemaDifferences, unexplained, type Deliberate } from '../../../test/upstream-crd.ts';
import { checkObject } from '../../check-object.ts';
import { openApiSchemaOf } from '../../schema/open-api.ts';
import { meshKinds } from './mesh-kinds.ts';

const deliberate: readonly Deliberate[] = [
  {
    at: /./,
    what: ['x-kubernetes-validations', 'pattern'],
    reason: 'protos have no rules: durations are well formed, some at least 1ms',
  },
  {
    at: /^spec\.(discoverySelectors\[\]|.*[sS]elector)(\.matchExpressions\[\])?$/,
    what: ['x-kubernetes-map-type', 'required'],
    reason: 'label selectors are those of Kubernetes, which ask for key and operator',
  },
];

const folder = process.env['MALLA_UPSTREAM_PROTOS'];
const files = ['config', 'proxy', 'network'].map((name) => join(folder ?? '', `mesh/v1alpha1/${name}.proto`));
const there = folder !== undefined && files.every(existsSync);

function upstream(): ProtoTypes {
  const read = files.map((file) => readProto(readFileSync(file, 'utf8')));
  return {
    messages: new Map(read.flatMap(({ messages }) => [...messages])),
    enums: new Map(read.flatMap(({ enums }) => [...enums])),
  };
}

/** Leaves out what stands below types of other packages, in our schema as in the upstream one. */
function cut(ours: Json, theirs: Json): Json {
  if (theirs['external'] !== undefined) return { external: theirs['external'] };
  const below = (a: unknown, b: unknown): unknown =>
    a !== null && typeof a === 'object' && b !== null && typeof b === 'object' ? cut(a as Json, b as Json) : a;
  return Object.fromEntries(
    Object.entries(ours).map(([key, value]) => {
      if (key === 'properties') {
        const fields = theirs['properties'] as Json | undefined;
        const entries = Object.entries(value as Json).map(([name, field]) => [name, below(field, fields?.[name])]);
        return [key, Object.fromEntries(entries)];
      }
      return [key, key === 'items' || key === 'additionalProperties' ? below(value, theirs[key]) : value];
    }),
  );
}

describe.skipIf(!there)('MeshConfig beside Istio’s protos (MALLA_UPSTREAM_PROTOS)', () => {
  it('has every field, with its type, values and variants', () => {
    const types = there ? upstream() : { messages: new Map(), enums: new Map() };
    const networks = { type: 'object', additionalProperties: protoSchema(types, 'Network') };
    const mesh = protoSchema(types, 'MeshConfig');
    const spec = canonicalSchema({ ...mesh, properties: { ...(mesh['properties'] as Json), networks } });
    const ours = openApiSchemaOf(meshKinds[0] as (typeof meshKinds)[number])['properties'] as Json;
    const theirs = { type: 'object', properties: { spec } };
    const found = schemaDifferences({ type: 'object', properties: { spec: cut(ours['spec'] as Json, spec) } }, theirs);
    expect(unexplained('MeshConfig', found, deliberate)).toEqual([]);
  });
});

describe('MeshConfig', () => {
  const mesh = (spec: object) =>
    checkObject({ apiVersion: 'mesh.istio.io/v1alpha1', kind: 'MeshConfig', metadata: { name: 'default' }, spec });

  it('accepts what Istio’s chart writes', () => {
    const found = mesh({
      accessLogFile: '/dev/stdout',
      defaultConfig: {
        discoveryAddress: 'istiod.istio-system.svc:15012',
        tracing: { zipkin: { address: 'zipkin.istio-system:9411' }, sampling: 100 },
        proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' },
        holdApplicationUntilProxyStarts: true,
      },
      defaultProviders: { metrics: ['prometheus'] },
      enablePrometheusMerge: true,
      extensionProviders: [
        { name: 'otel', envoyOtelAls: { service: 'otel.observability.svc.cluster.local', port: 4317 } },
        { name: 'authz', envoyExtAuthzGrpc: { service: 'authz.foo.svc.cluster.local', port: '9000' as unknown } },
      ],
      rootNamespace: 'istio-system',
      trustDomain: 'cluster.local',
      protocolDetectionTimeout: '0s',
    });
    expect(found.map((p) => p.path)).toEqual(['spec.extensionProviders[1].envoyExtAuthzGrpc.port']);
  });

  it('refuses two variants of one choice, and unknown fields with the nearest name', () => {
    const provider = { name: 'a', zipkin: {}, datadog: {} };
    expect(mesh({ extensionProviders: [provider] })[0]?.message).toContain('at most one of');
    expect(mesh({ acessLogFile: 'x' })[0]).toMatchObject({
      path: 'spec.acessLogFile',
      hint: 'did you mean "accessLogFile"?',
    });
    expect(mesh({ connectTimeout: '0s' })[0]?.path).toBe('spec.connectTimeout');
  });
});
