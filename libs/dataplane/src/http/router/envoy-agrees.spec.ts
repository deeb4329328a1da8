import { findEnvoy } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, TwinProxies } from '../../../test/envoy/twin-proxies.ts';

const envoy = findEnvoy();
const everything = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
const shadow = { cluster: 'shadow', runtime_fraction: everything, disable_shadow_host_suffix_append: true };
const to = (path: string, route: object, more: object = {}) => ({
  match: { prefix: path },
  route: { cluster: 'up', ...route },
  ...more,
});
const routes = [
  to('/mirror', { request_mirror_policies: [shadow] }),
  to('/cookie', { hash_policy: [{ cookie: { name: 'session', ttl: '60s', path: '/' } }] }),
  to('/auto-host', { auto_host_rewrite: true, cluster: 'named' }),
  to('/regex', { regex_rewrite: { pattern: { regex: '^/regex/(.*)$' }, substitution: '/new/\\1' } }),
  to('/whole', { path_rewrite_policy: undefined, prefix_rewrite: '/' }),
  to('/grpc', { max_stream_duration: { grpc_timeout_header_max: '10s' } }),
  to('/header', { cluster: undefined, cluster_header: 'x-cluster' }),
  to('/weights', {
    cluster: undefined,
    weighted_clusters: {
      clusters: [
        {
          name: 'up',
          weight: 1,
          request_headers_to_add: [{ header: { key: 'x-weight', value: '1' } }],
          response_headers_to_add: [{ header: { key: 'x-from', value: 'weight' } }],
        },
      ],
    },
  }),
  to('/timeouts', { timeout: '7s', retry_policy: { retry_on: '5xx', num_retries: 1, per_try_timeout: '3s' } }),
  to('/reset', { retry_policy: { retry_on: 'reset-before-request', num_retries: 1 } }),
  to('/codes', { retry_policy: { retry_on: 'retriable-status-codes', num_retries: 1, retriable_status_codes: [418] } }),
  to('/headers', {
    retry_policy: {
      retry_on: 'retriable-headers',
      num_retries: 1,
      retriable_headers: [{ name: 'x-again', present_match: true }],
    },
  }),
];

const get = (path: string, ...fields: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'host: a.com', ...fields, '', ''].join('\r\n');
const cases: Readonly<Record<string, string>> = {
  'a mirrored request': get('/mirror?x', 'x-a: 1', 'x-forwarded-for: 1.1.1.1'),
  'a mirrored body': 'POST /mirror HTTP/1.1\r\nhost: a.com:80\r\ncontent-length: 3\r\n\r\nabc',
  'a hash cookie that is there': get('/cookie', 'cookie: session=x'),
  'the host of the endpoint': get('/auto-host'),
  'a rewrite by expression': get('/regex/a?b'),
  'a rewrite of a prefix to the root': get('/whole'),
  'a gRPC deadline': get('/grpc', 'content-type: application/grpc', 'grpc-timeout: 5S'),
  'a gRPC deadline above the bound': get('/grpc', 'content-type: application/grpc', 'grpc-timeout: 60S'),
  'a gRPC deadline that is over': get('/grpc-hang', 'content-type: application/grpc', 'grpc-timeout: 200m'),
  'a gRPC request without a deadline': get('/grpc', 'content-type: application/grpc'),
  'a cluster by header': get('/header', 'x-cluster: up'),
  'no cluster by header': get('/header'),
  'edits of a weighted cluster': get('/weights'),
  'a try timeout below the timeout': get('/timeouts'),
  'a reset, not retried once it was sent': get('/reset-now'),
  'a status that is retried': get('/codes-418'),
  'a field that is retried': get('/headers-again'),
};

describe.skipIf(envoy === undefined)('routes as Envoy', () => {
  let twins: TwinProxies;
  beforeAll(async () => {
    const named = cluster('named', [], { type: 'STRICT_DNS' });
    twins = await new TwinProxies().start(envoy as string, {
      routes: JSON.parse(JSON.stringify(routes)) as object[] as never,
      virtualHost: { include_attempt_count_in_response: true },
      clusters: [
        cluster('shadow', ['UPSTREAM_PORT']),
        {
          ...named,
          load_assignment: {
            cluster_name: 'named',
            endpoints: [
              {
                lb_endpoints: [
                  {
                    endpoint: {
                      address: { socket_address: { address: 'localhost', port_value: 'UPSTREAM_PORT' } },
                      hostname: 'the.endpoint',
                    },
                  },
                ],
              },
            ],
          },
          dns_lookup_family: 'V4_ONLY',
        },
      ],
      respond: (request) => {
        const head = request.indexOf('\r\n\r\n');
        if (head < 0 || (/content-length: 3/.test(request) && !request.endsWith('abc'))) return undefined;
        // Only the request line: a random x-request-id may contain `-418`.
        const line = request.slice(0, request.indexOf('\r\n'));
        if (line.includes('-hang')) return undefined;
        if (line.includes('-now')) return 'CLOSE';
        if (line.includes('-418')) return 'HTTP/1.1 418 Teapot\r\ncontent-length: 0\r\n\r\n';
        if (line.includes('-again ')) return 'HTTP/1.1 200 OK\r\nx-again: 1\r\ncontent-length: 0\r\n\r\n';
        return 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
      },
    });
  });
  afterAll(() => twins[Symbol.asyncDispose]());

  it.each(Object.entries(cases))('%s', async (_, raw) => {
    const { envoy: theirs, ours } = await twins.send(raw, 200);
    const sorted = ({ upstream, client }: typeof theirs) => ({ client, upstream: upstream.toSorted() });
    expect(sorted(ours)).toEqual(sorted(theirs));
  });
});
