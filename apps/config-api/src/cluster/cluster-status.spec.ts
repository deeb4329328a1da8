import type { Resource } from '@malla/model';
import type { StoredResource } from '@malla/store';
import { describe, expect, it } from 'vitest';
import { deliveryCondition, type ProxyDelivery } from '../resources/delivery-status.ts';
import { clusterStatus, type KnownOfObject } from './cluster-status.ts';

const object = (status: object = {}, generation = 2): Resource => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name: 'default', namespace: 'shop', generation },
  spec: {},
  status,
});
const stored = (generation = 2): StoredResource => ({
  key: { group: 'networking.istio.io', kind: 'Sidecar', namespace: 'shop', name: 'default' },
  revision: 7,
  object: object({}, generation),
});
const proxies = (...revisions: number[]): ProxyDelivery[] =>
  revisions.map((revision, i) => ({ id: `p${i}`, namespace: 'shop', revision: String(revision) }));
const known = (status: object, ...revisions: number[]): KnownOfObject => ({
  object: object(status),
  refusal: undefined,
  stored: stored(),
  findings: [],
  delivery: deliveryCondition(7, proxies(...revisions)),
});

const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:09Z'];

describe('the status of an object in the cluster', () => {
  const first = clusterStatus(known({}, 7, 7), early);

  it('tells what Istio tells, and what Malla adds, at the generation that it is about', () => {
    expect(first).toMatchObject({ observedGeneration: 2, validationMessages: [] });
    const types = first?.conditions.map((each) => (each as { type: string }).type);
    expect(types).toEqual(['Accepted', 'Reconciled', 'Enforced', 'PassedAnalysis']);
    expect(first?.conditions[1]).toMatchObject({ status: 'True', reason: 'AllAcknowledged', observedGeneration: 2 });
  });

  it('is not written again for another number of proxies, but for those that lag', () => {
    expect(clusterStatus(known(first ?? {}, 7, 7), late)).toBeUndefined();
    expect(clusterStatus(known(first ?? {}, 7, 8, 9), late)).toBeUndefined();
    const lagging = clusterStatus(known(first ?? {}, 7, 6, 6), late);
    expect(lagging?.conditions[1]).toMatchObject({ status: 'False', message: '1/3 proxies up to date' });
    expect(clusterStatus(known(lagging ?? {}, 7, 7, 6), late)?.conditions[1]).toMatchObject({
      message: '2/3 proxies up to date',
    });
  });

  it('keeps the time of what has not changed, and the conditions of others', () => {
    const foreign = { type: 'Programmed', status: 'True', reason: 'Other', message: 'by another controller' };
    const before = { ...first, conditions: [foreign, ...(first?.conditions ?? [])] };
    expect(clusterStatus(known(before, 7), late)).toBeUndefined();
    const after = clusterStatus(known(before, 6), late);
    expect(after?.conditions[0]).toEqual(foreign);
    expect(after?.conditions[1]).toMatchObject({ type: 'Accepted', lastTransitionTime: early });
    expect(after?.conditions[2]).toMatchObject({ type: 'Reconciled', lastTransitionTime: late });
  });

  it('waits for the version that is in the cluster, and says what is in force of one that is refused', () => {
    expect(clusterStatus({ ...known({}, 7), stored: stored(1) }, early)).toBeUndefined();
    const refusal = { generation: 2, message: 'spec.x: is wrong' };
    const refused = clusterStatus({ ...known({}, 7), stored: stored(1), refusal }, early);
    expect(refused?.conditions).toMatchObject([
      { type: 'Accepted', status: 'False', message: 'spec.x: is wrong' },
      { type: 'Reconciled', status: 'False', message: expect.stringContaining('last version') as string },
    ]);
    expect(refused?.validationMessages).toMatchObject([{ level: 'ERROR', type: { code: 'IST0106' } }]);
    expect(clusterStatus({ ...known({}, 7), refusal: { ...refusal, generation: 1 } }, early)).toBeUndefined();
  });

  it('keeps what is told of delivery while nobody knows, unless it is of an older version', () => {
    expect(clusterStatus({ ...known(first ?? {}), delivery: undefined }, late)).toBeUndefined();
    const newer = { ...known(first ?? {}), object: object(first, 3), stored: stored(3), delivery: undefined };
    expect(clusterStatus(newer, late)?.conditions[1]).toMatchObject({ status: 'Unknown', observedGeneration: 3 });
  });
});
