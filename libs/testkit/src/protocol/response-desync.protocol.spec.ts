import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { sendRaw } from './raw-client.ts';
import { StaticProxy } from './static-proxy.ts';

const response = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const stolen = response('stolen');

/** Answers that tempt a proxy to give somebody else the rest of them, by the path that asks for each. */
const answers: Readonly<Record<string, string>> = {
  '/twice': response('first') + stolen,
  '/head': `HTTP/1.1 200 OK\r\nContent-Length: ${stolen.length}\r\n\r\n${stolen}`,
  '/204': `HTTP/1.1 204 No Content\r\nContent-Length: ${stolen.length}\r\n\r\n${stolen}`,
  '/304': `HTTP/1.1 304 Not Modified\r\nContent-Length: ${stolen.length}\r\n\r\n${stolen}`,
  '/length': `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${stolen}`,
  '/lengths': `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 50\r\n\r\nok${stolen}`,
  '/chunked': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n${stolen}`,
  '/both': `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${stolen}`,
};

/**
 * S4, the answers' side. The application ignores the length of requests (CL.0): it answers each head that it sees, also one inside a body. Clients of
 * the same proxy share its connections, and none may get what another one asked for.
 */
describe.each(proxyPrograms())('answers that come apart, through $name', (program) => {
  let app: Server;
  const sockets = new Set<Socket>();
  let proxy: StaticProxy;
  beforeAll(async () => {
    app = createServer((socket) => {
      sockets.add(socket);
      let text = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const path = /(?:GET|POST|HEAD|OPTIONS|DELETE) (\S+) HTTP/.exec(text.slice(0, end))?.[1] ?? '';
          text = text.slice(end + 4);
          socket.write(answers[path] ?? response(`own ${path}`));
        }
      });
    });
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    proxy = await StaticProxy.start({ program, upstream: (app.address() as AddressInfo).port });
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    for (const socket of sockets) socket.destroy();
    app?.close();
  });

  async function answerOfSomebodyElse(path: string): Promise<string> {
    const bytes = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    return (await sendRaw(proxy.port, [bytes], { quietMs: 10_000 })).text;
  }

  const hidden = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  const withBody = (method: string): string =>
    `${method} /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`;

  it.each([
    ['a second answer', 'GET /twice HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a body behind the answer to HEAD', 'HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a body behind 204', 'GET /204 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a body behind 304', 'GET /304 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['more than the length says', 'GET /length HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['two lengths', 'GET /lengths HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['more than the last chunk', 'GET /chunked HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['chunks beside a length', 'GET /both HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['CL.0 by POST', withBody('POST')],
    ['CL.0 by GET', withBody('GET')],
    ['CL.0 by HEAD', withBody('HEAD')],
    ['CL.0 by OPTIONS', withBody('OPTIONS')],
    ['CL.0 by DELETE', withBody('DELETE')],
  ])('%s', async (_, bytes) => {
    for (let round = 0; round < 5; round++) {
      const mine = await sendRaw(proxy.port, [bytes], { quietMs: 150 });
      expect(mine.statuses.length).toBeLessThanOrEqual(1);
      expect(mine.text).not.toContain('/smuggled');
      expect(await answerOfSomebodyElse('/b')).toMatch(/own \/b$/);
    }
  });

  it('an answer before the request is whole', async () => {
    const head = `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n`;
    for (let round = 0; round < 5; round++) {
      const mine = sendRaw(proxy.port, [head, hidden], { pauseMs: 100, quietMs: 150 });
      await sleep(50);
      expect(await answerOfSomebodyElse('/b')).toMatch(/own \/b$/);
      expect((await mine).text).not.toContain('/smuggled');
      expect(await answerOfSomebodyElse('/c')).toMatch(/own \/c$/);
    }
  });
});
