import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { istioFamilies } from '@malla/envoy-admin';
import { MetricsWorld, proxyPrograms, waitFor } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { Environment } from '../mesh/environment.ts';
import { freePorts } from '../mesh/free-ports.ts';
import { RunningMesh } from '../mesh/running-mesh.ts';
import { workloads } from '../mesh/topology.ts';
import { Dashboards } from './dashboards.ts';
import { lintOf, promtool } from './lint.ts';
import { PrometheusServer, type PrometheusParams } from './prometheus-server.ts';

const workspace = path.resolve(import.meta.dirname, '../../../..');
const source = path.join(workspace, 'k8s/observability/prometheus');
const dashboards = new Dashboards(path.join(workspace, 'k8s/observability/grafana/dashboards'));

/** A call tree, a gateway and a client. */
const names = ['productpage-v1', 'details-v1', 'reviews-v1', 'gateway', 'loadgen'];
const plans = workloads.filter(({ name }) => names.includes(name));

/** What the sample's Gateway is for. */
const outside = { host: 'bookinfo.example' };

/** A change that means something, and harms nobody. */
function detailsTimeout(seconds: number): object {
  const route = [{ destination: { host: 'details' } }];
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'details-timeout', namespace: 'bookinfo' },
    spec: { hosts: ['details'], http: [{ timeout: `${seconds}s`, route }] },
  };
}

/** Starting a mesh may take minutes on a busy machine. */
const startTimeoutMs = 900_000;
/** Data are there when it was scraped several times; a busy machine takes its time. */
const dataTimeoutMs = 600_000;

/** One page, made anew for each request. */
async function serve(page: () => Promise<string>): Promise<Server> {
  const server = createServer((_request, response) => {
    page().then(
      (text) => response.end(text),
      () => response.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Where Prometheus finds a mesh. The sample has no gRPC and no TCP: a proxy beside it does, with its page at a port of its own. */
function targetsOf(mesh: RunningMesh, callerPort: number): PrometheusParams['targets'] {
  const agents = [...mesh.workloads.values()].map(({ plan, agentUrl }) => ({
    targets: [new URL(agentUrl).host],
    labels: { workload: plan.name },
  }));
  return {
    'malla-control-plane': Object.entries(mesh.controlPlane.metrics).map(([app, target]) => ({
      targets: [target],
      labels: { app },
    })),
    'malla-proxies': [...agents, { targets: [`127.0.0.1:${callerPort}`], labels: { workload: 'caller' } }],
  };
}

describe('configuration of Prometheus', () => {
  const rules = readdirSync(path.join(source, 'rules')).map((name) => path.join(source, 'rules', name));

  it('is valid, with all rules', () => {
    promtool('check', 'config', path.join(source, 'prometheus-compose.yaml'));
    promtool('check', 'rules', ...rules);
  });

  it('does what its tests say', () => promtool('test', 'rules', path.join(source, 'tests/rules.yaml')));

  it('is valid for Kubernetes; how pods are found is for a Prometheus that was built with it', () => {
    const text = readFileSync(path.join(source, 'prometheus-kubernetes.yaml'), 'utf8');
    const configuration = parse(text) as { scrape_configs: Record<string, unknown>[] };
    expect(configuration.scrape_configs.every((job) => 'kubernetes_sd_configs' in job)).toBe(true);
    const folder = mkdtempSync(path.join(tmpdir(), 'malla-prometheus-'));
    const scrapeConfigs = configuration.scrape_configs.map(({ kubernetes_sd_configs: _, ...job }) => job);
    const file = path.join(folder, 'prometheus.yaml');
    writeFileSync(file, stringify({ ...configuration, rule_files: [], scrape_configs: scrapeConfigs }));
    promtool('check', 'config', file);
    rmSync(folder, { recursive: true });
  });
});

describe('dashboards', () => {
  it('are those of mesh, service, workload, gateway and control plane', () => {
    const titles = ['Control Plane', 'Gateway', 'Mesh', 'Service', 'Workload'].map((name) => `Malla ${name}`);
    expect([...dashboards.titles].sort()).toEqual(titles);
  });

  it('say what each panel shows, and in which unit', () => expect(dashboards.incomplete).toEqual([]));
});

describe.each(proxyPrograms())('a mesh that a real Prometheus scrapes, data plane $name', (program) => {
  const started = new AsyncDisposableStack();
  let mesh: RunningMesh;
  let world: MetricsWorld;
  let prometheus: PrometheusServer;
  let ending = false;

  beforeAll(async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'malla-observability-'));
    started.defer(() => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o711);
    const environment = new Environment(folder, workspace);
    started.defer(() => environment.stopAll());
    mesh = await RunningMesh.start({ environment, dataPlane: program.name, plans, progress: () => undefined });
    await mesh.apply('gateway.yaml');
    world = started.use(await MetricsWorld.start(program));
    const pages = await serve(() => world.page());
    started.defer(() => void pages.close());
    const [port] = (await freePorts(1)) as [number];
    const targets = targetsOf(mesh, (pages.address() as AddressInfo).port);
    prometheus = await PrometheusServer.start({ source, folder: path.join(folder, 'prometheus'), port, targets });
    started.defer(() => prometheus.stop());
    const traffic = send(path.join(folder, 'change.json'));
    started.defer(() => {
      ending = true;
      return traffic;
    });
  }, startTimeoutMs);

  afterAll(() => started.disposeAsync());

  /** A trickle of everything until the end: requests from inside and outside, gRPC, TCP, and changes of the configuration. */
  async function send(change: string): Promise<void> {
    for (let round = 0; !ending; round++) {
      writeFileSync(change, JSON.stringify(detailsTimeout(5 + (round % 20))));
      await Promise.allSettled([
        mesh.load.run({ service: 'productpage', url: `${mesh.urlOf('productpage')}/productpage`, requests: 4 }),
        mesh.load.run({ service: 'gateway', url: `${mesh.gatewayUrl}/productpage`, requests: 2, headers: outside }),
        world.get('web').then((response) => response.arrayBuffer()),
        world.callGrpc(3),
        world.exchangeTcp(2_000),
        mesh.mallactl('apply', '-f', change),
      ]);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  }

  const hasData = async (expr: string): Promise<boolean> =>
    (await prometheus.query(expr)).some(({ value }) => Number.isFinite(value));

  it('has data for every query of every panel', async () => {
    let missing = dashboards.queries;
    await waitFor(
      async () => {
        const found = await Promise.all(missing.map(({ expr }) => hasData(expr)));
        missing = missing.filter((_, index) => found[index] !== true);
        return missing.length === 0;
      },
      { what: 'data of every panel', timeoutMs: dataTimeoutMs, intervalMs: 2_000 },
    ).catch(() => undefined);
    expect(missing).toEqual([]);
  });

  it('has values for every variable', async () => {
    const values = await Promise.all(
      dashboards.variables.map(({ label, selector }) => prometheus.labelValues(label, selector)),
    );
    expect(dashboards.variables.filter((_, index) => values[index]?.length === 0)).toEqual([]);
  });

  it('evaluates every rule, and knows golden signals', async () => {
    await waitFor(() => hasData('service:istio_request_duration_milliseconds:p99_5m'), {
      what: 'golden signals',
      timeoutMs: dataTimeoutMs,
    });
    const rules = await waitFor(
      async () => {
        const all = await prometheus.rules();
        return all.every(({ health }) => health !== 'unknown') && all;
      },
      { what: 'rules', timeoutMs: dataTimeoutMs },
    );
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    // Groups of rules are evaluated at times of their own: this one may have been before there was a rate.
    await waitFor(() => hasData('service:istio_errors:ratio_rate5m == 0'), {
      what: 'shares of failures',
      timeoutMs: dataTimeoutMs,
    });
  });

  it("has all of Istio's metrics, from both sides", async () => {
    for (const reporter of ['source', 'destination']) {
      const names = await prometheus.labelValues('__name__', `{__name__=~"istio_.+", reporter="${reporter}"}`);
      const families = new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
      expect([...families].sort()).toEqual(istioFamilies.map(({ name }) => name).sort());
    }
    const components = await prometheus.labelValues('component', 'istio_build');
    expect(components).toEqual(expect.arrayContaining(['agent', 'pilot', 'proxy']));
  });

  it('knows the callers of the sample', async () => {
    const call = 'source_workload="productpage-v1", destination_workload="details-v1", source_app="productpage"';
    expect(
      await hasData(`istio_requests_total{reporter="destination", ${call}, connection_security_policy="mutual_tls"}`),
    ).toBe(true);
    expect(
      await hasData(
        `istio_requests_total{reporter="source", source_app="gateway", destination_workload="productpage-v1"}`,
      ),
    ).toBe(true);
  });

  it('names metrics well, where the names are ours', async () => {
    const agents = [...mesh.workloads.values()].slice(0, 2).map(({ agentUrl }) => `${agentUrl}/stats/prometheus`);
    const services = Object.values(mesh.controlPlane.metrics).map((target) => `http://${target}/metrics`);
    for (const url of [...services, ...agents]) {
      const page = await (await fetch(url)).text();
      expect({ url, lint: lintOf(page) }).toEqual({ url, lint: [] });
    }
  });
});
