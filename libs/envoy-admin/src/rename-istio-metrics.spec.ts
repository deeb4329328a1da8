import { describe, expect, it } from 'vitest';
import { renameIstioMetrics } from './rename-istio-metrics.ts';

const envoy = `# TYPE envoy_istio_requests_total counter
envoy_istio_requests_total{reporter="source",note="envoy_istio_x"} 3

# HELP envoy_istio_request_duration_milliseconds how long
# TYPE envoy_istio_request_duration_milliseconds histogram
envoy_istio_request_duration_milliseconds_bucket{le="0.5"} 0
envoy_cluster_upstream_rq_total{envoy_cluster_name="outbound|9080||reviews"} 3
`;

describe('renameIstioMetrics', () => {
  it('renames samples, types and help of the metrics of Istio', () => {
    const renamed = renameIstioMetrics(envoy);
    expect(renamed).toContain('# TYPE istio_requests_total counter\nistio_requests_total{');
    expect(renamed).toContain('# HELP istio_request_duration_milliseconds how long');
    expect(renamed).toContain('\nistio_request_duration_milliseconds_bucket{le="0.5"} 0');
  });

  it('leaves labels and other metrics alone', () => {
    const renamed = renameIstioMetrics(envoy);
    expect(renamed).toContain('note="envoy_istio_x"');
    expect(renamed).toContain('envoy_cluster_upstream_rq_total{envoy_cluster_name');
  });

  it('changes nothing the second time', () => {
    expect(renameIstioMetrics(renameIstioMetrics(envoy))).toBe(renameIstioMetrics(envoy));
    expect(renameIstioMetrics('')).toBe('');
  });
});
