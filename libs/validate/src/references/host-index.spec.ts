import type { DestinationRule, Service, VirtualService } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { HostIndex } from './host-index.ts';

const service = (name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { ports: [{ port: 80 }] },
});
const rule = (name: string, host: string): DestinationRule => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name, namespace: 'shop' },
  spec: { host },
});
const route = (name: string, ...hosts: string[]): VirtualService => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'shop' },
  spec: { hosts, http: [] },
});

describe('HostIndex', () => {
  const host = 'web.shop.svc.cluster.local';
  const names = (found: Iterable<{ metadata: { name: string } }>) =>
    [...found].map(({ metadata }) => metadata.name).sort();

  it('finds what names a host, by its kind, and what names a wildcard', () => {
    const index = new HostIndex('cluster.local');
    for (const each of [
      service('web'),
      rule('r', 'web'),
      rule('all', '*.shop.svc.cluster.local'),
      rule('other', 'api'),
      route('v', 'web', host, 'x.com'),
    ])
      index.set(each);
    expect(names(index.naming('Service', host))).toEqual(['web']);
    expect(names(index.naming('DestinationRule', host))).toEqual(['all', 'r']);
    expect(names(index.naming('VirtualService', host))).toEqual(['v']);
    expect(names(index.naming('VirtualService', 'x.com'))).toEqual(['v']);
  });

  it('follows changes', () => {
    const index = new HostIndex('cluster.local');
    index.set(route('v', 'web'));
    index.set(route('v', 'api'));
    expect(names(index.naming('VirtualService', host))).toEqual([]);
    expect(names(index.naming('VirtualService', 'api.shop.svc.cluster.local'))).toEqual(['v']);
    index.delete(route('v'));
    expect(names(index.naming('VirtualService', 'api.shop.svc.cluster.local'))).toEqual([]);
    index.set(service('web'));
    index.clear();
    expect(names(index.naming('Service', host))).toEqual([]);
  });
});
