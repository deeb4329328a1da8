import { formatPeerMetadata } from '@malla/ir';
import { describe, expect, it } from 'vitest';
import { IstioMetricsPage } from './istio-metrics-page.ts';

const envoy = `# TYPE envoy_istio_requests_total counter
envoy_istio_requests_total{reporter="source",note="envoy_istio_x}"} 3

# TYPE envoy_istio_request_duration_milliseconds histogram
envoy_istio_request_duration_milliseconds_bucket{reporter="source",le="0.5"} 1
envoy_istio_request_duration_milliseconds_sum{reporter="source"} 8
# TYPE envoy_cluster_upstream_rq_total counter
envoy_cluster_upstream_rq_total{envoy_cluster_name="outbound|9080||reviews"} 3
`;

const local = {
  source: { source_workload: 'web-v1', source_workload_namespace: 'shop' },
  destination: {
    destination_workload: 'web-v1',
    destination_workload_namespace: 'shop',
    destination_canonical_service: 'web',
  },
};

function pageOf(maxLabelSets = 10): IstioMetricsPage {
  return new IstioMetricsPage({ local, maxLabelSets });
}

function line(labels: string, value = 1, name = 'requests_total'): string {
  return `envoy_istio_${name}{${labels}} ${value}`;
}

const certificate = 'source_principal="spiffe://cluster.local/ns/shop/sa/cart"';
const peer = (namespace: string) =>
  formatPeerMetadata({
    workload: 'cart-v1',
    namespace,
    app: 'cart',
    version: 'v1',
    canonicalService: 'cart',
    canonicalRevision: 'v1',
    cluster: 'local',
  });

describe('IstioMetricsPage', () => {
  it("puts Istio's metrics under their names in the end, and leaves the rest", () => {
    const page = pageOf().complete(envoy);
    expect(page).toMatch(/# TYPE istio_requests_total counter\nistio_requests_total\{reporter="source",.*\} 3\n/);
    expect(page).toMatch(/istio_request_duration_milliseconds_bucket\{.*,le="0.5"\} 1\n/);
    expect(page).toMatch(/istio_request_duration_milliseconds_sum\{.*\} 8\n/);
    expect(page).toContain('envoy_cluster_upstream_rq_total{envoy_cluster_name="outbound|9080||reviews"} 3\n');
    expect(page).toContain('note="envoy_istio_x}"');
    expect(page).not.toContain('envoy_istio_requests');
  });

  it('is empty without metrics', () => expect(pageOf().complete('')).toBe(''));

  it('adds up what is the same when it is complete', () => {
    const page = pageOf().complete(
      [
        line('reporter="source",route_destination=""', 2),
        line('reporter="source",route_destination="-"', 3),
        line('reporter="destination",destination_service="-"', 4),
      ].join('\n'),
    );
    expect(page).toMatch(/^istio_requests_total\{reporter="source",source_workload="web-v1",.*\} 5$/m);
    expect(page).toMatch(/^istio_requests_total\{.*destination_service="web",.*\} 4$/m);
  });

  it('believes a caller only in the namespace of its certificate', () => {
    const told = (namespace: string) =>
      pageOf().complete(line(`reporter="destination",source_peer="${peer(namespace)}",${certificate}`));
    expect(told('shop')).toContain('source_workload="cart-v1",source_workload_namespace="shop"');
    expect(told('shop')).not.toContain('source_peer');
    expect(told('bank')).toContain('source_workload="unknown",source_workload_namespace="shop"');
    expect(pageOf().complete(line(`reporter="destination",source_peer="${peer('shop')}"`))).toContain(
      'source_workload="unknown",source_workload_namespace="unknown"',
    );
  });

  it('takes the destination of a call apart', () => {
    const page = pageOf().complete(line('reporter="source",destination_peer="reviews-v1;default;reviews;v1;local"'));
    expect(page).toContain('destination_workload="reviews-v1",destination_workload_namespace="default"');
    expect(page).toContain('destination_canonical_revision="v1",destination_cluster="local"');
  });

  it('counts messages by the numbers of messages of calls', () => {
    const calls = [
      line('reporter="source",messages="1,1"', 5, 'grpc_calls_total'),
      line('reporter="source",messages="3,2"', 2, 'grpc_calls_total'),
      line('reporter="source",messages="-"', 9, 'grpc_calls_total'),
    ];
    const page = pageOf().complete(calls.join('\n'));
    expect(page).toMatch(/^istio_request_messages_total\{.*\} 11$/m);
    expect(page).toMatch(/^istio_response_messages_total\{.*\} 9$/m);
    expect(page).not.toContain('grpc_calls');
  });

  it('leaves out and sets labels as Telemetry says, and adds up what is the same then', () => {
    const page = pageOf().complete(
      [
        line(
          'reporter="source",destination_peer="a-v1;default;a;v1;local",set_host="-",set_source_app="x",removed_labels="reporter,destination_workload,destination_app,destination_version,destination_canonical_service,destination_canonical_revision"',
          2,
        ),
        line(
          'reporter="source",destination_peer="b-v2;default;b;v2;local",set_host="",set_source_app="x",removed_labels="reporter,destination_workload,destination_app,destination_version,destination_canonical_service,destination_canonical_revision"',
          3,
        ),
      ].join('\n'),
    );
    expect(page).toMatch(/^istio_requests_total\{source_workload="web-v1",.*source_app="x".*,host="unknown"\} 5$/m);
    expect(page).not.toMatch(/removed_labels|set_|destination_(workload=|app|version|canonical)|reporter/);
  });

  it('counts messages of one direction alone', () => {
    const page = pageOf().complete(
      [
        line('reporter="source",messages="3,2",set_a="1"', 2, 'grpc_request_calls_total'),
        line('reporter="source",messages="3,2"', 2, 'grpc_response_calls_total'),
      ].join('\n'),
    );
    expect(page).toMatch(/^istio_request_messages_total\{.*,a="1"\} 6$/m);
    expect(page).toMatch(/^istio_response_messages_total\{(?!.*a=").*\} 4$/m);
  });

  it('keeps the label sets that came first, and tells how many are left out', () => {
    const page = pageOf(2);
    const labels = (code: number) => line(`reporter="source",response_code="${code}"`, code);
    page.complete([200, 404].map(labels).join('\n'));
    const text = page.complete([500, 503, 404, 200].map(labels).join('\n'));
    expect([...text.matchAll(/response_code="(\d+)"/g)].map(([, code]) => code)).toEqual(['404', '200']);
    expect(page.leftOut).toBe(2);
  });
});
