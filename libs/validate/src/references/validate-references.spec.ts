import { describe, expect, it } from 'vitest';
import type { DestinationRule, KnownResource, Secret, Service, VirtualService } from '@malla/model';
import { validateReferences, type ResourceReader } from './validate-references.ts';

const metadata = (name: string, namespace = 'shop') => ({ name, namespace });
const service = (name: string, ports = [80]): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(name),
  spec: { ports: ports.map((port) => ({ name: `http-${port}`, port })) },
});
const rule = (name: string, spec: object = {}): DestinationRule => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: metadata(name),
  spec: { host: name, ...spec },
});
const secret = (name: string): Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: metadata(name) });

function route(destination: object, more: { name?: string; namespace?: string; spec?: object } = {}): VirtualService {
  const http = [{ route: [{ destination: destination as { host: string } }] }];
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: metadata(more.name ?? 'x', more.namespace),
    spec: { hosts: ['reviews'], http, ...more.spec },
  };
}

function reader(...resources: KnownResource[]): ResourceReader {
  return { list: (kind) => resources.filter((r) => r.kind === kind) as never };
}

const codes = (resource: KnownResource, ...others: KnownResource[]) =>
  validateReferences(resource, reader(...others)).map((p) => `${p.level} ${p.code} ${p.path}`);
const destination = 'spec.http[0].route[0].destination';

describe('validateReferences', () => {
  it('is content when everything is there, by short and by full name', () => {
    const others = [service('reviews', [80, 81]), rule('reviews', { subsets: [{ name: 'v1' }] })];
    expect(codes(route({ host: 'reviews', subset: 'v1', port: { number: 81 } }), ...others)).toEqual([]);
    expect(
      codes(
        route({ host: 'reviews.shop.svc.cluster.local', subset: 'v1', port: { number: 81 } }, { namespace: 'other' }),
        ...others,
      ),
    ).toEqual([]);
  });

  it('names missing hosts, subsets and ports', () => {
    expect(codes(route({ host: 'reviews', subset: 'v1' }))).toEqual([
      `warning IST0101 ${destination}.host`,
      `warning IST0101 ${destination}.subset`,
    ]);
    expect(codes(route({ host: 'reviews', port: { number: 9 } }), service('reviews'))).toEqual([
      `warning IST0101 ${destination}.port.number`,
    ]);
    expect(codes(route({ host: 'reviews' }), service('reviews', [80, 81]))).toEqual([`warning IST0112 ${destination}`]);
    expect(codes(route({ host: 'reviews' }, { namespace: 'other' }), service('reviews'))).toEqual([
      `warning IST0101 ${destination}.host`,
    ]);
  });

  it('finds VirtualServices of the same host, as far as they see each other', () => {
    const reviews = service('reviews');
    const full = { spec: { hosts: ['reviews.shop.svc.cluster.local'] } };
    const here = route({ host: 'reviews' });
    expect(codes(here, reviews, here, route({ host: 'reviews' }, { name: 'y' }))).toEqual([
      'warning IST0109 spec.hosts[0]',
    ]);
    expect(codes(here, reviews, route({ host: 'reviews' }, { name: 'y', namespace: 'b', ...full }))).toEqual([
      'warning IST0109 spec.hosts[0]',
    ]);
    const hidden = route({ host: 'reviews' }, { name: 'y', namespace: 'b', spec: { ...full.spec, exportTo: ['.'] } });
    expect(codes(route({ host: 'reviews' }, { spec: { exportTo: ['.'] } }), reviews, hidden)).toEqual([]);
  });

  it('names missing services and credentials of a DestinationRule', () => {
    const tls = { mode: 'SIMPLE', credentialName: 'ca' };
    const given = rule('reviews', {
      trafficPolicy: { tls },
      subsets: [{ name: 'v1', trafficPolicy: { portLevelSettings: [{ port: { number: 1 }, tls }] } }],
    });
    expect(codes(given)).toEqual([
      'warning IST0174 spec.host',
      'warning IST0101 spec.trafficPolicy.tls.credentialName',
      'warning IST0101 spec.subsets[0].trafficPolicy.portLevelSettings[0].tls.credentialName',
    ]);
    expect(codes(given, service('reviews'), secret('ca'))).toEqual([]);
  });
});
