import type { KnownResource } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { applyChanges } from './apply-changes.ts';
import { emptySnapshot } from './snapshot.ts';

const host = 'a.default.svc.cluster.local';

function entry(name: string, spec: object, createdAt = '2026-01-01T00:00:00Z'): KnownResource {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name, namespace: 'default', creationTimestamp: createdAt },
    spec: { hosts: [host], resolution: 'STATIC', ports: [{ number: 80, name: 'http', protocol: 'HTTP' }], ...spec },
  } as KnownResource;
}

const service: KnownResource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a', namespace: 'default' },
  spec: { selector: { app: 'a' }, ports: [{ name: 'http', port: 80 }] },
};
const deletion = ({ kind, apiVersion, metadata }: KnownResource) => ({
  group: apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : '',
  kind,
  namespace: metadata.namespace ?? '',
  name: metadata.name,
});

describe('services of ServiceEntries', () => {
  const older = entry('z', { endpoints: [{ address: '10.0.0.1' }] }, '2025-01-01T00:00:00Z');
  const younger = entry('b', { endpoints: [{ address: '10.0.0.2' }, { address: '10.0.0.3' }] });
  const addressesIn = (snapshot: ReturnType<typeof emptySnapshot>) =>
    snapshot.workloadSets.get(host)?.workloads.flatMap(({ addresses }) => addresses);

  it('a Service counts first, then the oldest entry, whatever the order of changes', () => {
    const entries = applyChanges(emptySnapshot(), { upserts: [younger, older] });
    expect(addressesIn(entries)).toEqual(['10.0.0.1']);
    const both = applyChanges(entries, { upserts: [service] });
    expect(both.services.get(host)).not.toHaveProperty('entry');
    expect(addressesIn(both)).toEqual([]);
    const left = applyChanges(both, { deletes: [deletion(older)] });
    expect(left.services.get(host)).toBe(both.services.get(host));
    const back = applyChanges(left, { deletes: [deletion(service)] });
    expect(addressesIn(back)).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(applyChanges(back, { deletes: [deletion(younger)] }).services.get(host)).toBeUndefined();
  });

  it('without endpoints a name that is looked up is its own', () => {
    const named = entry('n', { hosts: ['Outside.test'], resolution: 'DNS' });
    const { services, workloadSets } = applyChanges(emptySnapshot(), { upserts: [named] });
    expect(services.get('outside.test')?.entry).toMatchObject({ resolves: true, external: true });
    expect(workloadSets.get('outside.test')?.workloads).toMatchObject([{ addresses: ['outside.test'] }]);
  });
});
