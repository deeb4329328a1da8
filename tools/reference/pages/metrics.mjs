// Metrics of every service, from registries made as the services make them, and those that proxies make for Istio's dashboards.
import { fromBinary } from '@bufbuild/protobuf';
import { createMetrics } from '@malla/observability';
import { ConfigSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import { Registry } from 'prom-client';
import { AuthorityMetrics } from '../../../apps/certificate-authority/dist/authority-metrics.js';
import { RestMetrics } from '../../../apps/config-api/dist/rest/rest-metrics.js';
import { DiscoveryMetrics } from '../../../apps/discovery/dist/discovery-metrics.js';
import { RegistryMetrics } from '../../../apps/discovery/dist/kubernetes/registry-metrics.js';
import { SignalMetrics } from '../../../apps/policy-telemetry/dist/signal-metrics.js';
import { AgentMetrics } from '../../../apps/proxy-agent/dist/metrics/agent-metrics.js';
import { httpAccessLogs, tcpAccessLogs } from '../../../libs/emit/dist/telemetry/access-log.js';
import { CallMetrics } from '../../../libs/grpc/dist/server/call-metrics.js';
import { cell, code, page, table } from '../markdown.mjs';

const INTRODUCTION = `Each service serves its own on \`/metrics\` of its health port ([ports.md](ports.md)), in Prometheus' text format. The
proxy-agent serves one page more, \`/stats/prometheus\`: the proxy's, the agent's and the application's metrics together, which is what to scrape
beside a workload. Names are those of Istio, Kubernetes or gRPC where they have one.`;

const HEAD = ['metric', 'type', 'labels', 'meaning'];

/** Rows of a registry that somebody has filled. */
function rows(fill) {
  const registry = new Registry();
  fill(registry);
  return registry
    .getMetricsAsArray()
    .map(({ name, type, labelNames = [], help }) => [code(name), type, labelNames.map(code).join(', '), cell(help)]);
}

const expiring = { root: { notAfter: 0 }, issuer: { notAfter: 0 } };

const SERVICES = {
  'certificate-authority': (registry) => new AuthorityMetrics(registry).watch(registry, expiring, () => 0),
  'config-api': (registry) => new RestMetrics(registry, { revision: () => 0 }),
  discovery: (registry) => {
    new DiscoveryMetrics(registry);
    new RegistryMetrics(registry, () => ({ podsWithoutService: 0, endpointsNotReady: 0, endpointsWithoutPod: 0 }));
  },
  'policy-telemetry': (registry) => new SignalMetrics(registry, { dropped: 0 }),
  'proxy-agent': (registry) => new AgentMetrics(registry, () => undefined),
};

/** What an Envoy access logger counts: name, type and labels of each metric. */
function statsOf(logs) {
  const configs = logs
    .filter(({ name }) => name === 'envoy.access_loggers.stats')
    .map(({ configType }) => fromBinary(ConfigSchema, configType.value.value));
  const typed = (stats, type) =>
    stats.map(({ stat }) => ({ name: `istio_${stat.name}`, type, labels: stat.tags.map(({ name }) => name) }));
  return configs.flatMap(({ counters, histograms }) => [
    ...typed(counters, 'counter'),
    ...typed(histograms, 'histogram'),
  ]);
}

const REPORTERS = {
  source: { direction: 'outbound' },
  destination: { direction: 'inbound', port: undefined, protocol: 'http', mutualTls: true },
};

/** Two reporters label differently: each knows its peer's half from the connection. */
function proxySection() {
  const kinds = { HTTP: httpAccessLogs, TCP: tcpAccessLogs };
  const metrics = Object.entries(kinds).flatMap(([traffic, logs]) =>
    statsOf(logs(REPORTERS.source)).map(({ name, type }) => [code(name), type, traffic]),
  );
  const labels = Object.entries(REPORTERS).flatMap(([reporter, made]) =>
    Object.entries(kinds).map(([traffic, logs]) => [
      reporter,
      traffic,
      statsOf(logs(made))[0].labels.map(code).join(', '),
    ]),
  );
  const note = `The proxy makes them; the agent adds the labels of its own workload, which are the same for every request (\`source_workload\` and
so on at the source, \`destination_workload\` and so on at the destination).`;
  return [
    '## Proxies',
    note,
    table(['metric', 'type', 'traffic'], metrics),
    table(['reporter', 'traffic', 'labels'], labels),
  ].join('\n\n');
}

/** docs/reference/metrics.md */
export function metricsPage() {
  const common = rows((registry) => {
    for (const metric of createMetrics('x', '0').getMetricsAsArray()) {
      if (!/^(process|nodejs)_/.test(metric.name)) registry.registerMetric(metric);
    }
  });
  const grpc = rows((registry) => new CallMetrics(registry));
  return page('Metrics', INTRODUCTION, [
    [
      '## Every service',
      table(HEAD, common),
      "The process's own figures stand beside them: `process_*` and `nodejs_*`, as prom-client has them.",
    ].join('\n\n'),
    ['## Every gRPC server', 'Those of all services but the proxy-agent.', table(HEAD, grpc)].join('\n\n'),
    ...Object.entries(SERVICES).map(([name, fill]) => [`## ${name}`, table(HEAD, rows(fill))].join('\n\n')),
    proxySection(),
  ]);
}
