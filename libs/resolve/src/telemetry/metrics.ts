import { istioMetrics, labelExpression, type IstioMetric, type MetricChangeIr, type MetricsIr } from '@malla/ir';
import type { Telemetry } from '@malla/model';
import type { MeshOptions } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import { concernsMode, type TelemetryMode } from './applicable.ts';
import type { TelemetryProvider } from './providers.ts';

type MetricsSpec = NonNullable<NonNullable<Telemetry['spec']>['metrics']>[number];
type Override = NonNullable<MetricsSpec['overrides']>[number];

export interface MetricsInputs {
  readonly mesh: Pick<MeshOptions, 'defaultProviders'>;
  /** The widest first. */
  readonly telemetries: readonly Telemetry[];
  readonly providers: readonly TelemetryProvider[];
  readonly mode: TelemetryMode;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** Telemetry's names of metrics. Source: Istio pilot/pkg/model, metricToPrometheusMetric */
const named: Readonly<Record<string, IstioMetric>> = {
  REQUEST_COUNT: 'requests_total',
  REQUEST_DURATION: 'request_duration_milliseconds',
  REQUEST_SIZE: 'request_bytes',
  RESPONSE_SIZE: 'response_bytes',
  GRPC_REQUEST_MESSAGES: 'request_messages_total',
  GRPC_RESPONSE_MESSAGES: 'response_messages_total',
  TCP_OPENED_CONNECTIONS: 'tcp_connections_opened_total',
  TCP_CLOSED_CONNECTIONS: 'tcp_connections_closed_total',
  TCP_SENT_BYTES: 'tcp_sent_bytes_total',
  TCP_RECEIVED_BYTES: 'tcp_received_bytes_total',
};

const allOff: MetricsIr = Object.fromEntries(istioMetrics.map((metric) => [metric, { kind: 'off' }]));

/**
 * What is otherwise with the metrics of one direction; undefined: nothing. Entries count one after the other, those of wider Telemetries first, and
 * within each its overrides: a label of the same name is replaced, what is switched off can be switched on again. Where all metrics were switched off,
 * any later override brings back those that it does not switch off itself. Only those for Prometheus are made.
 * Source: Istio pilot/pkg/model, mergeMetrics
 */
export function resolveMetrics(inputs: MetricsInputs): MetricsIr | undefined {
  const { mesh, telemetries, mode } = inputs;
  const entries = telemetries.flatMap(({ spec }) => spec?.metrics ?? []);
  const defaults = mesh.defaultProviders.metrics;
  const inScope = entries.map(namesOf).findLast((names) => names.length > 0) ?? defaults;
  const prometheus = inScope.find((name) => isPrometheus(name, inputs));
  for (const name of inScope) if (!isPrometheus(name, inputs)) inputs.report(unusable(name, inputs));
  if (prometheus === undefined) return allOff;
  const changes = new Changes();
  let parents = defaults;
  for (const entry of entries) {
    const names = namesOf(entry);
    if (names.length > 0) parents = names;
    if (!parents.includes(prometheus)) continue;
    for (const override of entry.overrides ?? []) if (concernsMode(override.match, mode)) changes.take(override);
  }
  return changes.result();
}

/** What the overrides so far come to. */
class Changes {
  readonly #byMetric = new Map<IstioMetric, { off: boolean; readonly labels: Map<string, string | undefined> }>();
  #allOff = false;

  take(override: Override): void {
    const { match, disabled, tagOverrides = {} } = override;
    const isOfAll = match?.customMetric === undefined && (match?.metric ?? 'ALL_METRICS') === 'ALL_METRICS';
    this.#allOff = isOfAll && disabled === true;
    if (this.#allOff) return;
    for (const metric of isOfAll ? istioMetrics : metricsOf(match)) {
      const change = this.#byMetric.get(metric) ?? { off: false, labels: new Map<string, string | undefined>() };
      this.#byMetric.set(metric, change);
      if (typeof disabled === 'boolean') change.off = disabled;
      for (const [label, { operation, value = '' }] of Object.entries(tagOverrides))
        change.labels.set(label, operation === 'REMOVE' ? undefined : labelExpression(value));
    }
  }

  result(): MetricsIr | undefined {
    if (this.#allOff) return allOff;
    const changed = istioMetrics.flatMap((metric) => {
      const { off = false, labels = new Map<string, string | undefined>() } = this.#byMetric.get(metric) ?? {};
      if (off) return [[metric, { kind: 'off' } as MetricChangeIr] as const];
      return labels.size === 0 ? [] : [[metric, labelChange(labels)] as const];
    });
    return changed.length === 0 ? undefined : Object.fromEntries(changed);
  }
}

function labelChange(labels: ReadonlyMap<string, string | undefined>): MetricChangeIr {
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    kind: 'labels',
    set: Object.fromEntries(sorted.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    removed: sorted.filter(([, expression]) => expression === undefined).map(([label]) => label),
  };
}

/** Custom metrics are ours by name, with and without `istio_`; others are not made here, as enforcement tells. */
function metricsOf(match: Override['match']): readonly IstioMetric[] {
  const custom = match?.customMetric?.replace(/^istio_/, '');
  const metric = custom === undefined ? named[match?.metric ?? ''] : istioMetrics.find((name) => name === custom);
  return metric === undefined ? [] : [metric];
}

function namesOf({ providers = [] }: MetricsSpec): readonly string[] {
  return providers.map(({ name }) => name);
}

function isPrometheus(name: string, { providers }: MetricsInputs): boolean {
  return providers.find(({ provider }) => provider.name === name)?.provider.prometheus !== undefined;
}

function unusable(name: string, { providers, telemetries }: MetricsInputs): Diagnostic {
  const isKnown = providers.some(({ provider }) => provider.name === name);
  const narrowest = telemetries.findLast(({ spec }) => (spec?.metrics ?? []).length > 0);
  return {
    code: 'unusable_provider',
    message: `no metrics for extension provider ${name}: ${
      isKnown ? 'only those for Prometheus are made' : 'the mesh has none of that name'
    }`,
    ...(narrowest === undefined ? {} : { origin: originOf(narrowest) }),
  };
}
