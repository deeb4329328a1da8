// PromQL that several dashboards share.

const WINDOW = '$__rate_interval';

/** Failed requests: of HTTP by status, of gRPC by the statuses that are the server's fault. */
export const FAILED = ['response_code=~"5.."', 'grpc_response_status=~"2|4|8|12|13|14|15"'];

/** Requests a second. */
export function rate(selector, by = '') {
  return sum(`rate(istio_requests_total{${selector}}[${WINDOW}])`, by);
}

/** Any counter, per second. */
export function perSecond(metric, selector, by = '') {
  return sum(`rate(${metric}{${selector}}[${WINDOW}])`, by);
}

/** Failed requests a second; 0 where there are requests and none failed. */
export function failures(selector, by = '') {
  const failed = FAILED.map((label) => `rate(istio_requests_total{${selector}, ${label}}[${WINDOW}])`).join(' or ');
  return `(${sum(`(${failed})`, by)} or ${rate(selector, by)} * 0)`;
}

/** Share of requests that did not fail; of nothing where there were none. */
export function success(selector, by = '') {
  return `1 - ${failures(selector, by)} / (${rate(selector, by)} > 0)`;
}

/** A quantile of one of Istio's histograms. */
export function quantile(share, metric, selector, by = '') {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, ${sum(`rate(${metric}_bucket{${selector}}[${WINDOW}])`, labels)})`;
}

/** Quantiles of a histogram, as queries of one panel. */
export function quantiles(metric, selector) {
  return [0.5, 0.9, 0.99].map((share) => ({
    expr: quantile(share, metric, selector),
    legend: `p${share * 100}`,
  }));
}

function sum(expr, by) {
  return by === '' ? `sum(${expr})` : `sum by (${by}) (${expr})`;
}
