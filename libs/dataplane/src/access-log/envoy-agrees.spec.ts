import { istioJsonFields, istioLogLine, logCommands } from '@malla/ir';
import { findEnvoy } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TwinProxies } from '../../test/envoy/twin-proxies.ts';

const envoy = findEnvoy();
const file = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog';

const commands = {
  zeta: '%RESPONSE_CODE%',
  alpha: '%PROTOCOL%',
  mixed: 'code %RESPONSE_CODE% of %REQ(:PATH)%',
  missing: '%REQ(X-NONE)%',
  'missing in text': 'x%REQ(X-NONE)%x',
  other: '%REQ(X-NONE?X-A)%',
  cut: '%REQ(:METHOD):2%',
  percent: '100%%',
  nested: { b: '%BYTES_SENT%', a: '%BYTES_RECEIVED%' },
  number: 5,
  yes: true,
  flags: '%RESPONSE_FLAGS%',
  long: '%RESPONSE_FLAGS_LONG%',
  details: '%RESPONSE_CODE_DETAILS%',
  cluster: '%UPSTREAM_CLUSTER% %UPSTREAM_CLUSTER_RAW%',
  host: '%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS%',
  'remote port': '%UPSTREAM_REMOTE_PORT%',
  local: '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%',
  remote: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
  route: '%ROUTE_NAME%',
  metadata: '%CLUSTER_METADATA(shop:name)%',
  'whole metadata': '%CLUSTER_METADATA(shop)%',
  'no metadata': '%CLUSTER_METADATA(shop:none)% %UPSTREAM_METADATA(shop:none)%',
  type: '%ACCESS_LOG_TYPE%',
  response: '%RESP(X-UP)% %RESP(CONTENT-LENGTH)%',
  trailer: '%TRAILER(X)%',
  grpc: '%GRPC_STATUS% %GRPC_STATUS(NUMBER)% %GRPC_STATUS(SNAKE_STRING)%',
  failure: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  tls: '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_PEER_URI_SAN% %UPSTREAM_PEER_SUBJECT% %REQUESTED_SERVER_NAME%',
  attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  year: '%START_TIME(%Y-%m)%',
  termination: '%CONNECTION_TERMINATION_DETAILS%',
  path: '%PATH(NQ)% %PATH(WQ:ORIG)%',
  trace: '%TRACE_ID% %SPAN_ID%',
};
const logger = (format: object, filter?: object) => ({
  name: 'file',
  ...(filter && { filter }),
  typed_config: { '@type': file, path: 'LOG', log_format: format },
});
/** Times, ids and ports that the system chose differ from run to run. */
const withoutChance = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replaceAll(/("(?:duration|upstream_service_time)":"?)\d+/g, '$1<ms>')
    .replaceAll(/(?<=^\[<time>\] "[^"]*" \d+ \S+ \S+ \S+ "[^"]*" \d+ \d+ )\d+ (?:\d+|(-))/gm, '<ms> $1');

/** A bare port differs from run to run. */
const { 'remote port': _port, ...texts } = commands;
const text = (prefix: string) => ({
  text_format_source: {
    inline_string: `${prefix} ${JSON.stringify(Object.values(texts).filter((value) => typeof value === 'string'))}\n`,
  },
});
const line = (prefix: string) => ({ text_format_source: { inline_string: `${prefix} %REQ(:PATH)%\n` } });

const requests: readonly string[] = [
  'GET /up?a HTTP/1.1\r\nhost: a\r\nx-a: 1\r\n\r\n',
  'POST /up HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc',
  'GET /dead HTTP/1.1\r\nhost: a\r\n\r\n',
  'GET /dead HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc\r\n\r\n',
  'GET /none HTTP/1.1\r\nhost: a\r\n\r\n',
  'GET /rewritten?q HTTP/1.1\r\nhost: a\r\n\r\n',
];

describe.skipIf(envoy === undefined)('access logs as Envoy writes them', () => {
  let twins: TwinProxies;
  beforeAll(async () => {
    twins = await new TwinProxies().start(envoy as string, {
      manager: {
        access_log: [
          logger({ json_format: commands }),
          logger({ text_format_source: { inline_string: `${istioLogLine}\n` } }),
          logger({ json_format: istioJsonFields }),
          logger({ json_format: commands, omit_empty_values: true }),
          logger(text('text')),
          logger(line('5xx'), {
            status_code_filter: { comparison: { op: 'GE', value: { default_value: 500, runtime_key: 'x' } } },
          }),
          // Proxies must know all commands that formats may have; what they say differs from run to run.
          logger(
            { text_format_source: { inline_string: logCommands.join(' ') } },
            { status_code_filter: { comparison: { op: 'GE', value: { default_value: 999, runtime_key: 'x' } } } },
          ),
          logger(line('flag'), { response_flag_filter: { flags: ['UF', 'NR'] } }),
          logger(line('header'), { header_filter: { header: { name: 'x-a', present_match: true } } }),
          logger(line('both'), {
            and_filter: {
              filters: [
                { header_filter: { header: { name: ':method', string_match: { exact: 'POST' } } } },
                { status_code_filter: { comparison: { op: 'EQ', value: { default_value: 200, runtime_key: 'x' } } } },
              ],
            },
          }),
        ],
      },
      routes: [
        { name: 'dead', match: { prefix: '/dead' }, route: { cluster: 'dead' } },
        { name: 'up', match: { prefix: '/up' }, route: { cluster: 'up' } },
        { match: { prefix: '/rewritten' }, route: { cluster: 'up', prefix_rewrite: '/other' } },
      ],
      cluster: { metadata: { filter_metadata: { shop: { name: 'reviews', list: [1] } } } },
      respond: (request) =>
        request.includes('\r\n\r\n') ? 'HTTP/1.1 200 OK\r\nx-up: 1\r\ncontent-length: 2\r\n\r\nhi' : undefined,
    });
  });
  afterAll(() => twins[Symbol.asyncDispose]());

  it('tells the same, line by line', async () => {
    for (const request of requests) await twins.send(request);
    const { envoy: theirs, ours } = await twins.logs();
    if (process.env['SHOW']) process.stderr.write(`${theirs}\n##\n${ours}\n`);
    expect(withoutChance(ours).split('\n')).toEqual(withoutChance(theirs).split('\n'));
  });
});
