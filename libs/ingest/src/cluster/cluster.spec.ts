import { describe, expect, it } from 'vitest';
import { accept, any, extension, refusals } from '../../test/encode.ts';

const socket = (address: string, port = 1) => ({ socket_address: { address, port_value: port } });
const assignment = (address: string) => ({
  cluster_name: 'c',
  endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(address) } }] }],
});
const eds = { name: 'c', type: 'EDS', eds_cluster_config: { eds_config: { ads: {} } } };
const options = (fields: object) => ({
  name: 'c',
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': any(
      'extensions.upstreams.http.v3.HttpProtocolOptions',
      fields,
    ),
  },
});

const http2 = { explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 5 } } };

describe('readCluster', () => {
  it('fills in what Envoy does by default', () => {
    expect(accept('cluster', { name: 'c' })).toMatchObject({
      discovery: { kind: 'static', endpoints: { localities: [] } },
      connectTimeoutMs: 5_000,
      loadBalancer: { kind: 'round-robin' },
      healthyPanicThreshold: 50,
      limits: { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 },
      http: { protocol: 'http1', idleTimeoutMs: 3_600_000, maxHeadersCount: 100, maxResponseHeadersKb: 80 },
      perConnectionBufferLimitBytes: 1_048_576,
      transport: { kind: 'plain' },
      statName: 'c',
    });
  });

  it('takes endpoints by ADS under the name of the service, or its own', () => {
    expect(accept('cluster', eds).discovery).toEqual({ kind: 'eds', serviceName: 'c', fetchTimeoutMs: 15_000 });
    const named = { eds_config: { ads: {}, initial_fetch_timeout: '0s' }, service_name: 's' };
    expect(accept('cluster', { ...eds, eds_cluster_config: named }).discovery).toEqual({
      kind: 'eds',
      serviceName: 's',
      fetchTimeoutMs: 0,
    });
    expect(refusals('cluster', { name: 'c', type: 'EDS' })).toEqual(['eds_cluster_config']);
    const file = { eds_config: { path_config_source: { path: '/x' } } };
    expect(refusals('cluster', { ...eds, eds_cluster_config: file })).toEqual([
      'eds_cluster_config.eds_config.path_config_source',
    ]);
  });

  it('wants IP addresses, except where names are resolved', () => {
    expect(refusals('cluster', { name: 'c', load_assignment: assignment('a.example') })).toEqual([
      'load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address',
    ]);
    expect(
      accept('cluster', { name: 'c', type: 'STRICT_DNS', load_assignment: assignment('a.example') }).discovery,
    ).toMatchObject({ kind: 'dns', strict: true, refreshMs: 5_000, lookupFamily: 'auto' });
    expect(refusals('cluster', { name: 'c', type: 'LOGICAL_DNS' })).toEqual(['load_assignment']);
  });

  it('refuses fields of another kind of discovery or balancer', () => {
    expect(refusals('cluster', { name: 'c', eds_cluster_config: { service_name: 's' } })).toEqual([
      'eds_cluster_config',
    ]);
    expect(refusals('cluster', { name: 'c', dns_refresh_rate: '1s' })).toEqual(['dns_refresh_rate']);
    expect(refusals('cluster', { name: 'c', ring_hash_lb_config: {} })).toEqual(['ring_hash_lb_config']);
  });

  it('pairs original destinations with the balancer that knows them', () => {
    expect(accept('cluster', { name: 'c', type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED' })).toMatchObject({
      discovery: { kind: 'original-dst' },
      loadBalancer: { kind: 'cluster-provided' },
    });
    expect(refusals('cluster', { name: 'c', type: 'ORIGINAL_DST' })).toEqual(['lb_policy']);
    expect(refusals('cluster', { name: 'c', lb_policy: 'CLUSTER_PROVIDED' })).toEqual(['lb_policy']);
    const byHeader = { use_http_header: true };
    expect(
      refusals('cluster', {
        name: 'c',
        type: 'ORIGINAL_DST',
        lb_policy: 'CLUSTER_PROVIDED',
        original_dst_lb_config: byHeader,
      }),
    ).toEqual(['original_dst_lb_config']);
  });

  it('checks sizes of hash tables', () => {
    const ring = (minimum: number, maximum: number) => ({
      name: 'c',
      lb_policy: 'RING_HASH',
      ring_hash_lb_config: { minimum_ring_size: minimum, maximum_ring_size: maximum },
    });
    expect(refusals('cluster', ring(10, 9))).toEqual(['ring_hash_lb_config.maximum_ring_size']);
    expect(refusals('cluster', ring(10, 8_388_609))).toEqual(['ring_hash_lb_config.maximum_ring_size']);
    const maglev = (size: number) => ({ name: 'c', lb_policy: 'MAGLEV', maglev_lb_config: { table_size: size } });
    expect(refusals('cluster', maglev(10))).toEqual(['maglev_lb_config.table_size']);
    expect(accept('cluster', maglev(11)).loadBalancer).toEqual({ kind: 'maglev', tableSize: 11 });
  });

  it('reads balancers that are extensions like those that are not', () => {
    const typed = (type: string, fields = {}) =>
      accept('cluster', {
        name: 'c',
        lb_policy: 'LOAD_BALANCING_POLICY_CONFIG',
        load_balancing_policy: {
          policies: [{ typed_extension_config: extension(`extensions.load_balancing_policies.${type}`, fields) }],
        },
      });
    expect(typed('least_request.v3.LeastRequest', { choice_count: 3 }).loadBalancer).toEqual({
      kind: 'least-request',
      choices: 3,
      activeRequestBias: 1,
    });
    expect(typed('random.v3.Random', { locality_lb_config: { locality_weighted_lb_config: {} } })).toMatchObject({
      loadBalancer: { kind: 'random' },
      localityWeighted: true,
    });
    expect(refusals('cluster', { name: 'c', lb_policy: 'LOAD_BALANCING_POLICY_CONFIG' })).toEqual(['lb_policy']);
  });

  it('wants ejection by success rate switched off, as there is none', () => {
    expect(refusals('cluster', { name: 'c', outlier_detection: {} })).toEqual([
      'outlier_detection.enforcing_success_rate',
    ]);
    const off = { enforcing_success_rate: 0 };
    expect(accept('cluster', { name: 'c', outlier_detection: off }).outlier).toMatchObject({
      consecutive5xx: 5,
      enforcingConsecutiveGatewayFailure: 0,
      intervalMs: 10_000,
      baseEjectionTimeMs: 30_000,
      maxEjectionTimeMs: 300_000,
      maxEjectionPercent: 10,
    });
    expect(
      refusals('cluster', {
        name: 'c',
        outlier_detection: { ...off, base_ejection_time: '9s', max_ejection_time: '8s' },
      }),
    ).toEqual(['outlier_detection.max_ejection_time']);
  });

  it('reads limits by priority, and retry budgets', () => {
    const thresholds = [{ max_retries: 1 }, { priority: 'HIGH', retry_budget: { min_retry_concurrency: 9 } }];
    expect(accept('cluster', { name: 'c', circuit_breakers: { thresholds } })).toMatchObject({
      limits: { maxRetries: 1, maxConnections: 1024 },
      highPriorityLimits: { retryBudget: { percent: 20, minConcurrency: 9 } },
    });
    expect(refusals('cluster', { name: 'c', circuit_breakers: { per_host_thresholds: [{}] } })).toEqual([
      'circuit_breakers.per_host_thresholds',
    ]);
  });

  it('reads health checks', () => {
    const times = { timeout: '1s', interval: '2s', unhealthy_threshold: 3, healthy_threshold: 4 };
    const checks = [
      { ...times, name: 'h', http_health_check: { path: '/h', expected_statuses: [{ start: 200, end: 300 }] } },
      { ...times, name: 'g', grpc_health_check: { service_name: 's' }, no_traffic_interval: '9s' },
      { ...times, name: 't', tcp_health_check: {} },
    ];
    expect(accept('cluster', { ...options(http2), health_checks: checks }).healthChecks).toMatchObject([
      {
        noTrafficIntervalMs: 60_000,
        check: { kind: 'http', method: 'GET', expectedStatuses: [{ start: 200, end: 300 }], http2: false },
      },
      { noTrafficIntervalMs: 9_000, check: { kind: 'grpc', service: 's' } },
      { check: { kind: 'tcp' } },
    ]);
    expect(refusals('cluster', { name: 'c', health_checks: checks })).toEqual(['health_checks']);
    const unnamed = [
      { ...times, tcp_health_check: {} },
      { ...times, tcp_health_check: {} },
    ];
    expect(refusals('cluster', { name: 'c', health_checks: unnamed })).toEqual(['health_checks']);
    const wrong = { ...times, http_health_check: { path: '/', expected_statuses: [{ start: 300, end: 200 }] } };
    expect(refusals('cluster', { name: 'c', health_checks: [wrong] })).toEqual([
      'health_checks[0].http_health_check.expected_statuses[0]',
    ]);
  });

  it('reads how HTTP is spoken', () => {
    expect(accept('cluster', options(http2)).http).toMatchObject({
      protocol: 'http2',
      maxResponseHeadersKb: 60,
      http2: { maxConcurrentStreams: 5, initialStreamWindowSize: 16_777_216, initialConnectionWindowSize: 25_165_824 },
    });
    const transport_socket = extension('extensions.transport_sockets.tls.v3.UpstreamTlsContext');
    expect(accept('cluster', { ...options({ auto_config: {} }), transport_socket }).http.protocol).toBe('alpn');
    expect(refusals('cluster', options({ auto_config: {} }))).toEqual(['typed_extension_protocol_options']);
    expect(refusals('cluster', options({ explicit_http_config: { http3_protocol_options: {} } }))).toContain(
      'typed_extension_protocol_options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"].explicit_http_config.http3_protocol_options',
    );
    expect(refusals('cluster', { name: 'c', http2_protocol_options: {} })).toEqual(['http2_protocol_options']);
  });

  it('reads source addresses, one of each family and with any port', () => {
    const bind = (...addresses: [string, number][]) => {
      const [first, ...others] = addresses.map(([address, port_value]) => ({ address, port_value }));
      return {
        name: 'c',
        upstream_bind_config: { source_address: first, extra_source_addresses: others.map((address) => ({ address })) },
      };
    };
    expect(accept('cluster', bind(['127.0.0.6', 0], ['::6', 0])).bindAddresses).toEqual(['127.0.0.6', '::6']);
    expect(refusals('cluster', bind(['127.0.0.6', 0], ['127.0.0.7', 0]))).toEqual([
      'upstream_bind_config.extra_source_addresses',
    ]);
    expect(refusals('cluster', bind(['127.0.0.6', 5]))).toEqual(['upstream_bind_config.source_address']);
  });
});

describe('readEndpoints', () => {
  it('reads localities, priorities, weights and health', () => {
    const config = accept('endpoints', {
      cluster_name: 'c',
      endpoints: [
        {
          locality: { region: 'r', zone: 'z' },
          priority: 1,
          lb_endpoints: [{ endpoint: { address: socket('::1'), hostname: 'h' }, health_status: 'DRAINING' }],
        },
      ],
      policy: { overprovisioning_factor: 200 },
    });
    expect(config).toEqual({
      clusterName: 'c',
      overprovisioningFactor: 200,
      localities: [
        {
          locality: { region: 'r', zone: 'z', subZone: '' },
          priority: 1,
          weight: 0,
          endpoints: [
            {
              address: { kind: 'tcp', address: '::1', port: 1 },
              hostname: 'h',
              health: 'draining',
              weight: 1,
              metadata: {},
            },
          ],
        },
      ],
    });
  });

  it('refuses drops, and endpoints by name or with other addresses', () => {
    const endpoint = (fields: object) => ({ cluster_name: 'c', endpoints: [{ lb_endpoints: [fields] }] });
    expect(refusals('endpoints', { cluster_name: 'c', policy: { drop_overloads: [{ category: 'c' }] } })).toEqual([
      'policy.drop_overloads',
    ]);
    expect(refusals('endpoints', endpoint({ endpoint_name: 'e' }))).toEqual([
      'endpoints[0].lb_endpoints[0].endpoint_name',
    ]);
    const other = { address: socket('10.0.0.1'), additional_addresses: [{ address: socket('::1') }] };
    expect(refusals('endpoints', endpoint({ endpoint: other }))).toEqual([
      'endpoints[0].lb_endpoints[0].endpoint.additional_addresses',
    ]);
  });
});
