/** Istio's metrics by Istio's names, without `istio_`. Source: https://istio.io/latest/docs/reference/config/metrics/ */
export const istioMetrics = [
  'requests_total',
  'request_duration_milliseconds',
  'request_bytes',
  'response_bytes',
  'request_messages_total',
  'response_messages_total',
  'tcp_connections_opened_total',
  'tcp_connections_closed_total',
  'tcp_sent_bytes_total',
  'tcp_received_bytes_total',
] as const;

/** Name of one of Istio's metrics, without `istio_`. */
export type IstioMetric = (typeof istioMetrics)[number];

/** How the metrics of one direction differ from Istio's standard; a metric that is not named is as Istio has it. */
export type MetricsIr = Readonly<Partial<Record<IstioMetric, MetricChangeIr>>>;

/** What is otherwise with a metric. */
export type MetricChangeIr =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'labels';
      /** By name; the value is an expression (see `compileLogExpression`), `unknown` where it has none. Takes the place of a label of that name. */
      readonly set: Readonly<Record<string, string>>;
      /** Sorted. */
      readonly removed: readonly string[];
    };

/**
 * Labels between proxy and agent, by which the agent knows what to do with the others: it alone knows all labels of a metric.
 * `removed_labels` names those to leave out, separated by commas; `set_x` has the value of the label `x`.
 */
export const changedLabels = { removed: 'removed_labels', setPrefix: 'set_' } as const;

/**
 * Counters of gRPC calls by their numbers of messages, in a label `messages` of `requests,responses`: the agent makes `request_messages_total` and
 * `response_messages_total` of them, or one of the two.
 */
export const grpcCalls = {
  both: 'grpc_calls_total',
  requests: 'grpc_request_calls_total',
  responses: 'grpc_response_calls_total',
} as const;

/** Whether a label may be called so. Source: Prometheus, "Metric names and labels"; `le` is of histograms. */
export function isLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !name.startsWith('__') && name !== 'le';
}
