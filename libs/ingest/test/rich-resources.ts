import { typeUrls } from '@malla/protos';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { any, encode, extension } from './encode.ts';

const grpc = { envoy_grpc: { cluster_name: 'policy' } };
const secret = (name: string) => ({
  name,
  sds_config: {
    api_config_source: { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [grpc] },
    resource_api_version: 'V3',
  },
});
const header = { name: 'x-a', string_match: { exact: 'a' } };

const corsPolicy = any('extensions.filters.http.cors.v3.CorsPolicy', {
  allow_origin_string_match: [{ prefix: 'https://' }],
  allow_methods: 'GET',
});

const localRateLimit = any('extensions.filters.http.local_ratelimit.v3.LocalRateLimit', {
  stat_prefix: 'limit',
  token_bucket: { max_tokens: 5, fill_interval: '1s' },
  filter_enabled: { default_value: { numerator: 100 } },
});

const managers = [
  {
    stat_prefix: 'edge',
    route_config: {
      name: 'inline',
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }] }],
    },
    http_filters: [
      extension('extensions.filters.http.cors.v3.Cors'),
      { name: 'limit', typed_config: localRateLimit },
      extension('extensions.filters.http.ratelimit.v3.RateLimit', {
        domain: 'd',
        rate_limit_service: { grpc_service: grpc, transport_api_version: 'V3' },
      }),
      extension('extensions.filters.http.ext_authz.v3.ExtAuthz', {
        grpc_service: grpc,
        transport_api_version: 'V3',
        with_request_body: { max_request_bytes: 10 },
      }),
      {
        name: 'http-authz',
        typed_config: any('extensions.filters.http.ext_authz.v3.ExtAuthz', {
          http_service: {
            server_uri: { uri: 'http://authz.example', cluster: 'authz', timeout: '1s' },
            authorization_request: {},
            authorization_response: {},
          },
        }),
      },
      extension('extensions.filters.http.router.v3.Router'),
    ],
    access_log: [
      {
        ...extension('extensions.access_loggers.file.v3.FileAccessLog', {
          path: '/dev/null',
          log_format: { text_format_source: { inline_string: '%PROTOCOL%\n' } },
        }),
        filter: {
          or_filter: {
            filters: [
              { status_code_filter: { comparison: { op: 'GE', value: { default_value: 400, runtime_key: 'k' } } } },
              { duration_filter: { comparison: { op: 'GE', value: { default_value: 10, runtime_key: 'k' } } } },
              { header_filter: { header } },
              { response_flag_filter: { flags: ['UF'] } },
              { not_health_check_filter: {} },
              { runtime_filter: { runtime_key: 'k' } },
            ],
          },
        },
      },
    ],
    common_http_protocol_options: {},
    http2_protocol_options: { connection_keepalive: { interval: '10s', timeout: '2s' } },
    tracing: { random_sampling: { value: 5 } },
  },
];

const listener = {
  name: 'rich',
  address: { socket_address: { address: '127.0.0.1', port_value: 1 } },
  metadata: {},
  filter_chains: [
    ...managers.map((manager, index) => ({
      name: `http-${index}`,
      filter_chain_match: {
        server_names: [`a${index}.example`],
        source_prefix_ranges: [{ address_prefix: '10.0.0.0' }],
      },
      transport_socket: extension('extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
        common_tls_context: {
          tls_certificate_sds_secret_configs: [secret('default')],
          combined_validation_context: {
            default_validation_context: {},
            validation_context_sds_secret_config: secret('ROOTCA'),
          },
        },
      }),
      filters: [extension('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', manager)],
    })),
    {
      filter_chain_match: { destination_port: 9 },
      filters: [
        extension('extensions.filters.network.tcp_proxy.v3.TcpProxy', {
          stat_prefix: 'tcp',
          weighted_clusters: {
            clusters: [
              { name: 'a', weight: 1 },
              { name: 'b', weight: 2 },
            ],
          },
        }),
      ],
    },
  ],
};

const clusters = [
  {
    name: 'dns',
    type: 'STRICT_DNS',
    load_assignment: {
      cluster_name: 'dns',
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: { socket_address: { address: 'a.example', port_value: 1 } } } }] },
      ],
      policy: {},
    },
    lb_policy: 'LEAST_REQUEST',
    least_request_lb_config: { slow_start_config: { slow_start_window: '10s' } },
    common_lb_config: { locality_weighted_lb_config: {} },
    circuit_breakers: { thresholds: [{ retry_budget: {} }, { priority: 'HIGH', max_requests: 3 }] },
    health_checks: [
      {
        name: 'http',
        timeout: '1s',
        interval: '5s',
        unhealthy_threshold: 2,
        healthy_threshold: 2,
        http_health_check: { path: '/' },
      },
      {
        name: 'grpc',
        timeout: '1s',
        interval: '5s',
        unhealthy_threshold: 2,
        healthy_threshold: 2,
        grpc_health_check: {},
      },
      {
        name: 'tcp',
        timeout: '1s',
        interval: '5s',
        unhealthy_threshold: 2,
        healthy_threshold: 2,
        tcp_health_check: {},
      },
    ],
    transport_socket: extension('extensions.transport_sockets.tls.v3.UpstreamTlsContext', { common_tls_context: {} }),
    upstream_bind_config: { source_address: { address: '127.0.0.1', port_value: 0 } },
    upstream_connection_options: { tcp_keepalive: { keepalive_probes: 3 } },
    lb_subset_config: { subset_selectors: [{ keys: ['version'] }] },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': any(
        'extensions.upstreams.http.v3.HttpProtocolOptions',
        {
          auto_config: { http2_protocol_options: {} },
          common_http_protocol_options: {},
          upstream_http_protocol_options: {},
        },
      ),
    },
  },
  ...[
    [
      'round_robin.v3.RoundRobin',
      { slow_start_config: { slow_start_window: '1s' }, locality_lb_config: { locality_weighted_lb_config: {} } },
    ],
    ['least_request.v3.LeastRequest', {}],
    ['random.v3.Random', {}],
    ['ring_hash.v3.RingHash', {}],
    ['maglev.v3.Maglev', {}],
  ].map(([type, fields], index) => ({
    name: `typed-${index}`,
    load_balancing_policy: {
      policies: [
        { typed_extension_config: extension(`extensions.load_balancing_policies.${String(type)}`, fields as object) },
      ],
    },
  })),
];

const routes = {
  name: 'rich',
  request_mirror_policies: [],
  virtual_hosts: [
    {
      name: 'rich',
      domains: ['rich.example'],
      retry_policy: { retry_on: '5xx', retry_back_off: { base_interval: '1s' } },
      rate_limits: [
        {
          actions: [
            { source_cluster: {} },
            { request_headers: { header_name: 'x-a', descriptor_key: 'a' } },
            { generic_key: { descriptor_value: 'v' } },
            { header_value_match: { descriptor_value: 'v', headers: [header] } },
          ],
        },
      ],
      typed_per_filter_config: {
        cors: corsPolicy,
        limit: localRateLimit,
        rates: any('extensions.filters.http.ratelimit.v3.RateLimitPerRoute', { domain: 'd' }),
        authz: any('extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute', { check_settings: {} }),
        off: any('config.route.v3.FilterConfig', { disabled: true }),
        wrapped: any('config.route.v3.FilterConfig', { config: corsPolicy }),
      },
      routes: [
        { match: { prefix: '/b' }, route: { cluster: 'b' } },
        {
          match: { prefix: '/a', headers: [header] },
          route: {
            cluster_header: 'x-cluster',
            metadata_match: { filter_metadata: { 'envoy.lb': { version: 'v1' } } },
            max_stream_duration: { max_stream_duration: '1s' },
            upgrade_configs: [{ upgrade_type: 'websocket' }],
            retry_policy: { retry_on: '5xx', retriable_headers: [header] },
            hash_policy: [{ header: { header_name: 'x-a' } }, { cookie: { name: 'c' } }],
          },
        },
      ],
    },
  ],
};

/** Resources with much that discovery never sends. */
export const richResources: readonly (readonly [typeUrl: string, bytes: Uint8Array])[] = [
  [typeUrls.listener, encode(ListenerSchema, listener)],
  ...clusters.map((cluster) => [typeUrls.cluster, encode(ClusterSchema, cluster)] as const),
  [typeUrls.route, encode(RouteConfigurationSchema, routes)],
];
