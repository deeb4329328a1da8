import { create } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { formatPeerMetadata } from '@malla/ir';
import {
  HTTPAccessLogEntrySchema,
  TCPAccessLogEntrySchema,
} from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reporterOfLog, toAccessRecord, toConnectionRecord } from './access-log.ts';
import { sampleBucket, sampleRecord, telemetryStoreConformance } from './conformance.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { MemoryTelemetryStore } from './memory-telemetry-store.ts';
import { levelOfStep, seriesOf } from './series.ts';
import { serviceGraph } from './service-graph.ts';
import { SignalRecorder } from './signal-recorder.ts';
import { signalsOf } from './signals.ts';

const workload = {
  name: 'productpage-v1',
  namespace: 'shop',
  serviceAccount: 'pages',
  labels: { app: 'productpage', version: 'v1' },
};

function common(upstreamCluster: string, uri?: string, peer?: string) {
  const tlsProperties = uri && {
    peerCertificateProperties: { subjectAltName: [{ san: { case: 'uri' as const, value: uri } }] },
  };
  return {
    upstreamCluster,
    duration: create(DurationSchema, { nanos: 5_000_000 }),
    ...(tlsProperties && { tlsProperties }),
    ...(peer !== undefined && { metadata: { filterMetadata: { malla: { peer } } } }),
  };
}

function entry(...[upstreamCluster, code, uri, peer]: [string, number, string?, string?]) {
  return create(HTTPAccessLogEntrySchema, {
    commonProperties: common(upstreamCluster, uri, peer),
    request: { authority: 'gone.shop:9080', requestBodyBytes: 7n },
    response: { responseCode: code, responseBodyBytes: 70n },
  });
}

describe('toAccessRecord', () => {
  it('reads service, namespace and subset from the cluster a source called', () => {
    const record = toAccessRecord(entry('outbound|9080|v2|reviews.shop.svc.cluster.local', 200), workload, 'source');
    expect(record).toMatchObject({
      reporter: 'source',
      protocol: 'http',
      sourceWorkload: 'productpage-v1',
      sourceApp: 'productpage',
      sourceVersion: 'v1',
      destinationService: 'reviews.shop.svc.cluster.local',
      destinationNamespace: 'shop',
      destinationSubset: 'v2',
      responseCode: 200,
      durationMs: 5,
      bytesSent: 7,
      bytesReceived: 70,
    });
  });

  it('reads the caller from its certificate when the destination reports', () => {
    const record = toAccessRecord(
      entry('inbound|9080||', 403, 'spiffe://cluster.local/ns/web/sa/front'),
      workload,
      'destination',
    );
    expect(record).toMatchObject({
      reporter: 'destination',
      sourceWorkload: 'front',
      sourceNamespace: 'web',
      destinationService: 'productpage',
      destinationWorkload: 'productpage-v1',
      destinationVersion: 'v1',
      connectionSecurity: 'mutual_tls',
    });
  });

  it('knows by the log who reports, also of a request that was refused before it had a cluster', () => {
    expect(['malla-inbound', 'malla-outbound', 'x'].map(reporterOfLog)).toEqual(['destination', 'source', undefined]);
    expect(toAccessRecord(entry('', 429), workload, 'destination')).toMatchObject({
      destinationService: 'productpage',
      destinationWorkload: 'productpage-v1',
    });
  });

  it('believes what the caller says of itself as far as its certificate agrees', () => {
    const said = (namespace: string) => {
      const names = { workload: 'front-7', app: 'front', canonicalService: 'front', canonicalRevision: 'v3' };
      const peer = formatPeerMetadata({ ...names, namespace, version: 'v3', cluster: 'c' });
      return toAccessRecord(
        entry('inbound|9080||', 200, 'spiffe://cluster.local/ns/web/sa/front', peer),
        workload,
        'destination',
      );
    };
    expect(said('web')).toMatchObject({ sourceWorkload: 'front-7', sourceApp: 'front', sourceVersion: 'v3' });
    expect(said('bank')).toMatchObject({ sourceWorkload: 'front', sourceNamespace: 'web', sourceApp: '' });
  });

  it('tells calls of gRPC, and by their status whether they failed', () => {
    const grpc = (headers: object, trailers: object, responseCode = 200, contentType = 'application/grpc+proto') => {
      const { protocol, failed } = toAccessRecord(
        create(HTTPAccessLogEntrySchema, {
          request: { requestHeaders: { 'content-type': contentType } },
          response: { responseCode, responseHeaders: { ...headers }, responseTrailers: { ...trailers } },
        }),
        workload,
        'destination',
      );
      return [protocol, failed];
    };
    expect(grpc({}, { 'grpc-status': '0' })).toEqual(['grpc', false]);
    expect(grpc({}, { 'grpc-status': '14' })).toEqual(['grpc', true]);
    expect(grpc({ 'grpc-status': '5' }, {})).toEqual(['grpc', false]);
    expect(grpc({ 'grpc-status': '13' }, {})).toEqual(['grpc', true]);
    // Without a status: a stream that its caller has ended, or an answer that is none of gRPC's.
    expect(grpc({}, {})).toEqual(['grpc', false]);
    expect(grpc({}, {}, 503)).toEqual(['grpc', true]);
    expect(grpc({}, { 'grpc-status': '14' }, 200, 'application/grpc-web')).toEqual(['http', false]);
  });

  it('names the host that was asked for when no cluster was chosen', () => {
    expect(toAccessRecord(entry('', 404), workload, 'source')).toMatchObject({
      destinationService: 'gone.shop',
      destinationNamespace: 'shop',
    });
  });
});

describe('toConnectionRecord', () => {
  const connection = (flags: object = {}) =>
    create(TCPAccessLogEntrySchema, {
      commonProperties: { ...common('outbound|3306||db.shop.svc.cluster.local'), responseFlags: flags },
      connectionProperties: { receivedBytes: 11n, sentBytes: 22n },
    });

  it('counts bytes as the source sees them, and connections to nobody as failed', () => {
    expect(toConnectionRecord(connection(), workload, 'source')).toMatchObject({
      protocol: 'tcp',
      destinationService: 'db.shop.svc.cluster.local',
      bytesSent: 11,
      bytesReceived: 22,
      failed: false,
    });
    expect(toConnectionRecord(connection({ upstreamConnectionFailure: true }), workload, 'source').failed).toBe(true);
  });
});

describe('SignalRecorder', () => {
  it('counts requests, connections and errors per pair', () => {
    const recorder = new SignalRecorder({ now: () => 1_000_000 });
    for (const code of [200, 200, 503, 0, 404])
      recorder.record(sampleRecord({ responseCode: code, failed: code === 503 || code === 0 }));
    recorder.record(sampleRecord({ protocol: 'tcp', bytesSent: 5 }));
    expect(signalsOf(recorder.unstored())).toMatchObject([
      { protocol: 'http', requests: 5, errors: 2, connections: 0, requestsByCode: { 0: 1, 200: 2, 404: 1, 503: 1 } },
      { protocol: 'tcp', requests: 0, connections: 1, bytesSent: 5 },
    ]);
  });

  it('gives closed buckets until they are stored', () => {
    let now = 5_000;
    const recorder = new SignalRecorder({ now: () => now });
    recorder.record(sampleRecord());
    expect(recorder.closed()).toEqual([]);
    now = 10_000;
    const closed = recorder.closed();
    expect(closed).toHaveLength(1);
    recorder.record(sampleRecord());
    expect(recorder.unstored()).toHaveLength(2);
    recorder.stored(closed);
    expect(recorder.unstored().map(({ start }) => start)).toEqual([10_000]);
    expect(recorder.finish()).toHaveLength(1);
  });

  it('drops, and counts, pairs beyond its bound and buckets that no store takes', () => {
    let now = 0;
    const recorder = new SignalRecorder({ now: () => now, maxPairs: 2, maxWaiting: 3 });
    for (const sourceWorkload of ['a', 'b', 'c', 'c']) recorder.record(sampleRecord({ sourceWorkload }));
    expect(recorder.dropped).toBe(2);
    for (now = 10_000; now <= 30_000; now += 10_000) recorder.record(sampleRecord());
    expect(recorder.closed()).toHaveLength(3);
    expect(recorder.lost).toBe(2);
  });
});

describe('MemoryTelemetryStore', () => {
  telemetryStoreConformance({ it, expect }, () => new MemoryTelemetryStore());
});

describe('seriesOf', () => {
  const dest = { reporter: 'destination', destinationService: 'cart', destinationWorkload: 'cart-v1' } as const;
  const buckets = [
    sampleBucket(0, {}, { responseCode: 500, failed: true }),
    sampleBucket(30_000, {}),
    sampleBucket(60_000, {}),
    sampleBucket(0, dest, dest, dest),
    sampleBucket(0, { destinationService: 'api.example.com', destinationNamespace: 'unknown' }),
  ];
  const query = { from: 0, to: 120_000, stepMs: 60_000 };

  it('gives rates and errors for each step, by whom each request is counted once', () => {
    const pairs = seriesOf(buckets, { ...query, by: 'pair' });
    expect(pairs).toMatchObject([
      {
        namespace: 'shop',
        name: 'cart',
        sourceWorkload: 'web-v1',
        points: [
          { time: 0, requests: 3, rate: 0.05, errorRate: 1 / 3 },
          { time: 60_000, requests: 1, errorRate: 0 },
        ],
      },
      { name: 'api.example.com', points: [{ requests: 1 }] },
    ]);
    const [cart, external] = seriesOf(buckets, { ...query, by: 'service' });
    expect(cart).toMatchObject({ name: 'cart', points: [{ requests: 3, errors: 0 }] });
    expect(external).toMatchObject({ name: 'api.example.com', points: [{ requests: 1 }] });
    expect(seriesOf(buckets, { ...query, by: 'workload' })).toMatchObject([{ name: 'cart-v1' }]);
    expect(seriesOf(buckets, { ...query, by: 'service', reporter: 'source' })[0]?.points).toHaveLength(2);
  });

  it('reads steps from the coarsest level that fits into them', () => {
    expect([10_000, 30_000, 60_000, 90_000, 3_600_000, 7_200_000, 86_400_000].map(levelOfStep)).toEqual([
      0, 0, 1, 0, 2, 2, 3,
    ]);
  });
});

describe('serviceGraph', () => {
  const seen = {
    reporter: 'destination',
    connectionSecurity: 'mutual_tls',
    sourceAccount: 'web',
    sourceApp: '',
  } as const;
  const cart = { destinationService: 'cart', destinationWorkload: 'cart-v2', destinationVersion: 'v2' } as const;
  const buckets = [
    sampleBucket(0, {}, {}, {}, { responseCode: 503, failed: true }),
    // By certificate only: the workload of the service account.
    sampleBucket(0, { ...seen, ...cart, sourceWorkload: 'web' }, {}, {}),
    // From outside the mesh.
    sampleBucket(0, {
      ...seen,
      ...cart,
      ...{ sourceWorkload: 'unknown', sourceNamespace: 'unknown', sourceAccount: '', connectionSecurity: 'none' },
    }),
    sampleBucket(0, { protocol: 'tcp', destinationService: 'db.example.com', destinationNamespace: 'unknown' }),
  ];

  it('has workloads, the services between them, and callers from outside', () => {
    const { nodes, edges } = serviceGraph(buckets, { detail: 'workload', spanMs: 10_000 });
    expect(nodes.map(({ id, health }) => [id, health])).toEqual([
      ['external:/db.example.com', 'healthy'],
      ['service:shop/cart', 'failing'],
      ['unknown:/unknown', 'idle'],
      ['workload:shop/cart-v2', 'healthy'],
      ['workload:shop/web-v1', 'idle'],
    ]);
    expect(edges).toMatchObject([
      { source: 'service:shop/cart', destination: 'workload:shop/cart-v2', requests: 4, mutualTls: 0.75 },
      { source: 'unknown:/unknown', destination: 'service:shop/cart', requests: 1, mutualTls: 0 },
      { source: 'workload:shop/web-v1', destination: 'external:/db.example.com', protocol: 'tcp', connections: 1 },
      {
        source: 'workload:shop/web-v1',
        destination: 'service:shop/cart',
        requests: 4,
        rate: 0.4,
        errorRate: 0.25,
        mutualTls: 1,
      },
    ]);
    expect(nodes[3]).toMatchObject({ app: 'cart', versions: ['v2'] });
  });

  it('joins services and namespaces', () => {
    const services = serviceGraph(buckets, { detail: 'service', spanMs: 10_000 });
    expect(services.edges.map(({ source, destination }) => [source, destination])).toEqual([
      ['service:shop/web', 'external:/db.example.com'],
      ['service:shop/web', 'service:shop/cart'],
      ['unknown:/unknown', 'service:shop/cart'],
    ]);
    const namespaces = serviceGraph(buckets, { detail: 'namespace', spanMs: 10_000 });
    expect(namespaces.edges.map(({ source, destination }) => `${source}>${destination}`)).toContain(
      'namespace:shop/>namespace:shop/',
    );
  });
});

describe('LatencyHistogram', () => {
  const values = fc.array(fc.double({ min: 0.2, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 });
  const histogramOf = (list: readonly number[]) => {
    const histogram = new LatencyHistogram();
    for (const value of list) histogram.record(value);
    return histogram;
  };

  it('gives quantiles within 15 % of the exact ones', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.9, 0.99), (list, q) => {
        const exact = [...list].sort((a, b) => a - b)[Math.max(Math.ceil(q * list.length), 1) - 1]!;
        const quantile = histogramOf(list).quantile(q);
        expect(quantile).toBeGreaterThanOrEqual(exact * 0.999);
        expect(quantile).toBeLessThanOrEqual(exact * 1.1501);
      }),
    );
  });

  it('adds up to that of all values, also from what a store keeps', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const sum = histogramOf(a);
        sum.addPairs(histogramOf(b).toPairs());
        expect(sum.toPairs()).toEqual(histogramOf([...a, ...b]).toPairs());
        expect(sum.count).toBe(a.length + b.length);
      }),
    );
  });
});
