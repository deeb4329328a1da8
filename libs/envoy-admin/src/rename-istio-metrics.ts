const istioName = /^(# (?:TYPE|HELP) )?envoy_istio_/gm;

/**
 * Gives Istio's standard metrics their names in a Prometheus text: Envoy prefixes every name with `envoy_`, so its stats access logger
 * prints `envoy_istio_requests_total` for what dashboards call `istio_requests_total`. Other metrics, labels and values stay as they
 * are; text without such metrics comes back unchanged, and so does text that was renamed before.
 * Source: https://istio.io/latest/docs/reference/config/metrics/ and Prometheus' text format 0.0.4.
 */
export function renameIstioMetrics(text: string): string {
  return text.replaceAll(istioName, '$1istio_');
}
