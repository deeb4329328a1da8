import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { TraceCollector, waitFor, type CollectedSpan } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh, virtualService, virtualServices } from '../test/running-config-api.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const caller = 'b7ad6b7169203331';
const sampled = { traceparent: `00-${trace}-${caller}-01` };
const unsampled = { traceparent: `00-${trace.replace('0af', '0bf')}-${caller}-00` };

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await TestMesh.create();
});

afterAll(() => mesh?.remove());

describe('traces of a service', () => {
  const collector = new TraceCollector();
  const lines: Record<string, unknown>[] = [];
  let api: RunningConfigApi;

  beforeAll(async () => {
    const url = await collector.startHttp();
    api = await RunningConfigApi.start(mesh, 'traced', { MALLA_TRACES_URL: url, MALLA_LOG_LEVEL: 'info' }, lines);
  });

  afterAll(async () => {
    await api?.close();
    await collector.stop();
  });

  async function spanNamed(name: string | RegExp, of = trace): Promise<CollectedSpan> {
    const find = (): CollectedSpan | undefined =>
      collector.spans.find((span) => span.traceId === of && span.name.match(name) !== null);
    await waitFor(() => find() !== undefined, { what: `a span ${name}` });
    return find() as CollectedSpan;
  }

  it('tells of a request as the child of its caller, and of the commit within it', async () => {
    const { status } = await api.rest.call('POST', virtualServices, {
      body: virtualService('cart'),
      headers: sampled,
    });
    expect(status).toBe(201);
    const request = await spanNamed(/^POST /);
    expect(request).toMatchObject({
      service: 'malla-config-api',
      parentId: caller,
      kind: 'server',
      failed: false,
      attributes: { 'http.request.method': 'POST', 'http.response.status_code': '201', 'url.path': virtualServices },
    });
    const commit = await spanNamed('commit');
    expect(commit).toMatchObject({ parentId: request.spanId, attributes: { 'malla.objects': '1' } });
    expect(Number(commit.attributes['malla.revision'])).toBeGreaterThan(0);
    expect(commit.start).toBeGreaterThanOrEqual(request.start);
    expect(commit.end).toBeLessThanOrEqual(request.end);
  });

  it('names the trace in lines of the log', async () => {
    await waitFor(() => lines.some(({ trace_id }) => trace_id === trace), { what: 'a line with the trace' });
    const line = lines.find(({ trace_id }) => trace_id === trace);
    expect(line?.['span_id']).toBe((await spanNamed(/^POST /)).spanId);
    expect(lines.find(({ msg }) => msg === 'Service started')).not.toHaveProperty('trace_id');
  });

  it('joins caller and callee of a gRPC call, and tells how it failed', async () => {
    const client = await api.inspection();
    await expect(client.analyze({})).rejects.toMatchObject({ code: expect.any(String) });
    const of = (kind: CollectedSpan['kind']) =>
      collector.spans.find((span) => span.kind === kind && /Analyze/.test(span.name));
    await waitFor(() => of('client') !== undefined && of('server') !== undefined, { what: 'both spans of the call' });
    const [sent, taken] = [of('client'), of('server')];
    expect(taken).toMatchObject({ traceId: sent?.traceId, parentId: sent?.spanId, failed: true });
    expect(taken?.attributes).toMatchObject({ 'rpc.system': 'grpc', 'rpc.method': 'Analyze' });
    expect(sent).toMatchObject({ failed: true, parentId: '' });
    expect(taken?.attributes['error.type']).toBe(sent?.attributes['error.type']);
  });

  it('keeps no trace that the caller does not keep, and none of probes and watches', async () => {
    await api.rest.call('GET', virtualServices, { headers: unsampled });
    await fetch(`${api.service.httpUrl}/healthz/ready`);
    await api.rest.call('GET', `${virtualServices}?watch=true&timeoutSeconds=1`);
    await api.rest.call('GET', `${virtualServices}/none`);
    const last = () => collector.spans.find((span) => span.attributes['url.path']?.endsWith('/none'));
    await waitFor(() => last() !== undefined, { what: 'the last request' });
    expect(last()).toMatchObject({ failed: false, attributes: { 'http.response.status_code': '404' } });
    const gets = collector.spans.filter(({ name }) => name.startsWith('GET '));
    expect(gets.map(({ attributes }) => attributes['url.path'])).toEqual([`${virtualServices}/none`]);
  });
});

describe('a collector of traces that is away', () => {
  it('is told of once, and nothing waits for it', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const lines: Record<string, unknown>[] = [];
    const url = `http://127.0.0.1:${port}/v1/traces`;
    const api = await RunningConfigApi.start(mesh, 'untraced', { MALLA_TRACES_URL: url }, lines);
    const complaints = () => lines.filter(({ msg }) => msg === 'Spans cannot be sent and are dropped');
    try {
      expect((await api.rest.call('GET', virtualServices)).status).toBe(200);
      await waitFor(() => complaints().length > 0, { what: 'a line about it', timeoutMs: 30_000 });
      expect((await api.rest.call('GET', virtualServices)).status).toBe(200);
    } finally {
      await api.close();
    }
    expect(complaints()).toMatchObject([{ level: 'warn', address: `127.0.0.1:${port}` }]);
  });
});
