import { b3Context } from '@malla/ir';
import { findEnvoy, TraceCollector, waitFor, type CollectedSpan } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TwinProxies } from '../../test/envoy/twin-proxies.ts';

const envoy = findEnvoy();
const types = 'type.googleapis.com/envoy';
const trace = '80f198ee56343ba864fe8b2a57d3eff7';
const caller = 'e457b5a2e4d86bd1';

const sets = (append_action: string) => (edit: { readonly header: string; readonly value: string }) => ({
  append: { header: { key: edit.header, value: edit.value }, append_action },
});

const tracing = (random: number, more: object = {}) => ({
  random_sampling: { value: random },
  max_path_tag_length: 9,
  custom_tags: [
    { tag: 'literal', literal: { value: 'v' } },
    { tag: 'header', request_header: { name: 'X-Tag', default_value: 'none' } },
    { tag: 'no header', request_header: { name: 'x-none' } },
    { tag: 'variable', environment: { name: 'MALLA_NO_SUCH', default_value: 'other' } },
    { tag: 'format', value: '%PROTOCOL% %REQ(X-NONE)%|' },
  ],
  provider: {
    name: 'envoy.tracers.opentelemetry',
    typed_config: {
      '@type': `${types}.config.trace.v3.OpenTelemetryConfig`,
      grpc_service: { envoy_grpc: { cluster_name: 'collector' } },
      service_name: 'reviews.default',
    },
  },
  ...more,
});

const b3 = {
  early_header_mutation_extensions: [
    {
      name: b3Context.name,
      typed_config: {
        '@type': `${types}.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation`,
        mutations: b3Context.continues.map(sets('ADD_IF_ABSENT')),
      },
    },
  ],
};
const b3Filter = {
  name: b3Context.name,
  typed_config: {
    '@type': `${types}.extensions.filters.http.header_mutation.v3.HeaderMutation`,
    mutations: {
      request_mutations: [...b3Context.tells.map(sets('OVERWRITE_IF_EXISTS')), { remove: b3Context.removed }],
    },
  },
};

const collectorCluster = (port: number) => ({
  name: 'collector',
  type: 'STATIC',
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${types}.extensions.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
  load_assignment: {
    cluster_name: 'collector',
    endpoints: [
      { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }] },
    ],
  },
});

const routes = [
  { match: { prefix: '/dead' }, route: { cluster: 'dead' } },
  {
    match: { prefix: '/named' },
    decorator: { operation: 'reviews.default.svc.cluster.local:9080/*' },
    route: { cluster: 'up' },
  },
  { match: { prefix: '/up' }, route: { cluster: 'up' } },
];
const respond = (request: string): string | undefined => {
  if (!request.includes('\r\n\r\n')) return undefined;
  return request.includes('grpc')
    ? 'HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 14\r\ngrpc-message: no\r\ncontent-length: 0\r\n\r\n'
    : 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
};

const get = (path: string, ...fields: readonly string[]) =>
  [`GET ${path} HTTP/1.1`, 'host: a.example', ...fields, '', ''].join('\r\n');
const context = [`traceparent: 00-${trace}-${caller}-01`, 'tracestate: x=y'];

const requests: Readonly<Record<string, string>> = {
  'a request that begins a trace': get('/up/and/away?q=1', 'x-tag: t', 'user-agent: me'),
  'a request with a context of W3C': get('/named', ...context),
  'a request with the one B3 header': get('/up', `b3: ${trace}-${caller}-1-05e3ac9a4f6e3b90`),
  'a short trace id': get('/up', `b3: ${trace.slice(16)}-${caller}`),
  'several B3 headers': get(
    '/up',
    `x-b3-traceid: ${trace}`,
    `x-b3-spanid: ${caller}`,
    'x-b3-sampled: 1',
    'x-b3-parentspanid: 05e3ac9a4f6e3b90',
  ),
  'both, of which W3C counts': get('/up', ...context, `b3: ${trace}-05e3ac9a4f6e3b90-0`),
  'a context that is not sampled': get('/up', `traceparent: 00-${trace}-${caller}-00`),
  'B3 that is not sampled': get('/up', `x-b3-traceid: ${trace}`, `x-b3-spanid: ${caller}`, 'x-b3-sampled: 0'),
  'a context that cannot be read': get('/up', 'traceparent: 00-1-2-01'),
  'B3 that cannot be read': get('/up', 'x-b3-traceid: z', `x-b3-spanid: ${caller}`),
  'a request that nobody answers': get('/dead', ...context),
  'a path without a route': get('/none', ...context),
  'a gRPC call': get('/up/grpc', 'content-type: application/grpc', 'grpc-timeout: 1S', ...context),
  'an operation that the caller names': get('/named', 'x-envoy-decorator-operation: theirs', ...context),
  'other ids': get('/up', 'x-client-trace-id: c', 'x-envoy-downstream-service-cluster: web', ...context),
};

/** Two are not sampled, and one is not traced. */
const sampled = Object.keys(requests).length - 3;

/** Without what differs from run to run and what each says of itself. */
function comparable({ name, kind, failed, attributes, parentId, traceId, traceState }: CollectedSpan): unknown {
  const { 'guid:x-request-id': id, upstream_address: upstream, 'peer.address': peer, ...same } = attributes;
  const root = parentId === '';
  return {
    ...{
      name,
      kind,
      failed,
      traceState,
      attributes: Object.entries(same).sort(),
      hasId: id?.length,
      peer: peer?.replace(/:\d+$/, ''),
    },
    ...{
      upstream: upstream?.replace(/:\d+$/, ''),
      root,
      traceId: traceId.endsWith(trace.slice(16)) ? traceId : traceId.length,
    },
  };
}

const ofEnvoy = ({ resource }: CollectedSpan): boolean => resource['telemetry.sdk.name'] === 'envoy';

describe.skipIf(envoy === undefined).each([
  ['a sidecar that is called', 'INBOUND', tracing(100), sampled],
  ['a sidecar that calls', 'OUTBOUND', tracing(100), sampled],
  // Each request but the one without a route has a try.
  ['a gateway', 'OUTBOUND', tracing(100, { spawn_upstream_span: true }), 2 * sampled - 1],
])('spans as Envoy makes them: %s', (_, traffic_direction, config, expected) => {
  const collector = new TraceCollector();
  let twins: TwinProxies;
  beforeAll(async () => {
    await collector.start();
    twins = await new TwinProxies().start(envoy as string, {
      listener: { traffic_direction },
      manager: { tracing: config, ...b3 },
      filters: [b3Filter],
      routes,
      clusters: [collectorCluster(collector.port)],
      respond,
    });
  }, 60_000);
  afterAll(async () => {
    await twins[Symbol.asyncDispose]();
    await collector.stop();
  });

  it('tells the application the same, and the collector', { timeout: 60_000 }, async () => {
    for (const [name, request] of Object.entries(requests)) {
      const { envoy: theirs, ours } = await twins.send(request);
      expect(withoutIds(ours.upstream), name).toEqual(withoutIds(theirs.upstream));
      expect(withoutIds([ours.client]), name).toEqual(withoutIds([theirs.client]));
    }
    const spansOf = (theirs: boolean) => collector.spans.filter((span) => ofEnvoy(span) === theirs);
    await waitFor(() => [true, false].every((theirs) => spansOf(theirs).length >= expected), {
      what: 'the spans of both',
      timeoutMs: 30_000,
    });
    const sorted = (spans: readonly CollectedSpan[]) => spans.map((span) => JSON.stringify(comparable(span))).sort();
    expect(sorted(spansOf(false))).toEqual(sorted(spansOf(true)));
  });
});

/** Ids are random; an empty tracestate, which Envoy adds, says nothing. */
function withoutIds(texts: readonly string[]): string[] {
  return texts.map((text) =>
    text
      .replaceAll(/^tracestate: ?\r?\n/gm, '')
      .replaceAll(/[0-9a-f]{32}/g, (id) => (id.endsWith(trace.slice(16)) ? id : '<trace>'))
      .replaceAll(/(?<=-|: )[0-9a-f]{16}(?=-|\r|\n|$)/gm, '<span>'),
  );
}
