import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ForwardIr } from '@malla/ir';
import { checkObject, parseManifests, type KnownResource } from '@malla/model';
import { applyChanges } from '@malla/snapshot';
import { describe, expect, it } from 'vitest';
import { Mesh, workload } from '../test/mesh-fixture.ts';

/** Istio's own samples, in the folder that MALLA_CORPUS names; skipped, visibly, without it. */
const samples = join(process.env['MALLA_CORPUS'] ?? '/nowhere', 'istio-samples/bookinfo');
const networking = join(samples, 'networking');
const reviewsHost = 'reviews.default.svc.cluster.local';

function accepted(file: string): readonly KnownResource[] {
  const { resources } = parseManifests(readFileSync(file, 'utf8'));
  const known = resources.map(({ resource }) => resource).filter((resource) => checkObject(resource).length === 0);
  return known.map(
    (resource) =>
      ({ ...resource, metadata: { namespace: 'default', ...resource.metadata } }) as unknown as KnownResource,
  );
}

function bookinfoMesh(...files: string[]): Mesh {
  const versions = ['v1', 'v2', 'v3'].map((v) => workload(`reviews-${v}`, { app: 'reviews', version: v }));
  const mesh = new Mesh('', [workload('ratings-v1', { app: 'ratings', version: 'v1' }), ...versions]);
  const upserts = [join(samples, 'platform/kube/bookinfo.yaml'), ...files.map((file) => join(networking, file))];
  mesh.snapshot = applyChanges(mesh.snapshot, { upserts: upserts.flatMap(accepted) });
  return mesh;
}

const split = (mesh: Mesh) =>
  mesh
    .routes({ namespace: 'default' }, reviewsHost)
    .map((route) => (route.action as ForwardIr).destinations.map((d) => `${d.cluster.split('|')[2]} ${d.weight}`));

describe.skipIf(!existsSync(samples))("Istio's bookinfo", () => {
  it('has its four services as clusters with endpoints', () => {
    const mesh = bookinfoMesh();
    expect(mesh.outbound().services.map((s) => s.host.split('.')[0])).toEqual([
      'details',
      'productpage',
      'ratings',
      'reviews',
    ]);
    expect(mesh.endpoints('', {}, reviewsHost)?.localities[0]?.endpoints).toHaveLength(3);
  });

  it.each([
    ['virtual-service-all-v1.yaml', [['v1 1']]],
    ['virtual-service-reviews-90-10.yaml', [['v1 90', 'v2 10']]],
    ['virtual-service-reviews-50-v3.yaml', [['v1 50', 'v3 50']]],
    ['virtual-service-reviews-test-v2.yaml', [['v2 1'], ['v1 1']]],
  ])('%s', (file, expected) => {
    const mesh = bookinfoMesh('destination-rule-all.yaml', file);
    expect(split(mesh)).toEqual(expected);
    expect(mesh.diagnostics().filter((d) => d.origin?.name === 'reviews')).toEqual([]);
    for (const v of ['v1', 'v2', 'v3']) {
      expect(mesh.endpoints(v, {}, reviewsHost)?.localities.flatMap((l) => l.endpoints)).toHaveLength(1);
    }
  });

  it('resolves every sample, with each reference either found or told', () => {
    for (const file of readdirSync(networking).filter((name) => name.endsWith('.yaml'))) {
      const mesh = bookinfoMesh('destination-rule-all.yaml', file);
      const outbound = mesh.outbound();
      const clusters = new Set(outbound.destinations.map((d) => d.name));
      const named = outbound.routeConfigs
        .filter((c) => c.name.includes('.svc.'))
        .flatMap((c) => c.virtualHosts.flatMap((v) => v.routes.map((r) => r.action)))
        .flatMap((action) => (action.kind === 'forward' ? action.destinations.map((d) => d.cluster) : []));
      const missing = named.filter((cluster) => !clusters.has(cluster));
      const told = mesh.diagnostics().filter((d) => d.code.startsWith('dangling'));
      expect([file, missing.length > 0]).toEqual([file, missing.length > 0 && told.length > 0]);
    }
  });
});
