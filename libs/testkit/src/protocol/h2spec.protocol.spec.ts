import { createServer, type Http2Server } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { findH2spec, runH2spec } from './h2spec.ts';
import { StaticProxy } from './static-proxy.ts';

const program = await findH2spec();

/** Envoy is left out: what it claims of itself is not ours to test. */
describe.skipIf(program === undefined).each(proxyPrograms().filter(({ name }) => name === 'builtin'))(
  'h2spec on $name',
  (proxyProgram) => {
    let app: Http2Server;
    beforeAll(async () => {
      app = createServer((request, response) => {
        request.resume().on('end', () => response.end('Hello, HTTP/2'));
      });
      app.listen(0, '127.0.0.1');
      await once(app, 'listening');
    });
    afterAll(() => app?.close());

    it.each([
      ['HTTP2', []],
      // Told by its first bytes, a wrong preface is a wrong HTTP/1 request, which is answered as such.
      ['AUTO', ['Sends invalid connection preface']],
    ] as const)('passes all of it with codec %s', async (codec, otherwise) => {
      const upstream = (app.address() as AddressInfo).port;
      const manager = { codec_type: codec };
      await using proxy = await StaticProxy.start({ program: proxyProgram, upstream, upstreamHttp2: true, manager });
      const cases = await runH2spec({ program: program as string, host: '127.0.0.1', port: proxy.port });
      expect(cases.length).toBeGreaterThan(140);
      const failed = cases.filter(({ outcome }) => outcome !== 'passed');
      expect(failed.map(({ title }) => title)).toEqual(otherwise);
    });
  },
);
