import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runLoad } from './run-load.ts';

describe('steady load', () => {
  it('calls every address with its headers, and tells what failed', async () => {
    const seen = new Set<string>();
    const server = http.createServer((request, response) => {
      seen.add(`${request.url} ${request.headers['end-user']}`);
      response.writeHead(request.url === '/broken' ? 503 : 403).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lines: string[] = [];
    const load = runLoad({
      urls: [`${base}/denied`, `${base}/broken`],
      perSecond: 100,
      headers: { 'end-user': 'jason' },
      report: (line) => lines.push(line),
      reportEveryMs: 20,
    });
    await expect.poll(() => lines.some((line) => line.includes('status 503'))).toBe(true);
    await load.stop();
    server.close();
    expect([...seen].sort()).toEqual(['/broken jason', '/denied jason']);
    expect(lines.join()).not.toContain('403');
  });
});
