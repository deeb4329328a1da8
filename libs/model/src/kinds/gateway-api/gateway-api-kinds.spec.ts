import { describe, expect, it } from 'vitest';
import {
  compareWithCrd,
  explains,
  unexplained,
  upstreamCrds,
  type Deliberate,
  type UpstreamCrd,
} from '../../../test/upstream-crd.ts';
import { gatewayApiKinds } from './gateway-api-kinds.ts';

const folder = process.env['MALLA_UPSTREAM_CRDS'];

/** What is otherwise than upstream, and why. */
const deliberate: readonly Deliberate[] = [];

function crdOf(crds: readonly UpstreamCrd[], kind: string): UpstreamCrd {
  const crd = crds.find(({ spec }) => spec.group === 'gateway.networking.k8s.io' && spec.names.kind === kind);
  if (crd === undefined) throw new Error(`no CustomResourceDefinition of ${kind} in ${folder}`);
  return crd;
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

  it('differ in everything that the list of wanted differences names', () => {
    const all = gatewayApiKinds.flatMap((d) => compareWithCrd(d, crdOf(crds, d.kind)).map((x) => [d.kind, x] as const));
    const unused = deliberate.filter((entry) => !all.some(([kind, x]) => explains(entry, kind, x)));
    expect(unused).toEqual([]);
  });
});
