import type { StoredResource } from '@malla/store';
import { describe, expect, it } from 'vitest';
import { deliveryStatus, type ProxyDelivery } from './delivery-status.ts';

const key = { group: '', kind: 'Service', namespace: 'shop', name: 'web' };
const resource: StoredResource = {
  key,
  revision: 7,
  object: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', generation: 3 },
    spec: { ports: [{ port: 80 }] },
  },
};
const proxy = (id: string, revision: string, message?: string): ProxyDelivery => ({
  id,
  namespace: 'shop',
  revision,
  types: { listener: message === undefined ? {} : { nacked: { message } } },
});

describe('deliveryStatus', () => {
  const cases: readonly [string, readonly ProxyDelivery[], object][] = [
    ['nobody is connected', [], { status: 'Unknown', reason: 'NoProxies' }],
    ['all have it', [proxy('a', '7'), proxy('b', '12')], { status: 'True', message: '2/2 proxies up to date' }],
    [
      'some are on the way',
      [proxy('a', '7'), proxy('b', '6')],
      { reason: 'Pending', message: '1/2 proxies up to date' },
    ],
    [
      'one refused',
      [proxy('a', '7'), proxy('b', '6', 'no such cipher')],
      { reason: 'Rejected', message: '1/2 proxies up to date; b in shop refused: no such cipher' },
    ],
    ['an older refusal that was mended', [proxy('a', '7', 'old')], { status: 'True' }],
  ];

  it.each(cases)('%s', async (_name, proxies, condition) => {
    const status = await deliveryStatus(resource, { list: () => Promise.resolve(proxies) });
    expect(status).toMatchObject({ observedGeneration: 3, conditions: [condition, { type: 'Enforced' }] });
  });

  it('is unknown while the delivery map is away', async () => {
    const status = await deliveryStatus(resource, { list: () => Promise.reject(new Error('away')) });
    expect(status.conditions).toMatchObject([
      { type: 'Reconciled', status: 'Unknown', reason: 'DeliveriesUnknown', message: 'away' },
      {},
    ]);
  });
});
