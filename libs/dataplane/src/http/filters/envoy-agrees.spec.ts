import { findEnvoy } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TwinProxies } from '../../../test/envoy/twin-proxies.ts';

const envoy = findEnvoy();
const http = 'type.googleapis.com/envoy.extensions.filters.http';
const filter = (name: string, type: string, config: object = {}) => ({
  name,
  typed_config: { '@type': `${http}.${type}`, ...config },
});
const filters = [
  filter('cors', 'cors.v3.Cors'),
  filter('fault', 'fault.v3.HTTPFault'),
  filter('rbac', 'rbac.v3.RBAC'),
  filter('limit', 'local_ratelimit.v3.LocalRateLimit', { stat_prefix: 'limit' }),
];
const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
const forwards = (path: string, name: string, config: object) => ({
  match: { prefix: path },
  route: { cluster: 'up' },
  typed_per_filter_config: { [name]: config },
});
const origins = { allow_origin_string_match: [{ exact: 'http://a.com' }, { suffix: '.b.com' }] };
const routes = [
  forwards('/abort', 'fault', {
    '@type': `${http}.fault.v3.HTTPFault`,
    abort: { http_status: 418, percentage: { numerator: 100, denominator: 'HUNDRED' } },
  }),
  forwards('/grpc-abort', 'fault', {
    '@type': `${http}.fault.v3.HTTPFault`,
    abort: { grpc_status: 8, percentage: { numerator: 100, denominator: 'HUNDRED' } },
  }),
  forwards('/delay', 'fault', {
    '@type': `${http}.fault.v3.HTTPFault`,
    delay: { fixed_delay: '0.2s', percentage: { numerator: 100, denominator: 'HUNDRED' } },
    headers: [{ name: 'x-delay', present_match: true }],
  }),
  forwards('/denied', 'rbac', {
    '@type': `${http}.rbac.v3.RBACPerRoute`,
    rbac: {
      rules: {
        action: 'ALLOW',
        policies: {
          'only get': {
            permissions: [{ header: { name: ':method', string_match: { exact: 'GET' } } }],
            principals: [{ any: true }],
          },
        },
      },
    },
  }),
  forwards('/cors', 'cors', {
    '@type': `${http}.cors.v3.CorsPolicy`,
    ...origins,
    allow_methods: 'GET, PUT',
    allow_headers: 'x-a',
    expose_headers: 'x-b',
    max_age: '100',
    allow_credentials: true,
  }),
  forwards('/strict-cors', 'cors', {
    '@type': `${http}.cors.v3.CorsPolicy`,
    ...origins,
    forward_not_matching_preflights: false,
  }),
  forwards('/limited', 'limit', {
    '@type': `${http}.local_ratelimit.v3.LocalRateLimit`,
    stat_prefix: 'limit',
    token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: '3600s' },
    filter_enabled: always,
    filter_enforced: always,
    response_headers_to_add: [{ header: { key: 'x-limited', value: 'yes' } }],
  }),
  { match: { prefix: '/' }, route: { cluster: 'up' } },
];

const send = (method: string, path: string, ...fields: string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'host: a.com', ...fields, '', ''].join('\r\n');
const cases: Readonly<Record<string, string>> = {
  'a plain request': send('GET', '/'),
  'an abort': send('GET', '/abort'),
  'an abort of gRPC': send('POST', '/abort', 'content-type: application/grpc'),
  'a gRPC abort': send('POST', '/grpc-abort', 'content-type: application/grpc'),
  'a gRPC abort of HTTP': send('GET', '/grpc-abort'),
  'a delay': send('GET', '/delay', 'x-delay: 1'),
  'no delay': send('GET', '/delay'),
  allowed: send('GET', '/denied'),
  denied: send('DELETE', '/denied'),
  'denied, gRPC': send('POST', '/denied', 'content-type: application/grpc'),
  'a cross-origin request': send('GET', '/cors', 'origin: http://a.com'),
  'a cross-origin request from elsewhere': send('GET', '/cors', 'origin: http://c.com'),
  'a cross-origin request from a subdomain': send('GET', '/strict-cors', 'origin: http://x.b.com'),
  'a preflight': send('OPTIONS', '/cors', 'origin: http://a.com', 'access-control-request-method: PUT'),
  'a preflight from elsewhere': send('OPTIONS', '/cors', 'origin: http://c.com', 'access-control-request-method: PUT'),
  'a preflight from elsewhere, not forwarded': send(
    'OPTIONS',
    '/strict-cors',
    'origin: http://c.com',
    'access-control-request-method: PUT',
  ),
  'OPTIONS that is no preflight': send('OPTIONS', '/cors', 'origin: http://a.com'),
  'within the limit': send('GET', '/limited'),
  'above the limit': send('GET', '/limited'),
  'above the limit, gRPC': send('GET', '/limited', 'content-type: application/grpc'),
};

const log = [
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %BYTES_RECEIVED% %BYTES_SENT%',
  '%UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %GRPC_STATUS% %GRPC_STATUS_NUMBER% %RESPONSE_FLAGS_LONG%',
  '%REQ(X-NONE?:AUTHORITY)% %RESP(CONTENT-TYPE):4% %ROUTE_NAME% %UPSTREAM_TRANSPORT_FAILURE_REASON% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%\n',
].join(' ');

describe.skipIf(envoy === undefined)('filters answer as Envoy', () => {
  let twins: TwinProxies;
  beforeAll(async () => {
    twins = await new TwinProxies().start(envoy as string, {
      manager: {
        access_log: [
          {
            name: 'file',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
              path: 'LOG',
              log_format: { text_format_source: { inline_string: log } },
            },
          },
        ],
      },
      filters,
      routes,
      respond: (request) =>
        request.includes('\r\n\r\n') ? 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi' : undefined,
    });
  });
  afterAll(() => twins[Symbol.asyncDispose]());

  it.each(Object.entries(cases))('%s', async (_, raw) => {
    const { envoy: theirs, ours } = await twins.send(raw);
    expect(ours).toEqual({ ...theirs, closed: theirs.closed || ours.closed });
  });

  it('tells the same in access logs', async () => {
    const { envoy: theirs, ours } = await twins.logs();
    expect(theirs).not.toBe('');
    expect(ours.split('\n')).toEqual(theirs.split('\n'));
  });
});
