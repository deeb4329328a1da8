import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IstioMetricsPage } from '@malla/envoy-admin';
import { createLogger, createMetrics } from '@malla/observability';
import { afterEach, describe, expect, it } from 'vitest';
import { AgentMetrics } from './agent-metrics.ts';
import { MergedMetrics } from './merged-metrics.ts';

let app: Server | undefined;
afterEach(() => app?.close());

function merged(dataPlane: () => Promise<string | undefined>, appUrl?: string): MergedMetrics {
  const registry = createMetrics('test', '0');
  const agent = new AgentMetrics(registry, {
    certificateEnd: () => Date.now() + 60_000,
    discoveryConnected: () => true,
    version: '0',
  });
  const local = { source: { source_workload: 'w' }, destination: {} };
  return new MergedMetrics({
    registry,
    agent,
    dataPlane,
    appUrl,
    istio: new IstioMetricsPage({ local, maxLabelSets: 10 }),
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
}

describe('MergedMetrics', () => {
  it('puts data plane, agent and application on one page, each name once', async () => {
    app = createServer((_request, response) => response.end('process_cpu_seconds_total 1')).listen(0, '127.0.0.1');
    await new Promise((resolve) => app?.once('listening', resolve));
    const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}/metrics`;
    const text = await merged(async () => 'envoy_istio_requests_total{reporter="source"} 3', url).text();
    expect(text).toMatch(/^istio_requests_total\{reporter="source",source_workload="w",.*\} 3$/m);
    expect(text).toMatch(/^istio_agent_cert_expiry_seconds\{resource_name="default"\} (59|60)/m);
    expect(text.match(/process_cpu_seconds_total/g)).toHaveLength(1);
  });

  it('leaves out what can not be had, and counts it', async () => {
    const page = merged(() => Promise.reject(new Error('down')), 'http://127.0.0.1:1/metrics');
    await page.text();
    const text = await page.text();
    expect(text).toMatch(/istio_agent_scrape_failures_total\{type="envoy"\} [12]/);
    expect(text).toMatch(/istio_agent_scrape_failures_total\{type="application"\} [12]/);
  });
});
