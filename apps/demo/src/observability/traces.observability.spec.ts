import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { proxyPrograms, TraceCollector, waitFor, type CollectedSpan } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Environment } from '../mesh/environment.ts';
import { RunningMesh } from '../mesh/running-mesh.ts';
import { workloads } from '../mesh/topology.ts';

const workspace = path.resolve(import.meta.dirname, '../../../..');

/** One instance of each, so that every page takes the same way. */
const names = ['gateway', 'productpage-v1', 'details-v1', 'reviews-v2', 'ratings-v1-a', 'loadgen'];
const plans = workloads.filter(({ name }) => names.includes(name));

/** All requests are traced; the collector is a service that the mesh is told of. */
const tracing = (port: number): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: collector, namespace: bookinfo }
spec:
  hosts: [collector.example]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{ number: ${port}, name: grpc, protocol: GRPC }]
  endpoints: [{ address: 127.0.0.1 }]
---
apiVersion: mesh.istio.io/v1alpha1
kind: MeshConfig
metadata: { name: mesh }
spec:
  extensionProviders: [{ name: traces, opentelemetry: { service: collector.example, port: ${port} } }]
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: mesh, namespace: istio-system }
spec:
  tracing: [{ providers: [{ name: traces }], randomSamplingPercentage: 100 }]
`;

/** The spans of one page: who made each, below its parent. */
const page = [
  'server gateway',
  '  client gateway',
  '    server productpage',
  '      client productpage',
  '        server details',
  '      client productpage',
  '        server reviews',
  '          client reviews',
  '            server ratings',
];

function treeBelow(parentId: string, spans: readonly CollectedSpan[], indent = ''): string[] {
  return spans
    .filter((span) => span.parentId === parentId)
    .map(({ kind, service, spanId }) => [
      `${indent}${kind} ${service.replace(/\.bookinfo$/, '')}`,
      ...treeBelow(spanId, spans, `${indent}  `),
    ])
    .sort((a, b) => (a.join() < b.join() ? -1 : 1))
    .flat();
}

/** Asks through the gateway, by the host that its Gateway is for. */
function ask(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers: { host: 'bookinfo.example', ...headers } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject).end();
  });
}

describe.each(proxyPrograms())('a page of the demo, data plane $name', (program) => {
  const collector = new TraceCollector();
  const started = new AsyncDisposableStack();
  let mesh: RunningMesh;

  beforeAll(async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'malla-traces-'));
    started.defer(() => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o711);
    await collector.start();
    started.defer(() => collector.stop());
    const environment = new Environment(folder, workspace);
    started.defer(() => environment.stopAll());
    mesh = await RunningMesh.start({ environment, dataPlane: program.name, plans, progress: () => undefined });
    started.defer(() => mesh.load.close());
    const file = path.join(folder, 'tracing.yaml');
    writeFileSync(file, tracing(collector.port));
    await mesh.mallactl('apply', '-f', file);
    await mesh.apply('gateway.yaml');
    const all = () => ask(`${mesh.gatewayUrl}/productpage`, {}).then(() => collector.spans.length >= page.length);
    await waitFor(all, { what: 'a first page with its spans', timeoutMs: 120_000, intervalMs: 500 });
  }, 900_000);

  afterAll(() => started.disposeAsync());

  const traces = [
    '0af7651916cd43dd8448eb211c80319c',
    '4bf92f3577b34da6a3ce929d0e0e4736',
    '80f198ee56343ba864fe8b2a57d3eff7',
  ];
  const caller = 'b7ad6b7169203331';

  it.each([
    ['W3C', traces[0]!, { traceparent: `00-${traces[0]}-${caller}-01` }],
    ['the one header of B3', traces[1]!, { b3: `${traces[1]}-${caller}-1` }],
    ['the headers of B3', traces[2]!, { 'x-b3-traceid': traces[2]!, 'x-b3-spanid': caller, 'x-b3-sampled': '1' }],
  ])('is one trace below its caller, who told of it by %s', { timeout: 120_000 }, async (_, trace, headers) => {
    expect(await ask(`${mesh.gatewayUrl}/productpage`, headers)).toBe(200);
    const spans = () => collector.spans.filter(({ traceId }) => traceId === trace);
    await waitFor(() => spans().length >= page.length, { what: 'all spans', timeoutMs: 60_000 });
    expect(treeBelow(caller, spans())).toEqual(page);
    expect(spans()).toHaveLength(page.length);
  });
});
