import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, fromBinary, toJson, type JsonValue } from '@bufbuild/protobuf';
import { AnySchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { DataPlane, InboundIr, ListenerIr, OutboundIr } from '@malla/ir';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { Emitter } from './emitter.ts';

/** `ir.yaml` of a case: those parts of a proxy's IR that it is about. */
type CaseIr = Partial<OutboundIr> & { readonly dataPlane?: DataPlane; readonly listeners?: readonly ListenerIr[] };

const folder = fileURLToPath(new URL('../goldens', import.meta.url));
const update = process.env['UPDATE_GOLDENS'] === '1';
const maxLines = 200;
const cases = readdirSync(folder);

const descriptors = fileURLToPath(new URL('../../protos/descriptors/envoy-1.40.0.binpb', import.meta.url));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const noInbound: InboundIr = {
  ports: [],
  passthrough: { mutualTls: 'disable', authorization: { deny: [] } },
  trustDomains: ['cluster.local'],
};

/** What the IR becomes, without what every proxy has. */
function emitted(ir: CaseIr): JsonValue {
  const { dataPlane = 'envoy', listeners = [], ...parts } = ir;
  const outbound = { services: [], destinations: [], endpoints: [], routeConfigs: [], secrets: [], ...parts };
  const resources = new Emitter().emit({
    outbound,
    listeners,
    dataPlane,
    inbound: noInbound,
    trustDomain: 'cluster.local',
  });
  return [...resources.values()].flatMap((byName) =>
    [...byName.values()]
      .filter(({ name }) => !['PassthroughCluster', 'BlackHoleCluster'].includes(name))
      .map(({ any }) => withoutNoise(toJson(AnySchema, any, { registry }))),
  );
}

/** What is the same everywhere; specs of traffic look at what it does. */
const noise = [
  'accessLog',
  'tlsParams',
  'sdsConfig',
  'configSource',
  'upgradeConfigs',
  'setCurrentClientCertDetails',
  'trackRemaining',
  'upstreamConnectMode',
  'maxEarlyDataBytes',
];

/** Filters of telemetry and of limits, which stand everywhere too. */
const noiseFilters = [
  'envoy.filters.http.header_to_metadata',
  'envoy.filters.http.grpc_stats',
  'envoy.filters.http.header_mutation',
  'envoy.filters.http.upstream_codec',
  'envoy.filters.http.ratelimit.open',
  'envoy.filters.http.ratelimit.closed',
];

function withoutNoise(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, key === 'httpFilters' ? withoutNoiseFilters(inner) : inner] as const)
    .filter(([key, inner]) => !noise.includes(key) && !(key === 'httpFilters' && (inner as []).length === 0));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNoise(inner)]));
}

function withoutNoiseFilters(filters: JsonValue): JsonValue {
  return (filters as { name: string }[]).filter(({ name }) => !noiseFilters.includes(name));
}

describe('goldens', () => {
  it.each(cases)('%s', (name) => {
    const golden = `${folder}/${name}/xds.yaml`;
    const ir = parse(readFileSync(`${folder}/${name}/ir.yaml`, 'utf8'), { merge: true }) as CaseIr;
    const text = stringify(emitted(ir), { lineWidth: 140, aliasDuplicateObjects: false, singleQuote: true });
    if (update) writeFileSync(golden, text);
    expect(text).toBe(existsSync(golden) ? readFileSync(golden, 'utf8') : 'no golden: run with UPDATE_GOLDENS=1');
    expect(text.split('\n').length).toBeLessThanOrEqual(maxLines);
  });

  it('have no files besides', () => {
    for (const name of cases) expect(readdirSync(`${folder}/${name}`).sort()).toEqual(['ir.yaml', 'xds.yaml']);
  });
});
