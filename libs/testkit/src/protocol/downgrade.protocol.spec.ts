import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { waitFor } from '../wait-for.ts';
import { downgradeCases } from './downgrade-cases.ts';
import { RawH2Client } from './h2-client.ts';
import { flags, frame, frameTypes, get, headerBlock } from './h2-frames.ts';
import { RawBackend } from './raw-backend.ts';
import { StaticProxy } from './static-proxy.ts';

const { data, headers, rstStream } = frameTypes;

/** S4 and S6 over HTTP/2: what is written down as HTTP/1.1 is one request, the one that was sent, or none. */
describe.each(proxyPrograms())('HTTP/2 before an HTTP/1.1 application, through $name', (program) => {
  let backend: RawBackend;
  let proxy: StaticProxy;
  beforeAll(async () => {
    backend = await RawBackend.start({ lenient: true });
    proxy = await StaticProxy.start({ program, upstream: backend.port });
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await backend?.[Symbol.asyncDispose]();
  });

  /** Sends frames of stream 1; resolves when that stream or the connection has ended. */
  async function send(frames: Buffer): Promise<{ readonly answered: boolean; readonly body: string }> {
    using client = new RawH2Client(proxy.port);
    client.send(frames);
    const ofStream = (type: number) => client.frames.filter((each) => each.type === type && each.stream === 1);
    const ended = (): boolean =>
      client.closed ||
      client.goaway !== undefined ||
      ofStream(rstStream).length > 0 ||
      [...ofStream(headers), ...ofStream(data)].some((each) => (each.flags & flags.endStream) !== 0);
    await waitFor(ended, { what: 'the end of a request', timeoutMs: 10_000, intervalMs: 5 });
    const bodies = ofStream(data).map(({ payload }) => payload);
    return { answered: ofStream(headers).length > 0, body: Buffer.concat(bodies).toString() };
  }

  it.each(downgradeCases.map((each) => [each.name, each] as const))('%s', async (_, { frames, mayForward = false }) => {
    backend.take();
    await send(frames);
    // Whoever comes next on the connections to the application gets the answer to its own request.
    expect(await send(get(1, '/after'))).toEqual({ answered: true, body: 'ok GET /after' });
    const arrived = backend.take();
    expect(arrived.at(-1)?.url).toBe('/after');
    expect(arrived.length).toBeLessThanOrEqual(2);
    for (const { url, rawHeaders } of arrived) {
      expect(url).not.toContain('smuggled');
      expect(rawHeaders.join('\n')).not.toMatch(/x-smuggled|[\r\0]/);
      expect(rawHeaders.filter((_name, i) => i % 2 === 0 && /^host$/i.test(rawHeaders[i] as string))).toHaveLength(1);
    }
    // Envoy forwards some of these in the one reading that it has of them.
    if (program.name === 'builtin' && !mayForward) expect(arrived).toHaveLength(1);
  });

  const usual = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'a'],
    [':path', '/'],
  ] as const;
  const request = (extra: readonly (readonly [string, string])[]): Buffer =>
    frame(headers, flags.endStream | flags.endHeaders, 1, headerBlock([...usual, ...extra]));

  it('tells the application one host, that of :authority', async () => {
    backend.take();
    await send(request([['host', 'b']]));
    const arrived = backend.take();
    expect(arrived.length).toBeLessThanOrEqual(1);
    for (const { headers: fields } of arrived) expect(fields.host).toBe('a');
  });

  it('joins crumbs of a cookie', async () => {
    backend.take();
    await send(request(Array.from({ length: 50 }, (_, i) => ['cookie', `c${i}=${i}`] as const)));
    const [arrived] = backend.take();
    expect(arrived?.rawHeaders.filter((name) => name.toLowerCase() === 'cookie')).toHaveLength(1);
    expect(arrived?.headers.cookie).toBe(Array.from({ length: 50 }, (_, i) => `c${i}=${i}`).join('; '));
  });

  it.each([
    ['crumbs of a cookie', Array.from({ length: 97 }, (_, i) => ['cookie', `c${i}=`] as const)],
    ['fields', Array.from({ length: 101 }, (_, i) => [`x-${i}`, ''] as const)],
    ['bytes', Array.from({ length: 8 }, (_, i) => [`x-${i}`, 'a'.repeat(8_000)] as const)],
  ])('refuses too many %s', async (_, extra) => {
    backend.take();
    const block = headerBlock([...usual, ...extra]);
    const parts: Buffer[] = [];
    for (let at = 0; at < block.length; at += 16_000) {
      const end = at + 16_000 >= block.length ? flags.endHeaders : 0;
      const type = at === 0 ? headers : frameTypes.continuation;
      parts.push(frame(type, end | (at === 0 ? flags.endStream : 0), 1, block.subarray(at, at + 16_000)));
    }
    await send(Buffer.concat(parts));
    expect(backend.take()).toEqual([]);
    expect(proxy.running).toBe(true);
  });
});
