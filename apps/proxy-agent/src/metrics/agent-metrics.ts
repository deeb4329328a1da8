import { workloadSecretName } from '@malla/ir';
import { buildName } from '@malla/observability';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface AgentMetricsParams {
  /** End of the certificate's life, milliseconds since the epoch; undefined without one. */
  readonly certificateEnd: () => number | undefined;
  /** There is a stream to discovery. */
  readonly discoveryConnected: () => boolean;
  /** Of this platform, which is the proxy's too. */
  readonly version: string;
}

/** The agent's own metrics. Istio's `istio_agent_*` names where Istio has one, `malla_agent_*` for the rest. */
export class AgentMetrics {
  readonly xdsRequests: Counter;
  readonly xdsResponses: Counter;
  readonly discoveryTerminations: Counter;
  readonly discoveryFailures: Counter;
  readonly newCertificates: Counter<'request_type'>;
  readonly scrapes: Counter;
  readonly scrapeFailures: Counter<'type'>;
  readonly startupSeconds: Gauge;
  readonly accessLogEntries: Counter<'outcome'>;
  readonly decisions: Counter<'method' | 'outcome'>;
  readonly labelSetsLeftOut: Gauge;

  constructor(registry: Registry, { certificateEnd, discoveryConnected, version }: AgentMetricsParams) {
    const registers = [registry];
    const build = registry.getSingleMetric(buildName) as Gauge<'component' | 'tag'>;
    build.set({ component: 'proxy', tag: version }, 1);
    this.xdsRequests = new Counter({
      name: 'istio_agent_xds_proxy_requests',
      help: 'xDS requests of the data plane.',
      registers,
    });
    this.xdsResponses = new Counter({
      name: 'istio_agent_xds_proxy_responses',
      help: 'xDS responses to the data plane.',
      registers,
    });
    this.discoveryTerminations = new Counter({
      name: 'istio_agent_istiod_connection_terminations',
      help: 'Streams to discovery that ended.',
      registers,
    });
    this.discoveryFailures = new Counter({
      name: 'istio_agent_istiod_connection_failures',
      help: 'Streams to discovery that ended before anything came.',
      registers,
    });
    new Gauge({
      name: 'malla_agent_discovery_connected',
      help: '1 while there is a stream to discovery that has brought something, else 0.',
      registers,
      collect() {
        this.set(discoveryConnected() ? 1 : 0);
      },
    });
    this.newCertificates = new Counter({
      name: 'istio_agent_num_outgoing_requests',
      help: 'Certificates that the agent has asked for and got.',
      labelNames: ['request_type'],
      registers,
    });
    this.scrapes = new Counter({ name: 'istio_agent_scrapes_total', help: 'Scrapes of /stats/prometheus.', registers });
    this.scrapeFailures = new Counter({
      name: 'istio_agent_scrape_failures_total',
      help: 'Parts of /stats/prometheus that could not be had.',
      labelNames: ['type'],
      registers,
    });
    this.startupSeconds = new Gauge({
      name: 'istio_agent_startup_duration_seconds',
      help: 'From the start of the agent until the data plane was ready first.',
      registers,
    });
    this.accessLogEntries = new Counter({
      name: 'malla_agent_access_log_entries_total',
      help: 'Access log entries by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.decisions = new Counter({
      name: 'malla_agent_decisions_total',
      help: 'Questions of the data plane to policy-telemetry (rate limits, external authorization) by what became of them.',
      labelNames: ['method', 'outcome'],
      registers,
    });
    this.labelSetsLeftOut = new Gauge({
      name: 'malla_agent_label_sets_left_out',
      help: "Label sets of Istio's metrics that /stats/prometheus had no room for.",
      registers,
    });
    new Gauge({
      name: 'istio_agent_cert_expiry_seconds',
      help: 'Time that the certificate has left, by its name among the secrets of the data plane.',
      labelNames: ['resource_name'],
      registers,
      collect() {
        const end = certificateEnd();
        if (end !== undefined) this.set({ resource_name: workloadSecretName }, (end - Date.now()) / 1000);
      },
    });
  }
}
