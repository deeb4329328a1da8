import type { HttpManagerConfig, ListenerConfig, NetworkFilterConfig } from '@malla/proxy-config';
import { describe, expect, it } from 'vitest';
import { accept, any, extension, refusals } from '../../test/encode.ts';

const router = extension('extensions.filters.http.router.v3.Router');
const tcp = (fields: object = {}) =>
  extension('extensions.filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: 't', cluster: 'c', ...fields });
const http = (fields: object = {}) =>
  extension('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'h',
    rds: { config_source: { ads: {} }, route_config_name: 'r' },
    http_filters: [router],
    ...fields,
  });
const listener = (fields: object) => ({
  name: 'l',
  address: { socket_address: { address: '127.0.0.1', port_value: 1 } },
  ...fields,
});
const chain = (...filters: object[]) => listener({ filter_chains: [{ filters }] });
const network = (json: object) =>
  (accept('listener', json) as ListenerConfig).filterChains[0]?.filters as readonly NetworkFilterConfig[];
const manager = (fields: object = {}) => network(chain(http(fields)))[0]?.config as HttpManagerConfig;
const inManager = (field: string) => [`filter_chains[0].filters[0].typed_config.${field}`];

describe('readListener', () => {
  it('fills in what Envoy does by default', () => {
    expect(accept('listener', chain(tcp()))).toMatchObject({
      direction: 'unspecified',
      bindToPort: true,
      useOriginalDst: false,
      listenerFiltersTimeoutMs: 15_000,
      continueOnListenerFiltersTimeout: false,
      perConnectionBufferLimitBytes: 1_048_576,
      filterChains: [{ name: 'filter-chain-0', transportSocketConnectTimeoutMs: 0 }],
    });
  });

  it('restores the destination that connections are handed over by', () => {
    const original = extension('extensions.filters.listener.original_dst.v3.OriginalDst');
    const virtual = { ...chain(tcp()), use_original_dst: true };
    const filters = [{ kind: 'original-dst' }];
    expect(accept('listener', virtual)).toMatchObject({ useOriginalDst: true, listenerFilters: filters });
    expect(accept('listener', { ...virtual, listener_filters: [original] })).toMatchObject({
      listenerFilters: filters,
    });
  });

  it('needs a name, an address and chains', () => {
    expect(refusals('listener', { filter_chains: [{ filters: [tcp()] }] })).toEqual(['name', 'address']);
    expect(refusals('listener', listener({}))).toEqual(['filter_chains']);
    expect(refusals('listener', listener({ filter_chains: [{}] }))).toEqual(['filter_chains[0].filters']);
  });

  it('refuses what it cannot open', () => {
    const udp = { socket_address: { address: '127.0.0.1', port_value: 1, protocol: 'UDP' } };
    expect(refusals('listener', { ...chain(tcp()), address: udp })).toEqual(['address.socket_address.protocol']);
    expect(refusals('listener', { ...chain(tcp()), transparent: true })).toEqual(['transparent']);
    expect(refusals('listener', { ...chain(tcp()), enable_reuse_port: false })).toEqual(['enable_reuse_port']);
    expect(refusals('listener', { ...chain(tcp()), api_listener: {} })).toEqual(['api_listener']);
    const inspector = extension('extensions.filters.listener.http_inspector.v3.HttpInspector');
    expect(refusals('listener', { ...chain(tcp()), listener_filters: [inspector] })).toEqual([
      'listener_filters[0].typed_config',
    ]);
  });

  it('refuses chains that match the same connections', () => {
    const chains = (...matches: object[]) =>
      listener({ filter_chains: matches.map((filter_chain_match) => ({ filter_chain_match, filters: [tcp()] })) });
    expect(refusals('listener', chains({}, {}))).toEqual(['filter_chains[1].filter_chain_match']);
    expect(
      refusals('listener', chains({ server_names: ['a', 'b'] }, { server_names: ['B'], destination_port: 1 })),
    ).toEqual([]);
    expect(refusals('listener', chains({ server_names: ['a', 'b'] }, { server_names: ['B'] }))).toEqual([
      'filter_chains[1].filter_chain_match',
    ]);
    expect(
      refusals(
        'listener',
        chains({ source_prefix_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }] }, { source_ports: [1] }, {}),
      ),
    ).toEqual([]);
    expect(refusals('listener', chains({ server_names: ['a*'] }))).toEqual([
      'filter_chains[0].filter_chain_match.server_names',
    ]);
    expect(refusals('listener', chains({ source_type: 'EXTERNAL' }))).toEqual([
      'filter_chains[0].filter_chain_match.source_type',
    ]);
  });

  it('reads which connections a listener filter leaves alone', () => {
    const range = (start: number) => ({ destination_port_range: { start, end: start + 1 } });
    const filter = {
      ...extension('extensions.filters.listener.tls_inspector.v3.TlsInspector'),
      filter_disabled: { not_match: { or_match: { rules: [range(1), range(5)] } } },
    };
    expect(accept('listener', { ...chain(tcp()), listener_filters: [filter] }).listenerFilters).toEqual([
      {
        kind: 'tls-inspector',
        disabledFor: {
          kind: 'not',
          of: {
            kind: 'or',
            of: [
              { kind: 'destination-port', start: 1, end: 2 },
              { kind: 'destination-port', start: 5, end: 6 },
            ],
          },
        },
      },
    ]);
  });

  it('ends a chain with one filter that takes the connection', () => {
    const rbac = extension('extensions.filters.network.rbac.v3.RBAC', { stat_prefix: 'r' });
    expect(network(chain(rbac, tcp())).map(({ kind }) => kind)).toEqual(['rbac', 'tcp-proxy']);
    expect(refusals('listener', chain(rbac))).toEqual(['filter_chains[0].filters[0]']);
    expect(refusals('listener', chain(tcp(), tcp()))).toEqual(['filter_chains[0].filters[0]']);
  });

  it('refuses rules about requests on the network', () => {
    const rules = (rule: object) => ({
      policies: { p: { permissions: [rule], principals: [{ any: true }] } },
    });
    const rbac = (rule: object) =>
      chain(extension('extensions.filters.network.rbac.v3.RBAC', { stat_prefix: 'r', rules: rules(rule) }), tcp());
    const path = 'filter_chains[0].filters[0].typed_config.rules.policies["p"].permissions[0]';
    expect(refusals('listener', rbac({ header: { name: 'a', present_match: true } }))).toEqual([`${path}.header`]);
    expect(refusals('listener', rbac({ url_path: { path: { exact: '/' } } }))).toEqual([`${path}.url_path`]);
    expect(refusals('listener', rbac({ destination_port: 5 }))).toEqual([]);
  });
});

describe('readTcpProxy', () => {
  it('reads one cluster or several', () => {
    expect(network(chain(tcp()))[0]?.config).toMatchObject({
      clusters: [{ name: 'c', weight: 1 }],
      idleTimeoutMs: 3_600_000,
      maxConnectAttempts: 1,
      flushAccessLogOnConnected: false,
    });
    const weighted = {
      clusters: [
        { name: 'a', weight: 1 },
        { name: 'b', weight: 2 },
      ],
    };
    const { cluster: _cluster, ...rest } = { cluster: '', stat_prefix: 't', weighted_clusters: weighted };
    expect(
      network(chain(extension('extensions.filters.network.tcp_proxy.v3.TcpProxy', rest)))[0]?.config,
    ).toMatchObject({
      clusters: [
        { name: 'a', weight: 1 },
        { name: 'b', weight: 2 },
      ],
    });
  });

  it('refuses tunnels and other time-outs', () => {
    expect(refusals('listener', chain(tcp({ tunneling_config: { hostname: 'h' } })))).toEqual(
      inManager('tunneling_config'),
    );
    expect(refusals('listener', chain(tcp({ upstream_idle_timeout: '1s' })))).toEqual(
      inManager('upstream_idle_timeout'),
    );
  });
});

describe('readConnectionManager', () => {
  it('fills in what Envoy does by default', () => {
    expect(manager()).toMatchObject({
      codec: 'auto',
      routes: { kind: 'rds', name: 'r', fetchTimeoutMs: 15_000 },
      useRemoteAddress: false,
      normalizePath: false,
      pathWithEscapedSlashes: 'keep',
      serverHeader: 'overwrite',
      serverName: 'envoy',
      forwardClientCert: 'sanitize',
      upgrades: [],
      streamIdleTimeoutMs: 300_000,
      requestTimeoutMs: 0,
      requestHeadersTimeoutMs: 0,
      idleTimeoutMs: 3_600_000,
      drainTimeoutMs: 5_000,
      maxRequestHeadersKb: 60,
      maxHeadersCount: 100,
      headersWithUnderscores: 'allow',
      http1: { acceptHttp10: false, allowAbsoluteUrl: true, enableTrailers: false },
      http2: { maxConcurrentStreams: 1024, hpackTableSize: 4096, allowConnect: false },
      generateRequestId: true,
    });
  });

  it('takes routes by ADS alone', () => {
    expect(refusals('listener', chain(http({ rds: { route_config_name: 'r' } })))).toEqual(
      inManager('rds.config_source'),
    );
    const file = { config_source: { path_config_source: { path: '/r' } }, route_config_name: 'r' };
    expect(refusals('listener', chain(http({ rds: file })))).toEqual(inManager('rds.config_source.path_config_source'));
  });

  it('ends its filters with the router, and only there', () => {
    const cors = extension('extensions.filters.http.cors.v3.Cors');
    expect(refusals('listener', chain(http({ http_filters: [] })))).toEqual(inManager('http_filters'));
    expect(refusals('listener', chain(http({ http_filters: [cors] })))).toEqual(inManager('http_filters[0]'));
    expect(refusals('listener', chain(http({ http_filters: [router, router] })))).toEqual(inManager('http_filters[0]'));
  });

  it('names filters that are not there, optional or not', () => {
    const unknown = { ...extension('extensions.filters.listener.tls_inspector.v3.TlsInspector'), is_optional: true };
    expect(refusals('listener', chain(http({ http_filters: [unknown, router] })))).toEqual(
      inManager('http_filters[0].typed_config'),
    );
  });

  it('refuses what guards requests and what changes them behind its back', () => {
    const fields: [object, string][] = [
      [{ upgrade_configs: [{ upgrade_type: 'websocket', filters: [router] }] }, 'upgrade_configs[0].filters'],
      [{ internal_address_config: { unix_sockets: true } }, 'internal_address_config'],
      [{ original_ip_detection_extensions: [router] }, 'original_ip_detection_extensions'],
      [{ path_normalization_options: {} }, 'path_normalization_options'],
      [{ local_reply_config: {} }, 'local_reply_config'],
      [{ http_protocol_options: { allow_chunked_length: true } }, 'http_protocol_options.allow_chunked_length'],
      [{ http2_protocol_options: { max_outbound_frames: 5 } }, 'http2_protocol_options.max_outbound_frames'],
      [{ stream_error_on_invalid_http_message: true }, 'stream_error_on_invalid_http_message'],
      [{ set_current_client_cert_details: { issuer: true } }, 'set_current_client_cert_details.issuer'],
      [{ http3_protocol_options: {} }, 'http3_protocol_options'],
      [{ codec_type: 'HTTP3' }, 'codec_type'],
      [
        { common_http_protocol_options: { max_response_headers_kb: 5 } },
        'common_http_protocol_options.max_response_headers_kb',
      ],
    ];
    for (const [json, path] of fields) expect(refusals('listener', chain(http(json)))).toEqual(inManager(path));
    const both = { strip_matching_host_port: true, strip_any_host_port: true };
    expect(refusals('listener', chain(http(both)))).toEqual(inManager('strip_matching_host_port'));
  });

  it('reads upgrades, one of each kind', () => {
    const upgrades = (...upgrade_configs: object[]) => http({ upgrade_configs });
    expect(
      manager({ upgrade_configs: [{ upgrade_type: 'WebSocket' }, { upgrade_type: 'x', enabled: false }] }).upgrades,
    ).toEqual(['websocket']);
    expect(refusals('listener', chain(upgrades({ upgrade_type: 'websocket' }, { upgrade_type: 'WEBSOCKET' })))).toEqual(
      inManager('upgrade_configs[1].upgrade_type'),
    );
  });

  it('reads how many requests are marked as traced, and refuses what needs spans', () => {
    expect(manager({ tracing: { client_sampling: { value: 5 } } }).tracing).toEqual({
      clientSampling: 5,
      randomSampling: 100,
      overallSampling: 100,
      usesRequestId: true,
    });
    for (const [field, value] of Object.entries({ provider: { name: 'otel' }, custom_tags: [{ tag: 't' }] }))
      expect(refusals('listener', chain(http({ tracing: { [field]: value } })))).toContain(
        inManager(`tracing.${field}`)[0],
      );
  });

  it('reads the filters that ask services', () => {
    const grpc = { envoy_grpc: { cluster_name: 's' } };
    const filters = [
      extension('extensions.filters.http.ratelimit.v3.RateLimit', {
        domain: 'd',
        failure_mode_deny: true,
        rate_limit_service: { grpc_service: grpc, transport_api_version: 'V3' },
      }),
      extension('extensions.filters.http.ext_authz.v3.ExtAuthz', { grpc_service: grpc, transport_api_version: 'V3' }),
      {
        name: 'http',
        typed_config: any('extensions.filters.http.ext_authz.v3.ExtAuthz', {
          http_service: {
            server_uri: { uri: 'http://authz.example:80', cluster: 'a', timeout: '1s' },
            path_prefix: '/check',
            authorization_response: { allowed_upstream_headers: { patterns: [{ prefix: 'x-' }] } },
          },
          status_on_error: { code: 'ServiceUnavailable' },
        }),
      },
      extension('extensions.filters.http.local_ratelimit.v3.LocalRateLimit', {
        stat_prefix: 'l',
        token_bucket: { max_tokens: 5, fill_interval: '1s' },
        response_headers_to_add: [
          { header: { key: 'X-L', value: 'true' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
        ],
      }),
    ];
    expect(manager({ http_filters: [...filters, router] }).filters).toMatchObject([
      { kind: 'rate-limit', config: { domain: 'd', timeoutMs: 20, failClosed: true, rateLimitedStatus: 429 } },
      { kind: 'ext-authz', config: { service: { kind: 'grpc', grpc: { timeoutMs: 200 } }, statusOnError: 403 } },
      {
        kind: 'ext-authz',
        name: 'http',
        config: {
          service: { kind: 'http', cluster: 'a', host: 'authz.example:80', timeoutMs: 1000, pathPrefix: '/check' },
          statusOnError: 503,
        },
      },
      {
        kind: 'local-rate-limit',
        config: {
          bucket: { maxTokens: 5, tokensPerFill: 1, fillIntervalMs: 1000 },
          enabledPercent: 0,
          status: 429,
          responseHeadersToAdd: [['x-l', 'true']],
        },
      },
      { kind: 'router' },
    ]);
  });
});
