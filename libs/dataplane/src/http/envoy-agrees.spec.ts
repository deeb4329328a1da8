import { findEnvoy } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TwinProxies } from '../../test/envoy/twin-proxies.ts';

const envoy = findEnvoy();

const routes = [
  { match: { prefix: '/dead' }, route: { cluster: 'dead' } },
  {
    match: { prefix: '/retry' },
    route: { cluster: 'dead', retry_policy: { retry_on: 'connect-failure', num_retries: 2 } },
  },
  { match: { prefix: '/none' }, route: { cluster: 'empty' } },
  { match: { prefix: '/missing' }, route: { cluster: 'missing' } },
  { match: { prefix: '/direct' }, direct_response: { status: 200, body: { inline_string: 'hello' } } },
  { match: { prefix: '/moved' }, redirect: { host_redirect: 'x.com' } },
  { match: { prefix: '/secure' }, redirect: { https_redirect: true } },
  { match: { prefix: '/slow' }, route: { cluster: 'up', timeout: '0.2s' } },
  {
    match: { prefix: '/per-try' },
    route: { cluster: 'up', timeout: '1s', retry_policy: { retry_on: '5xx', num_retries: 1, per_try_timeout: '0.1s' } },
  },
  { match: { prefix: '/never' }, route: { cluster: 'up', timeout: '0s' } },
  {
    match: { prefix: '/again' },
    route: {
      cluster: 'up',
      retry_policy: { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } },
    },
  },
  {
    match: { prefix: '/edit' },
    route: { cluster: 'up', prefix_rewrite: '/rewritten', host_rewrite_literal: 'other.com' },
    request_headers_to_add: [
      { header: { key: 'x-a', value: '1' } },
      { header: { key: 'x-b', value: '2' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
    ],
    request_headers_to_remove: ['x-gone'],
    response_headers_to_add: [{ header: { key: 'x-c', value: '3' } }],
    response_headers_to_remove: ['x-up'],
  },
  { match: { prefix: '/' }, route: { cluster: 'up' } },
];

/** The upstream's answer by what the path asks for. */
function respond(request: string): string | undefined {
  const head = request.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = Number(/content-length: (\d+)/.exec(request)?.[1] ?? 0);
  if (request.length < head + 4 + length) return undefined;
  if (/transfer-encoding: chunked/.test(request) && !request.endsWith('0\r\n\r\n')) return undefined;
  const path = /^\S+ (\S+)/.exec(request)?.[1] ?? '';
  if (path.includes('hang')) return undefined;
  if (path.includes('reset')) return 'CLOSE';
  if (path.includes('partial')) return 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabcCLOSE';
  if (path.includes('garbage')) return 'hello\r\n\r\n';
  if (path.includes('chunked')) return 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n';
  if (path.includes('until-close')) return 'HTTP/1.1 200 OK\r\nx-up: 1\r\n\r\nhiCLOSE';
  if (path.includes('s503')) return 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nbusy';
  if (path.includes('s204')) return 'HTTP/1.1 204 No Content\r\n\r\n';
  if (path.includes('s304')) return 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\netag: a\r\n\r\n';
  if (path.includes('early'))
    return 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
  if (path.includes('dated'))
    return 'HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\nserver: mine\r\ncontent-length: 0\r\n\r\n';
  if (path.includes('close-header')) return 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi';
  if (path.includes('switch'))
    return 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nfrom-server';
  if (/^HEAD/.test(request)) return 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n';
  return 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-up: 1\r\n\r\nhi';
}

const get = (path: string, ...fields: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'host: a.com', ...fields, '', ''].join('\r\n');
const post = (path: string, body: string, ...fields: string[]): string =>
  [`POST ${path} HTTP/1.1`, 'host: a.com', `content-length: ${body.length}`, ...fields, '', body].join('\r\n');
const upgrade = ['connection: upgrade', 'upgrade: websocket'];
const allEnvoyFields = [
  'retry-on: 5xx',
  'retry-grpc-on: cancelled',
  'max-retries: 1',
  'upstream-alt-stat-name: a',
  'upstream-rq-timeout-ms: 1000',
  'upstream-rq-per-try-timeout-ms: 100',
  'upstream-rq-timeout-alt-response: 1',
  'expected-rq-timeout-ms: 1',
  'force-trace: 1',
  'ip-tags: 1',
  'original-url: /a',
  'hedge-on-per-try-timeout: true',
  'retriable-status-codes: 500',
  'retriable-header-names: a',
  'original-path: /b',
  'original-host: b',
  'decorator-operation: a',
  'downstream-service-cluster: a',
  'downstream-service-node: b',
  'internal: true',
  'external-address: 1.1.1.1',
  'attempt-count: 3',
  'is-timeout-retry: true',
  'peer-metadata: x',
  'unknown: 1',
].map((field) => `x-envoy-${field}`);

const cases: Readonly<Record<string, string | readonly string[]>> = {
  'a plain GET': get('/up?a=b', 'X-A: b'),
  'a POST': post('/up', 'abc'),
  'a chunked POST': 'POST /up HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'a slow POST': ['POST /up HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nabc', 'def'],
  HEAD: 'HEAD /up HTTP/1.1\r\nhost: a\r\n\r\n',
  'two requests on one connection': [get('/up?1'), get('/up?2')],
  'pipelined requests': get('/up?1') + get('/up?2'),
  'connection: close': get('/up', 'connection: close'),
  'hop-by-hop fields': get(
    '/up',
    'connection: x-hop',
    'x-hop: 1',
    'te: trailers',
    'keep-alive: 5',
    'proxy-connection: keep-alive',
  ),
  'te with trailers and more': get('/up', 'te: gzip, trailers;q=0.5, Trailers, trailers'),
  'te without trailers': get('/up', 'te: gzip, deflate'),
  'te in capitals': get('/up', 'te: Trailers'),
  'te with a weight': get('/up', 'te: trailers;q=0.5'),
  'te twice': get('/up', 'te: gzip', 'te: trailers'),
  'te in connection': get('/up', 'connection: te', 'te: gzip, trailers'),
  'te without trailers in connection': get('/up', 'connection: te, close', 'te: gzip'),
  'a refused connection': get('/dead'),
  'a refused connection, gRPC': post('/dead', 'abc', 'content-type: application/grpc'),
  'a refused connection, HEAD': 'HEAD /dead HTTP/1.1\r\nhost: a\r\n\r\n',
  'a refused connection and an unfinished body': 'POST /dead HTTP/1.1\r\nhost: a\r\ncontent-length: 30\r\n\r\nabc',
  'retries that do not help': get('/retry'),
  'no host': get('/none'),
  'no host, gRPC': get('/none', 'content-type: application/grpc+proto'),
  'no cluster': get('/missing'),
  'no cluster, gRPC': get('/missing', 'content-type: application/grpc'),
  'a direct response': get('/direct'),
  'a direct response, HEAD': 'HEAD /direct HTTP/1.1\r\nhost: a\r\n\r\n',
  'a direct response to a body': post('/direct', 'abc'),
  'a redirect of the host': get('/moved?q'),
  'a redirect to https': get('/secure?q'),
  'a route timeout': get('/slow-hang'),
  'a route timeout, gRPC': get('/slow-hang', 'content-type: application/grpc'),
  'a try timeout': get('/per-try-hang'),
  'no timeout': get('/never'),
  'retries of an answer': get('/again-s503'),
  'retries of a reset': get('/again-reset'),
  'a retried POST': post('/again-s503', 'abc'),
  edits: get('/edit/x?q', 'x-a: 0', 'x-b: 0', 'x-gone: 1'),
  'an upstream that closes': get('/reset'),
  'an upstream that closes in its body': get('/partial'),
  'an upstream that talks nonsense': get('/garbage'),
  'a chunked response': get('/chunked'),
  'a chunked response to HTTP/1.0': 'GET /chunked HTTP/1.0\r\nhost: a\r\n\r\n',
  'a response until the end': get('/until-close'),
  '204': get('/s204'),
  '304': get('/s304'),
  '503': get('/s503'),
  'early hints': get('/early'),
  'a date and a server of its own': get('/dated'),
  'an upstream that wants to close': get('/close-header'),
  'an upgrade': [get('/switch', ...upgrade), 'from-client'],
  'an upgrade in capitals': [get('/switch', 'Connection: Upgrade', 'Upgrade: WebSocket'), 'from-client'],
  'an upgrade to one of several': get('/switch', 'connection: upgrade', 'upgrade: h2c, WebSocket'),
  'an upgrade that is refused': get('/up', ...upgrade),
  'an upgrade that is answered by 503': get('/s503', ...upgrade),
  'an upgrade to something else': get('/up', 'connection: upgrade', 'upgrade: other'),
  'an upgrade of a direct response': get('/direct', ...upgrade),
  CONNECT: 'CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n',
  'no Host': 'GET /up HTTP/1.1\r\n\r\n',
  'HTTP/1.0': 'GET /up HTTP/1.0\r\nhost: a\r\n\r\n',
  'HTTP/1.0 with keep-alive': 'GET /up HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n',
  'HTTP/1.0 without Host': 'GET /up HTTP/1.0\r\n\r\n',
  expect: post('/up', 'abc', 'expect: 100-continue'),
  'OPTIONS *': 'OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n',
  'an absolute target': 'GET http://b.com/up?q HTTP/1.1\r\nhost: a\r\n\r\n',
  'an absolute https target': 'GET https://b.com/up HTTP/1.1\r\nhost: a\r\n\r\n',
  'dot segments': get('/x/../up/./y'),
  'double slashes': get('//up//y'),
  'escaped slashes': get('/up%2fa%5cb'),
  'a fragment': get('/up#x'),
  'an escaped NUL': get('/up%00'),
  escapes: get('/%75p%7e%41%2e'),
  'a backslash': get('/up\\x'),
  'x-forwarded-for': get('/up', 'x-forwarded-for: 1.2.3.4, 10.0.0.1'),
  'two x-forwarded-for': get('/up', 'x-forwarded-for: 1.2.3.4', 'x-forwarded-for: 5.6.7.8'),
  'x-forwarded-proto https': get('/up', 'x-forwarded-proto: https'),
  'x-forwarded-proto https, redirected': get('/moved', 'x-forwarded-proto: https'),
  'x-forwarded-proto of another kind': get('/up', 'x-forwarded-proto: ftp'),
  'a request id': get('/up', 'x-request-id: my-own'),
  'fields of Envoy': get('/up', ...allEnvoyFields),
  'a client certificate of its own': get('/up', 'x-forwarded-client-cert: By=me'),
  'trace fields': get('/up', 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'b3: 0'),
  'repeated fields': get('/up', 'x-a: 1', 'x-a: 2', 'cookie: a=1', 'cookie: b=2'),
  'a host with a port': 'GET /up HTTP/1.1\r\nhost: a.com:8080\r\n\r\n',
  'host in capitals': 'GET /up HTTP/1.1\r\nHost: A.Com\r\n\r\n',
  'a bad request line': 'GET\r\n\r\n',
  'a bad field': 'GET / HTTP/1.1\r\nhost: a\r\nbad field\r\n\r\n',
  'both lengths': 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'many fields': get('/up', ...Array.from({ length: 101 }, (_, i) => `x-${i}: 1`)),
  'a large field': get('/up', `x-large: ${'a'.repeat(61 * 1024)}`),
};

const log = [
  '%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%',
  '%BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %GRPC_STATUS%',
  '%UPSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS% %REQ(:AUTHORITY)%\n',
].join(' ');
const accessLog = [
  {
    name: 'file',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path: 'LOG',
      log_format: { text_format_source: { inline_string: log } },
    },
  },
];

/**
 * Lines in one order, without what we tell differently: an upgraded connection whose client ends its half is a disconnect to Envoy; of a request that
 * the codec refuses, Envoy sometimes knows method, path and host.
 */
function comparable(lines: string): string[] {
  return lines
    .split('\n')
    .filter((line) => !line.includes('/switch'))
    .map((line) =>
      / DPE | missing_host_header /.test(line) ? line.replace(/^\S+ \S+/, '- -').replace(/\S+$/, '-') : line,
    )
    .sort();
}

const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'a sidecar': {
    use_remote_address: false,
    normalize_path: true,
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    http_protocol_options: { accept_http_10: true },
  },
  'an edge': {
    use_remote_address: true,
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT',
    server_header_transformation: 'PASS_THROUGH',
    via: 'edge',
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    always_set_request_id_in_response: true,
    strip_any_host_port: true,
  },
};

describe.skipIf(envoy === undefined)('the same bytes as Envoy', () => {
  describe.each(Object.entries(settings))('%s', (_, manager) => {
    let twins: TwinProxies;
    beforeAll(async () => {
      twins = await new TwinProxies().start(envoy as string, {
        manager: { ...manager, access_log: accessLog },
        routes,
        respond,
        virtualHost: { include_request_attempt_count: true },
      });
    });
    afterAll(() => twins[Symbol.asyncDispose]());

    it.each(Object.entries(cases))('%s', async (name, raw) => {
      const wait = /timeout|retr/.test(name) ? 500 : 100;
      const { envoy: theirs, ours } = await twins.send(raw, wait);
      if (process.env['SHOW'])
        process.stderr.write(`\n## ${name}\n${JSON.stringify(theirs)}\n${JSON.stringify(ours)}\n`);
      // Envoy ends some connections a second later.
      expect(ours).toEqual({ ...theirs, closed: theirs.closed || ours.closed });
    });

    it('tells the same in access logs', async () => {
      const { envoy: theirs, ours } = await twins.logs();
      if (process.env['SHOW']) process.stderr.write(`\n## logs\n${theirs}\n##\n${ours}\n`);
      expect(comparable(ours)).toEqual(comparable(theirs));
    });
  });
});
