import { findH2spec, runH2spec } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoBody, startHttp2Server, type Http2TestServer } from '../../test/http2-server.ts';

const program = await findH2spec();

describe.skipIf(program === undefined)('h2spec on our codec', () => {
  let server: Http2TestServer;
  beforeAll(async () => {
    server = await startHttp2Server(echoBody);
  });
  afterAll(() => server?.close());

  it.each([false, true])('passes all of it; strict: %s', async (strict) => {
    const cases = await runH2spec({ program: program as string, host: '127.0.0.1', port: server.port, strict });
    expect(cases.length).toBeGreaterThan(140);
    expect(cases.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });
});
