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

  it('adds what the reporting workload says of itself, once', () => {
    const local = { source: { source_workload: 'productpage' }, destination: { destination_workload: 'a"b' } };
    const text = [
      'envoy_istio_requests_total{reporter="source",note="}"} 3',
      'envoy_istio_requests_total{reporter="destination"} 4',
      'envoy_istio_requests_total{reporter="source",source_workload="other"} 5',
      'envoy_istio_requests_total{} 6',
      'envoy_other{reporter="source"} 7',
    ].join('\n');
    const renamed = renameIstioMetrics(text, local);
    expect(renamed.split('\n')).toEqual([
      'istio_requests_total{reporter="source",note="}",source_workload="productpage"} 3',
      expect.stringMatching(
        /^istio_requests_total\{reporter="destination",destination_workload="a\\"b",source_workload="unknown",.*\} 4$/,
      ),
      'istio_requests_total{reporter="source",source_workload="other"} 5',
      'istio_requests_total{} 6',
      'envoy_other{reporter="source"} 7',
    ]);
    expect(renameIstioMetrics(renamed, local)).toBe(renamed);
  });

  it('takes the destination of a call apart', () => {
    const local = { source: {}, destination: {} };
    const labels = (peer: string) =>
      renameIstioMetrics(`envoy_istio_x{reporter="source",destination_peer="${peer}"} 1`, local);
    expect(labels('reviews-v1;default;reviews;v1;local')).toBe(
      'istio_x{reporter="source",destination_workload="reviews-v1",destination_workload_namespace="default",' +
        'destination_canonical_service="reviews",destination_app="reviews",destination_canonical_revision="v1",' +
        'destination_version="v1",destination_cluster="local"} 1',
    );
    expect(labels('-')).toContain('destination_workload="unknown"');
  });
});
