import { create } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { HTTPAccessLogEntrySchema } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAccessRecord } from './access-log.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { SignalStore } from './signal-store.ts';

const workload = { name: 'productpage-v1', namespace: 'shop', labels: { app: 'productpage' } };

function entry(upstreamCluster: string, code: number, uri?: string) {
  const tlsProperties = uri && {
    peerCertificateProperties: { subjectAltName: [{ san: { case: 'uri' as const, value: uri } }] },
  };
  return create(HTTPAccessLogEntrySchema, {
    commonProperties: {
      upstreamCluster,
      duration: create(DurationSchema, { nanos: 5_000_000 }),
      ...(tlsProperties && { tlsProperties }),
    },
    request: { authority: 'gone.shop:9080' },
    response: { responseCode: code },
  });
}

describe('toAccessRecord', () => {
  it('reads service, namespace and subset from the cluster a source called', () => {
    const record = toAccessRecord(entry('outbound|9080|v2|reviews.shop.svc.cluster.local', 200), workload);
    expect(record).toMatchObject({
      reporter: 'source',
      sourceWorkload: 'productpage-v1',
      destinationService: 'reviews.shop.svc.cluster.local',
      destinationNamespace: 'shop',
      destinationSubset: 'v2',
      responseCode: 200,
      durationMs: 5,
    });
  });

  it('reads the caller from its certificate when the destination reports', () => {
    const record = toAccessRecord(entry('inbound|9080||', 403, 'spiffe://cluster.local/ns/web/sa/front'), workload);
    expect(record).toMatchObject({
      reporter: 'destination',
      sourceWorkload: 'front',
      sourceNamespace: 'web',
      destinationService: 'productpage',
      connectionSecurity: 'mutual_tls',
    });
  });

  it('names the host that was asked for when no cluster was chosen', () => {
    expect(toAccessRecord(entry('', 404), workload)).toMatchObject({
      destinationService: 'gone.shop',
      destinationNamespace: 'shop',
    });
  });
});

describe('SignalStore', () => {
  const record = (code: number, source = 'a') => ({
    ...toAccessRecord(entry('outbound|80||b.shop.svc.cluster.local', code), { ...workload, name: source }),
  });

  it('counts requests and errors per pair', () => {
    const store = new SignalStore({ now: () => 1_000_000 });
    for (const code of [200, 200, 503, 0, 404]) store.record(record(code));
    expect(store.query({ destination: 'b' })).toMatchObject([
      { requests: 5, errors: 2, requestsByCode: { 0: 1, 200: 2, 404: 1, 503: 1 } },
    ]);
    expect(store.query({ source: 'other' })).toEqual([]);
  });

  it('forgets what is older than its retention and leaves out what is before the window', () => {
    let now = 0;
    const store = new SignalStore({ now: () => now, bucketMs: 1000, retentionMs: 10_000 });
    store.record(record(200));
    now = 5000;
    store.record(record(200));
    expect(store.query({ windowMs: 1000 })[0]?.requests).toBe(1);
    expect(store.query()[0]?.requests).toBe(2);
    now = 12_000;
    store.record(record(200));
    expect(store.query()[0]?.requests).toBe(2);
  });

  it('drops, and counts, pairs beyond its bound', () => {
    const store = new SignalStore({ now: () => 0, maxPairs: 2 });
    for (const source of ['a', 'b', 'c', 'c']) store.record(record(200, source));
    expect(store.query()).toHaveLength(2);
    expect(store.dropped).toBe(2);
  });
});

describe('LatencyHistogram', () => {
  it('gives quantiles within 15 % of the exact ones', () => {
    const values = fc.array(fc.double({ min: 0.2, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.9, 0.99), (list, q) => {
        const histogram = new LatencyHistogram();
        for (const value of list) histogram.record(value);
        const exact = [...list].sort((a, b) => a - b)[Math.max(Math.ceil(q * list.length), 1) - 1]!;
        expect(histogram.quantile(q)).toBeGreaterThanOrEqual(exact * 0.999);
        expect(histogram.quantile(q)).toBeLessThanOrEqual(exact * 1.1501);
      }),
    );
  });
});
