import type { Proxy } from '@malla/ir';
import { applyChanges, emptySnapshot, type MeshWorkload } from '@malla/snapshot';
import { describe, expect, it } from 'vitest';
import { placedByPod } from './placed-by-pod.ts';

const proxy: Proxy = {
  id: 'web-1.shop',
  role: 'sidecar',
  dataPlane: 'envoy',
  namespace: 'shop',
  serviceAccount: 'web',
  workload: 'web-1',
  labels: {},
  cluster: '',
  network: '',
  locality: '',
  version: '1',
  features: [],
  interception: { mode: 'REDIRECT' },
};
const pod: MeshWorkload = {
  name: 'web-1',
  namespace: 'shop',
  serviceAccount: 'web',
  labels: {},
  addresses: ['10.1.0.1'],
  ports: {},
  network: 'net-1',
  locality: 'eu/eu-1',
  cluster: 'c',
  weight: 1,
  mutualTls: true,
  healthy: true,
  pod: true,
};
const snapshot = applyChanges(emptySnapshot(), { kubernetes: { pods: { upserts: [pod] } } });

describe('the place of a proxy', () => {
  it('is that of its Pod, as far as it does not say its own', () => {
    expect(placedByPod(proxy, snapshot)).toMatchObject({ locality: 'eu/eu-1', network: 'net-1' });
    expect(placedByPod({ ...proxy, locality: 'us' }, snapshot)).toMatchObject({ locality: 'us', network: 'net-1' });
  });

  it('is its own where it is in no Pod', () => {
    const other = { ...proxy, workload: 'vm-1' };
    expect(placedByPod(other, snapshot)).toBe(other);
  });
});
