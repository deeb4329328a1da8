import { ResourceMirror } from '@malla/store';
import type { Resource } from '@malla/model';
import { keyOf, type Change, type ResourceStore, type WriteBatch } from '@malla/store';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ProxyDelivery } from '../resources/delivery-status.ts';
import { DeliveryEvents } from './delivery-events.ts';
import { EventExpiry } from './event-expiry.ts';
import type { EventRecorder, Happening } from './event-recorder.ts';

const logger = pino({ level: 'silent' });

function mirrorOf(...objects: readonly Resource[]): ResourceMirror {
  const mirror = new ResourceMirror();
  objects.forEach((object, index) =>
    mirror.apply({ type: 'initial', resource: { key: keyOf(object), revision: index + 1, object } }),
  );
  mirror.apply({ type: 'synced', revision: objects.length });
  return mirror;
}

const namespace: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const route: Resource = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'reviews', namespace: 'shop', uid: 'u1' },
};

describe('events of deliveries', () => {
  it('tell of a refusal once, about the object that it names, and of its end', async () => {
    let proxies: readonly ProxyDelivery[] = [];
    const told: Happening[] = [];
    const events = new DeliveryEvents({
      deliveries: { list: () => Promise.resolve(proxies) },
      mirror: mirrorOf(namespace, route),
      recorder: { record: (happening: Happening) => told.push(happening) } as unknown as EventRecorder,
    });
    const refusing = (message: string): ProxyDelivery => ({
      id: 'p1',
      namespace: 'shop',
      types: { lds: { nacked: { message } } },
    });
    await events.look();
    proxies = [refusing('bad regex in VirtualService shop/reviews')];
    await events.look();
    await events.look();
    expect(told).toMatchObject([
      { type: 'Warning', reason: 'ProxyRejected', about: { kind: 'VirtualService', metadata: { uid: 'u1' } } },
    ]);
    proxies = [{ id: 'p1', namespace: 'shop', types: {} }];
    await events.look();
    expect(told).toHaveLength(2);
    expect(told[1]).toMatchObject({ type: 'Normal', reason: 'ProxyAccepted', about: { kind: 'VirtualService' } });
    proxies = [refusing('something else')];
    await events.look();
    expect(told[2]).toMatchObject({ about: { kind: 'Namespace', metadata: { name: 'shop' } } });
  });
});

describe('old events', () => {
  it('are deleted once they are over, by what they tell of when they happened last', async () => {
    const event = (name: string, fields: object): Resource => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'shop' },
      ...fields,
    });
    const mirror = mirrorOf(
      event('old', { lastTimestamp: '2026-01-01T00:00:00Z' }),
      event('young', { lastTimestamp: '2026-01-01T01:30:00Z' }),
      event('again', { lastTimestamp: '2026-01-01T00:00:00Z', series: { lastObservedTime: '2026-01-01T01:59:00Z' } }),
    );
    const deleted: string[] = [];
    const store = {
      write: ({ operations }: WriteBatch): Promise<readonly Change[]> => {
        for (const operation of operations) if (operation.type === 'delete') deleted.push(operation.key.name);
        return Promise.resolve([]);
      },
    } as unknown as ResourceStore;
    const now = (): number => Date.parse('2026-01-01T02:00:00Z');
    await new EventExpiry({ store, mirror, logger, newId: () => 'x', now, ttlMs: 3_600_000 }).sweep();
    expect(deleted).toEqual(['old']);
  });
});
