import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareWithCrd, explains, unexplained, upstreamCrds, type Deliberate } from '../../test/upstream-crd.ts';
import { kinds } from '../registry.ts';

/** In which the model differs from Istio’s CRDs on purpose, with the reason. */
const deliberate: readonly Deliberate[] = [
  {
    at: /\.(idleTimeout|ttl|budgetInterval|weight(Stabilization|Expiration|Update)Period)$/,
    what: ['pattern'],
    reason:
      'Istio leaves the form of durations that may be 0s to its webhook; here a pattern says it, so that a cluster refuses it too',
  },
];

const groups = ['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'extensions.istio.io'];
const folder = process.env['MALLA_UPSTREAM_CRDS'];
const found = folder !== undefined && existsSync(folder) ? upstreamCrds(folder) : [];
const istio = found.filter(({ spec }) => groups.includes(spec.group));

describe.skipIf(istio.length === 0)('kinds of Istio beside its CRDs (MALLA_UPSTREAM_CRDS)', () => {
  it.each(istio.map((crd) => [crd.spec.names.kind, crd] as const))('%s accepts and refuses the same', (kind, crd) => {
    const definition = kinds.find((k) => k.group === crd.spec.group && k.kind === kind);
    expect(definition).toBeDefined();
    expect(unexplained(kind, definition === undefined ? [] : compareWithCrd(definition, crd), deliberate)).toEqual([]);
  });

  it('has no entry in its list of differences that explains none', () => {
    const all = istio.flatMap((crd) => {
      const definition = kinds.find((k) => k.group === crd.spec.group && k.kind === crd.spec.names.kind);
      return definition === undefined ? [] : compareWithCrd(definition, crd).map((d) => [definition.kind, d] as const);
    });
    expect(deliberate.filter((entry) => !all.some(([kind, d]) => explains(entry, kind, d)))).toEqual([]);
  });
});
