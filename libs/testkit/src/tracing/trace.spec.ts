import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TraceCollector, type CollectedSpan } from '../control-plane/trace-collector.ts';
import { buildDataPlane } from '../programs/build-data-plane.ts';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { waitFor } from '../wait-for.ts';
import { TracedChain } from './traced-chain.ts';

const traceId = '80f198ee56343ba864fe8b2a57d3eff7';
const callerId = 'e457b5a2e4d86bd1';
const reviews = 'reviews.default.svc.cluster.local:9080/*';
const ratings = 'ratings.default.svc.cluster.local:9080/*';

/** Name, kind and service of every span of a trace, each below its parent. */
const expected = [
  'productpage.default.svc.cluster.local:8080/* server productpage.default',
  `${reviews} client productpage.default`,
  `${reviews} server reviews.default`,
  `${ratings} client reviews.default`,
  `${ratings} server ratings.default`,
];

/** The spans from a parent down, as far as each has one child. */
function chainBelow(parentId: string, spans: readonly CollectedSpan[]): string[] {
  const children = spans.filter((span) => span.parentId === parentId);
  if (children.length !== 1) return children.map(({ name }) => `one of ${children.length}: ${name}`);
  const [{ name, kind, service, spanId }] = children as [CollectedSpan];
  return [`${name} ${kind} ${service}`, ...chainBelow(spanId, spans)];
}

describe.each(proxyPrograms())('a trace of one request through three services: $name', ({ name, command }) => {
  const collector = new TraceCollector();
  const chain = new TracedChain();
  beforeAll(async () => {
    if (name === 'builtin') buildDataPlane();
    await collector.start();
    await chain.start(command, name, collector.port);
  }, 240_000);
  afterAll(async () => {
    await chain[Symbol.asyncDispose]();
    await collector.stop();
  });
  beforeEach(() => {
    chain.propagation = 'all';
    collector.spans.length = 0;
  });

  const arrived = (count: number) =>
    waitFor(() => collector.spans.length >= count, { timeoutMs: 60_000, what: 'spans at the collector' });

  it('has every span below its parent, from the first proxy on', { timeout: 90_000 }, async () => {
    expect(await chain.send({})).toHaveLength(3);
    await arrived(5);
    expect(new Set(collector.spans.map((span) => span.traceId)).size).toBe(1);
    expect(chainBelow('', collector.spans)).toEqual(expected);
    expect(collector.spans[0]?.attributes).toMatchObject({
      component: 'proxy',
      'http.method': 'GET',
      'http.status_code': '200',
      'istio.canonical_revision': 'latest',
    });
    const tags = collector.spans.map(
      ({ service, attributes }) => `${service} ${attributes['istio.canonical_service']}`,
    );
    expect(new Set(tags)).toEqual(
      new Set(['productpage.default productpage', 'reviews.default reviews', 'ratings.default ratings']),
    );
  });

  it.each([
    ['W3C', 'all', { traceparent: `00-${traceId}-${callerId}-01`, tracestate: 'vendor=1' }],
    ['the one B3 header', 'b3 only', { b3: `${traceId}-${callerId}-1` }],
    [
      'several B3 headers',
      'b3 only',
      { 'x-b3-traceid': traceId, 'x-b3-spanid': callerId, 'x-b3-sampled': '1', 'x-b3-parentspanid': callerId },
    ],
  ] as const)('goes on from a caller with %s', { timeout: 90_000 }, async (_, propagation, headers) => {
    chain.propagation = propagation;
    const seen = await chain.send(headers);
    await arrived(5);
    expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(chainBelow(callerId, collector.spans)).toEqual(expected);
    // Every application sees the span of its own proxy.
    const last = collector.spans.find(({ service }) => service === 'ratings.default');
    const told = seen.at(-1) ?? {};
    expect(told['traceparent']).toBe(`00-${traceId}-${last?.spanId}-01`);
    if ('b3' in headers) expect(told['b3']).toBe(`${traceId}-${last?.spanId}-1`);
    if ('x-b3-spanid' in headers) expect(told['x-b3-spanid']).toBe(last?.spanId);
    if ('tracestate' in headers) expect(told['tracestate']).toBe('vendor=1');
  });

  it('is not made of what its caller does not sample', { timeout: 90_000 }, async () => {
    for (const headers of [{ traceparent: `00-${traceId}-${callerId}-00` }, { b3: `${traceId}-${callerId}-0` }]) {
      const seen = await chain.send(headers);
      expect(seen.map((each) => String(each['traceparent']).slice(-3))).toEqual(['-00', '-00', '-00']);
    }
    // Spans of a request that is sampled come after all that could have come before.
    await chain.send({});
    await arrived(5);
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });
});
