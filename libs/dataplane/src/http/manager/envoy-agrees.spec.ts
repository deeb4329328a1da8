import { findEnvoy } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TwinProxies } from '../../../test/envoy/twin-proxies.ts';

const envoy = findEnvoy();
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
const hang = 'POST /hang HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na';

interface Setting {
  readonly manager: object;
  readonly cases: Readonly<Record<string, string | readonly string[]>>;
}

const settings: Readonly<Record<string, Setting>> = {
  'a request timeout': {
    manager: { request_timeout: '0.3s' },
    cases: { 'a body that does not end': hang, 'a whole request': get('/') },
  },
  'a timeout of heads': {
    manager: { request_headers_timeout: '0.3s' },
    cases: { 'a head that does not end': 'GET / HTTP/1.1\r\nhost: a\r\n', 'a whole request': get('/') },
  },
  'a stream that rests': {
    manager: { stream_idle_timeout: '0.3s' },
    cases: { 'a body that does not end': hang, 'an answer that does not come': get('/hang') },
  },
  'a stream that takes long': {
    manager: { common_http_protocol_options: { max_stream_duration: '0.3s' } },
    cases: { 'a body that does not end': hang, 'an answer that does not come': get('/hang') },
  },
  'an idle connection': {
    manager: { common_http_protocol_options: { idle_timeout: '0.3s' } },
    cases: { 'nothing at all': '', 'a request, then nothing': get('/') },
  },
  'a connection for two requests': {
    manager: { common_http_protocol_options: { max_requests_per_connection: 2 } },
    cases: { 'two requests': [get('/1'), get('/2')] },
  },
  'a connection that gets old': {
    manager: { common_http_protocol_options: { max_connection_duration: '0.2s' }, drain_timeout: '0.1s' },
    cases: { 'a request, then nothing': get('/') },
  },
};

describe.skipIf(envoy === undefined)('times and limits of connections as Envoy', () => {
  describe.each(Object.entries(settings))('%s', (_, { manager, cases }) => {
    let twins: TwinProxies;
    beforeAll(async () => {
      twins = await new TwinProxies().start(envoy as string, {
        manager: { ...manager },
        routes: [{ match: { prefix: '/' }, route: { cluster: 'up', timeout: '0s' } }],
        respond: (request) => (request.includes('/hang') ? undefined : ok),
      });
    });
    afterAll(() => twins[Symbol.asyncDispose]());

    it.each(Object.entries(cases))('%s', async (name, raw) => {
      const { envoy: theirs, ours } = await twins.send(raw, 500);
      if (process.env['SHOW'])
        process.stderr.write(`\n## ${name}\n${JSON.stringify(theirs)}\n${JSON.stringify(ours)}\n`);
      expect(ours).toEqual({ ...theirs, closed: theirs.closed || ours.closed });
    });
  });
});
