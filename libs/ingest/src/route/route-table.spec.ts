import type { RouteConfig, RouteTableConfig } from '@malla/proxy-config';
import { describe, expect, it } from 'vitest';
import { accept, any, refusals } from '../../test/encode.ts';

const host = (fields: object) => ({ name: 'r', virtual_hosts: [{ name: 'v', domains: ['*'], ...fields }] });
const route = (fields: object) => host({ routes: [{ match: { prefix: '/' }, route: { cluster: 'c' }, ...fields }] });
const forward = (fields: object) => route({ route: { cluster: 'c', ...fields } });

function first(json: object): RouteConfig {
  const table: RouteTableConfig = accept('routes', json);
  return table.virtualHosts[0]?.routes[0] as RouteConfig;
}

const at = (field: string) => [`virtual_hosts[0].routes[0].${field}`];

describe('readRouteTable', () => {
  it('compares hosts with their ports unless told not to', () => {
    expect(accept('routes', host({})).matchPorts).toBe(true);
    expect(accept('routes', { ...host({}), ignore_port_in_host_matching: true }).matchPorts).toBeUndefined();
  });

  it('refuses a domain that is there twice, in any letter case', () => {
    const hosts = [
      { name: 'a', domains: ['a.example', 'b.example'] },
      { name: 'b', domains: ['B.example'] },
    ];
    expect(refusals('routes', { name: 'r', virtual_hosts: hosts })).toEqual(['virtual_hosts[1].domains']);
  });

  it('refuses to ask for TLS, which nobody would enforce here', () => {
    const host = { name: 'h', domains: ['*'], require_tls: 'ALL' };
    expect(refusals('routes', { name: 'r', virtual_hosts: [host] })).toEqual(['virtual_hosts[0].require_tls']);
  });

  it('writes what is inherited into each route', () => {
    const inherited = {
      retry_policy: { retry_on: '5xx', num_retries: 7 },
      request_mirror_policies: [{ cluster: 'm', disable_shadow_host_suffix_append: true }],
    };
    const table = accept('routes', {
      ...host({
        ...inherited,
        routes: [
          { match: { prefix: '/' }, route: { cluster: 'c' } },
          { match: { prefix: '/' }, route: { cluster: 'c', retry_policy: { retry_on: 'reset' } } },
        ],
      }),
      typed_per_filter_config: { f: any('extensions.filters.http.fault.v3.HTTPFault', { max_active_faults: 1 }) },
    });
    const actions = table.virtualHosts[0]?.routes.map(({ action }) => action);
    expect(actions).toMatchObject([
      { retry: { attempts: 7 }, mirrors: [{ cluster: 'm', percent: 100 }] },
      { retry: { attempts: 1, retryOn: ['reset'] } },
    ]);
    expect(table.virtualHosts[0]?.filters.get('f')).toMatchObject({ kind: 'fault' });
  });

  it('fills in what Envoy does by default', () => {
    expect(first(route({}))).toMatchObject({
      action: { timeoutMs: 15_000, mirrors: [], hash: [] },
      forward: { clusterNotFoundStatus: 503, autoHostRewrite: false },
    });
    expect(first(forward({ retry_policy: { retry_on: '5xx' } }))).toMatchObject({
      action: { retry: { attempts: 1, backoffBaseMs: 25 } },
      forward: { hostSelectionRetryMaxAttempts: 1 },
    });
    expect(first(forward({ retry_policy: { retry_on: '5xx', num_retries: 0 } })).action).not.toHaveProperty('retry');
  });

  it('takes conditions in other words where the IR has none of its own', () => {
    const { match } = first(
      route({
        match: {
          prefix: '/',
          grpc: {},
          headers: [
            { name: ':method', string_match: { exact: 'GET' } },
            { name: 'X-A', string_match: { contains: 'b.c', ignore_case: true } },
            { name: 'x-b', present_match: false },
            { name: 'x-c', string_match: { prefix: 'c' }, invert_match: true },
          ],
        },
      }),
    );
    expect(match.method).toEqual({ kind: 'exact', value: 'GET' });
    expect(match.headers).toEqual([
      { name: 'x-a', match: { kind: 'regex', value: '(?is).*b\\.c.*' }, inverted: false },
      { name: 'x-b', match: { kind: 'present' }, inverted: true },
      { name: 'x-c', match: { kind: 'present' }, inverted: false },
      { name: 'x-c', match: { kind: 'prefix', value: 'c' }, inverted: true },
      { name: 'content-type', match: { kind: 'regex', value: 'application/grpc(?:\\+.*)?' }, inverted: false },
    ]);
  });

  it('refuses conditions that it cannot say', () => {
    const match = (fields: object) => refusals('routes', route({ match: { prefix: '/', ...fields } }));
    expect(match({ headers: [{ name: 'a', range_match: { start: 1, end: 2 } }] })).toEqual(
      at('match.headers[0].range_match'),
    );
    expect(match({ runtime_fraction: { default_value: { numerator: 1 } } })).toEqual(at('match.runtime_fraction'));
    expect(match({ tls_context: { presented: true } })).toEqual(at('match.tls_context'));
    expect(refusals('routes', route({ match: { path_separated_prefix: '/a' } }))).toEqual(
      at('match.path_separated_prefix'),
    );
    expect(refusals('routes', route({ match: { safe_regex: { regex: '(?=a)' } } }))).toEqual(
      at('match.safe_regex.regex'),
    );
  });

  it('unescapes header values and refuses commands in them', () => {
    const add = (value: string) =>
      route({
        request_headers_to_add: [{ header: { key: 'X-A', value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' }],
      });
    expect(first(add('100%% %%REQ(x)%%')).headers.request.set).toEqual([['x-a', '100% %REQ(x)%']]);
    expect(refusals('routes', add('%REQ(x)%'))).toEqual(at('request_headers_to_add[0].header.value'));
    expect(refusals('routes', route({ request_headers_to_add: [{ header: { key: 'Host', value: 'x' } }] }))).toEqual(
      at('request_headers_to_add[0].header.key'),
    );
    expect(refusals('routes', route({ request_headers_to_remove: [':path'] }))).toEqual(
      at('request_headers_to_remove'),
    );
  });

  it('leaves out empty header values that may not be kept', () => {
    const add = { header: { key: 'a' }, keep_empty_value: false };
    expect(first(route({ response_headers_to_add: [add] })).headers.response.add).toEqual([]);
    expect(
      first(route({ response_headers_to_add: [{ ...add, keep_empty_value: true }] })).headers.response.add,
    ).toEqual([['a', '']]);
  });

  it('tells a rewrite of the whole path from a substitution', () => {
    const rewrite = (regex: string, substitution: string) =>
      first(forward({ regex_rewrite: { pattern: { regex }, substitution } })).action;
    expect(rewrite('^.*$', '/a\\\\1')).toMatchObject({ rewrite: { kind: 'full', value: '/a\\1' } });
    expect(rewrite('^.*$', '/a\\0')).toMatchObject({ rewrite: { kind: 'regex' } });
    expect(rewrite('/(a)', '/\\1')).toMatchObject({ rewrite: { kind: 'regex', match: '/(a)', substitution: '/\\1' } });
    expect(refusals('routes', forward({ regex_rewrite: { pattern: { regex: 'a' }, substitution: '\\1' } }))).toEqual(
      at('route.regex_rewrite.substitution'),
    );
    expect(
      refusals(
        'routes',
        forward({ prefix_rewrite: '/', regex_rewrite: { pattern: { regex: 'a' }, substitution: '' } }),
      ),
    ).toEqual(at('route.regex_rewrite'));
  });

  it('reads weighted clusters and refuses those that weigh nothing', () => {
    const weighted = (...weights: number[]) =>
      route({ route: { weighted_clusters: { clusters: weights.map((weight, i) => ({ name: `c${i}`, weight })) } } });
    expect(first(weighted(1, 0, 3)).action).toMatchObject({
      destinations: [
        { cluster: 'c0', weight: 1 },
        { cluster: 'c2', weight: 3 },
      ],
    });
    expect(refusals('routes', weighted(0, 0))).toEqual(at('route.weighted_clusters.clusters'));
    expect(refusals('routes', weighted(4_294_967_295, 1))).toEqual(at('route.weighted_clusters.clusters'));
  });

  it('reads a cluster from a header, subsets, upgrades and time-outs', () => {
    const { action, forward: extras } = first(
      route({
        route: {
          cluster_header: 'X-Cluster',
          metadata_match: { filter_metadata: { 'envoy.lb': { version: 'v1' } } },
          idle_timeout: '2s',
          max_stream_duration: { max_stream_duration: '3s', grpc_timeout_header_max: '4s' },
          upgrade_configs: [{ upgrade_type: 'WebSocket' }, { upgrade_type: 'foo', enabled: false }],
          cluster_not_found_response_code: 'NOT_FOUND',
        },
      }),
    );
    expect(action).toMatchObject({ destinations: [{ cluster: '' }] });
    expect(extras).toMatchObject({
      clusterHeader: 'x-cluster',
      subset: { version: 'v1' },
      idleTimeoutMs: 2000,
      maxStreamDurationMs: 3000,
      grpcTimeoutHeaderMaxMs: 4000,
      clusterNotFoundStatus: 404,
    });
    expect([...(extras?.upgrades ?? [])]).toEqual([
      ['websocket', true],
      ['foo', false],
    ]);
  });

  it('refuses mirrors that would get another host, hedging and redirects inside', () => {
    expect(refusals('routes', forward({ request_mirror_policies: [{ cluster: 'm' }] }))).toEqual(
      at('route.request_mirror_policies[0].disable_shadow_host_suffix_append'),
    );
    expect(refusals('routes', forward({ hedge_policy: { hedge_on_per_try_timeout: true } }))).toEqual(
      at('route.hedge_policy'),
    );
    expect(refusals('routes', forward({ priority: 'HIGH' }))).toEqual(at('route.priority'));
    expect(refusals('routes', forward({ internal_redirect_policy: {} }))).toEqual(at('route.internal_redirect_policy'));
  });

  it('bounds the body of a direct response', () => {
    const json = (bytes: number) => {
      const response = { status: 200, body: { inline_string: 'x'.repeat(bytes) } };
      return host({ routes: [{ match: { prefix: '/' }, direct_response: response }] });
    };
    expect(first(json(4096)).action).toMatchObject({ kind: 'direct-response', status: 200 });
    expect(refusals('routes', json(4097))).toEqual(at('direct_response.body'));
    expect(refusals('routes', { ...json(4097), max_direct_response_body_size_bytes: 5000 })).toEqual([]);
  });

  it('switches filters off', () => {
    const { filters } = first(
      route({
        typed_per_filter_config: {
          off: any('config.route.v3.FilterConfig', { disabled: true }),
          cors: any('config.route.v3.FilterConfig', {
            config: any('extensions.filters.http.cors.v3.CorsPolicy', { allow_methods: 'GET' }),
          }),
        },
      }),
    );
    expect(filters.get('off')).toEqual({ kind: 'disabled' });
    expect(filters.get('cors')).toMatchObject({ kind: 'cors', config: { allowMethods: 'GET' } });
    const unknown = { x: any('extensions.filters.listener.tls_inspector.v3.TlsInspector') };
    expect(refusals('routes', route({ typed_per_filter_config: unknown }))).toEqual(at('typed_per_filter_config["x"]'));
  });
});
