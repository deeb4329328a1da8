import { createServer, type Http2Server } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { findH2spec, runH2spec } from './h2spec.ts';
import { StaticProxy } from './static-proxy.ts';

const program = await findH2spec();

/** Cases that a proxy may fail, with the reason. Envoy is judged by its own tests, not by ours: only what we claim of ourselves is checked. */
const excused: Readonly<Record<string, string>> = {};

describe.skipIf(program === undefined).each(proxyPrograms().filter(({ name }) => name === 'builtin'))(
  'h2spec on $name',
  (proxyProgram) => {
    let app: Http2Server;
    let proxy: StaticProxy;
    beforeAll(async () => {
      app = createServer((request, response) => {
        request.resume().on('end', () => response.end('ok'));
      });
      app.listen(0, '127.0.0.1');
      await once(app, 'listening');
      const upstream = (app.address() as AddressInfo).port;
      proxy = await StaticProxy.start({ program: proxyProgram, upstream, upstreamHttp2: true });
    });
    afterAll(async () => {
      await proxy?.[Symbol.asyncDispose]();
      app?.close();
    });

    it('passes all of it', async () => {
      const cases = await runH2spec({ program: program as string, host: '127.0.0.1', port: proxy.port });
      expect(cases.length).toBeGreaterThan(140);
      const failed = cases.filter(
        ({ section, title, outcome }) => outcome === 'failed' && !(`${section} ${title}` in excused),
      );
      expect(failed).toEqual([]);
    });
  },
);
