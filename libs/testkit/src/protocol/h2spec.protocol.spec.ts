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
    let proxy: StaticProxy;
    beforeAll(async () => {
      app = createServer((request, response) => {
        request.resume().on('end', () => response.end('Hello, HTTP/2'));
      });
      app.listen(0, '127.0.0.1');
      await once(app, 'listening');
      const upstream = (app.address() as AddressInfo).port;
      // Told by its first bytes, a wrong preface would be a wrong HTTP/1 request.
      const manager = { codec_type: 'HTTP2' };
      proxy = await StaticProxy.start({ program: proxyProgram, upstream, upstreamHttp2: true, manager });
    });
    afterAll(async () => {
      await proxy?.[Symbol.asyncDispose]();
      app?.close();
    });

    it('passes all of it', async () => {
      const cases = await runH2spec({ program: program as string, host: '127.0.0.1', port: proxy.port });
      expect(cases.length).toBeGreaterThan(140);
      expect(cases.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    });
  },
);
