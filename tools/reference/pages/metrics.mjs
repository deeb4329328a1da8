// Metrics of every service, from registries made as the services make them, and those that proxies make for Istio's dashboards.
import { istioFamilies } from '@malla/envoy-admin';
import { buildName, createMetrics, Health, watchHealth } from '@malla/observability';
import { Registry } from 'prom-client';
import { AuthorityMetrics } from '../../../apps/certificate-authority/dist/authority-metrics.js';
import { ValidationMetrics } from '../../../apps/config-api/dist/resources/validation-metrics.js';
import { RestMetrics } from '../../../apps/config-api/dist/rest/rest-metrics.js';
import { DiscoveryMetrics } from '../../../apps/discovery/dist/discovery-metrics.js';
import { RegistryMetrics } from '../../../apps/discovery/dist/kubernetes/registry-metrics.js';
import { ApiKeyMetrics } from '../../../apps/policy-telemetry/dist/api-keys/api-key-metrics.js';
import { RateLimitMetrics } from '../../../apps/policy-telemetry/dist/rate-limit/rate-limit-metrics.js';
import { JobMetrics } from '../../../apps/policy-telemetry/dist/signals/job-metrics.js';
import { SignalMetrics } from '../../../apps/policy-telemetry/dist/signals/signal-metrics.js';
import { AgentMetrics } from '../../../apps/proxy-agent/dist/metrics/agent-metrics.js';
import { maxLabelSets } from '../../../libs/emit/dist/telemetry/istio-metrics.js';
import { completeLabels } from '../../../libs/envoy-admin/dist/metrics/complete-labels.js';
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

const AGENT = { certificateEnd: () => undefined, discoveryConnected: () => false, version: '0' };

const SERVICES = {
  'certificate-authority': (registry) => new AuthorityMetrics(registry).watch(registry, expiring, () => 0),
  'config-api': (registry) => {
    new RestMetrics(registry, { revision: () => 0 });
    new ValidationMetrics(registry);
  },
  discovery: (registry) => {
    new DiscoveryMetrics(registry, '0').watch(registry, undefined, undefined);
    new RegistryMetrics(registry, () => ({ podsWithoutService: 0, endpointsNotReady: 0, endpointsWithoutPod: 0 }));
  },
  'policy-telemetry': (registry) => {
    new RateLimitMetrics(registry);
    new ApiKeyMetrics(registry);
    new SignalMetrics(registry, { dropped: 0, lost: 0, waiting: 0 });
    new JobMetrics(registry);
  },
  'proxy-agent': (registry) => {
    // Counts versions of the proxy in the metric that every service has.
    for (const metric of createMetrics('x', '0').getMetricsAsArray())
      if (metric.name === buildName) registry.registerMetric(metric);
    new AgentMetrics(registry, AGENT);
    registry.removeSingleMetric(buildName);
  },
};

/** Istio's labels of traffic that only some of it has; all has the rest. */
const ONLY = { 'HTTP and gRPC': ['response_code'], gRPC: ['response_code', 'grpc_response_status'], TCP: [] };

/** Labels that a page of an agent has, whatever the proxy knows. */
function istioLabels() {
  const completed = completeLabels(new Map([['reporter', 'source']]), { source: {}, destination: {} });
  return [...completed.keys(), 'request_protocol', 'response_flags', 'connection_security_policy'];
}

function proxySection() {
  const note = `The proxy counts, the agent completes: names, labels of its own workload, and those of the other side from what its proxy tells
(peer metadata, see [differences.md](differences.md)). All metrics have the labels ${istioLabels().map(code).join(', ')}. What is not known is
\`unknown\`. A proxy keeps ${maxLabelSets} label sets of each metric and listener apart (what is lost is counted as
\`envoy_server_stats_overflow_counter\` and \`_histogram\`), and the page has as many of each metric as \`MALLA_METRICS_MAX_LABEL_SETS\` says
(\`malla_agent_label_sets_left_out\` counts the rest).`;
  const metrics = istioFamilies.map(({ name, type, traffic, help }) => [
    code(name),
    type,
    traffic,
    ONLY[traffic].map(code).join(', '),
    cell(help),
  ]);
  return ['## Proxies', note, table(['metric', 'type', 'traffic', 'labels besides', 'meaning'], metrics)].join('\n\n');
}

/** docs/reference/metrics.md */
export function metricsPage() {
  const common = rows((registry) => {
    for (const metric of createMetrics('x', '0').getMetricsAsArray()) {
      if (!/^(process|nodejs)_/.test(metric.name)) registry.registerMetric(metric);
    }
    watchHealth(registry, new Health());
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
