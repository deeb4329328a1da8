import type { AccessLogConfig } from '@malla/proxy-config';
import { describe, expect, it } from 'vitest';
import { accept, extension, refusals } from '../../test/encode.ts';

const listener = (...access_log: object[]) => ({
  name: 'l',
  address: { socket_address: { address: '127.0.0.1', port_value: 1 } },
  filter_chains: [
    {
      filters: [
        extension('extensions.filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: 't', cluster: 'c', access_log }),
      ],
    },
  ],
});
const file = (fields: object) =>
  extension('extensions.access_loggers.file.v3.FileAccessLog', { path: '/dev/stdout', ...fields });

function logs(...access_log: object[]): readonly AccessLogConfig[] {
  const filter = accept('listener', listener(...access_log)).filterChains[0]?.filters[0];
  return filter?.kind === 'tcp-proxy' ? filter.config.accessLog : [];
}

const problems = (log: object) => refusals('listener', listener(log)).map((path) => path.split('access_log[0].')[1]);

describe('readAccessLogs', () => {
  it('reads every form of a format', () => {
    const forms = [
      file({}),
      file({ format: '%PROTOCOL%\n' }),
      file({ log_format: { text_format_source: { inline_string: 'a %DURATION% b %%' }, omit_empty_values: true } }),
      file({ log_format: { json_format: { a: '%REQUEST_HEADER(X-A?B):5%', n: { b: 1, c: true } } } }),
      file({ json_format: { a: '%RESPONSE_CODE%' } }),
      extension('extensions.access_loggers.stream.v3.StderrAccessLog'),
    ];
    expect(logs(...forms).map(({ sink }) => sink)).toMatchObject([
      {
        kind: 'file',
        path: '/dev/stdout',
        format: { kind: 'text', format: expect.stringMatching(/^\[%START_TIME%\]/) },
      },
      { format: { kind: 'text', format: '%PROTOCOL%\n' } },
      { format: { kind: 'text', omitEmpty: true } },
      { format: { kind: 'json', fields: { a: '%REQ(X-A?B):5%', n: { b: 1, c: true } } } },
      { format: { kind: 'json', textsOnly: true } },
      { kind: 'file', path: '/dev/stderr' },
    ]);
  });

  it('refuses commands that nobody knows and values that have no form', () => {
    expect(problems(file({ format: '%NO_SUCH%' }))).toEqual(['typed_config.format']);
    const broken = ['a % b', '%REQ%', '%REQ(A?B?C)%', '%PROTOCOL(x)%', '%DURATION:2%', '%METADATA(NO:a)%', '%PATH(X)%'];
    for (const format of broken) expect(problems(file({ format }))).toEqual(['typed_config.format']);
    expect(problems(file({ log_format: { json_format: { a: { b: '%X%' } } } }))).toEqual([
      'typed_config.log_format.json_format.a.b',
    ]);
    expect(problems(file({ log_format: { json_format: { a: [1] } } }))).toEqual([
      'typed_config.log_format.json_format.a',
    ]);
  });

  it('reads filters of any depth', () => {
    const value = { default_value: 500, runtime_key: 'k' };
    const filter = {
      or_filter: {
        filters: [
          { and_filter: { filters: [{ not_health_check_filter: {} }, { response_flag_filter: { flags: ['UF'] } }] } },
          { status_code_filter: { comparison: { op: 'GE', value } } },
          { log_type_filter: { types: ['TcpConnectionEnd'], exclude: true } },
          { runtime_filter: { runtime_key: 'k', percent_sampled: { numerator: 5, denominator: 'TEN_THOUSAND' } } },
        ],
      },
    };
    expect(logs({ ...file({}), filter })[0]?.filter).toEqual({
      kind: 'or',
      of: [
        { kind: 'and', of: [{ kind: 'not-health-check' }, { kind: 'response-flag', flags: ['UF'] }] },
        { kind: 'status-code', op: 'ge', value: 500 },
        { kind: 'log-type', types: ['TcpConnectionEnd'], exclude: true },
        { kind: 'random', percent: 0.05 },
      ],
    });
    expect(problems({ ...file({}), filter: { grpc_status_filter: { statuses: ['OK'] } } })).toEqual([
      'filter.grpc_status_filter',
    ]);
    expect(problems({ ...file({}), filter: { response_flag_filter: { flags: ['XX'] } } })).toEqual([
      'filter.response_flag_filter.flags[0]',
    ]);
  });

  it('reads counters, and refuses those with no value or two', () => {
    const stats = (counter: object) =>
      extension('extensions.access_loggers.stats.v3.Config', { stat_prefix: 'p', counters: [counter] });
    const stat = { name: 's', tags: [{ name: 't', value_format: '%ROUTE_NAME%' }] };
    expect(logs(stats({ stat, value_fixed: 1 }))[0]?.sink).toMatchObject({
      kind: 'stats',
      prefix: 'p',
      counters: [{ name: 's', value: 1, tags: [{ name: 't', format: '%ROUTE_NAME%' }] }],
    });
    expect(problems(stats({ stat }))).toEqual(['typed_config.counters[0]']);
    expect(problems(stats({ stat, value_fixed: 1, value_format: '%DURATION%' }))).toEqual(['typed_config.counters[0]']);
  });
});
