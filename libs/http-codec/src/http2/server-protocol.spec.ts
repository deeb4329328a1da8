import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { responseHead } from '../../test/exchanges.ts';
import {
  block,
  data,
  frame,
  getFields,
  headers,
  postFields,
  reset,
  settings,
  settingsAck,
  uint32,
} from '../../test/http2-frames.ts';
import { RawClient } from '../../test/raw-peers.ts';
import { Flag, FrameType } from './frame-type.ts';
import { http2Preface, looksLikeHttp2 } from './preface.ts';

const replaced = (name: string, value: string): (readonly [string, string])[] =>
  getFields.map(([n, v]) => [n, n === name ? value : v]);
const without = (name: string): (readonly [string, string])[] => getFields.filter(([n]) => n !== name);

describe('HTTP/2: what our server takes', () => {
  it('tells the preface by its first bytes', () => {
    expect(looksLikeHttp2(Buffer.from(http2Preface))).toBe('yes');
    expect(looksLikeHttp2(Buffer.from('PRI * HTTP/2.0\r\n'))).toBe('more');
    expect(looksLikeHttp2(Buffer.from('PUT / HTTP/1.1'))).toBe('no');
    expect(looksLikeHttp2(Buffer.alloc(0))).toBe('more');
  });

  it.each<[string, readonly (readonly [string, string])[]]>([
    ['an upper-case name', [...getFields, ['X-A', 'b']]],
    ['connection', [...getFields, ['connection', 'close']]],
    ['transfer-encoding', [...getFields, ['transfer-encoding', 'chunked']]],
    ['keep-alive', [...getFields, ['keep-alive', '1']]],
    ['upgrade', [...getFields, ['upgrade', 'h2c']]],
    ['te other than trailers', [...getFields, ['te', 'gzip']]],
    ['a name with a space', [...getFields, ['a b', 'c']]],
    ['a name with a colon', [...getFields, ['a:b', 'c']]],
    ['a value with NUL', [...getFields, ['a', 'b\0']]],
    ['a value with CR LF', [...getFields, ['a', 'b\r\nc: d']]],
    ['an unknown pseudo field', [...getFields, [':new', 'x']]],
    [':status', [...getFields, [':status', '200']]],
    ['a pseudo field behind a field', [...without(':path'), ['a', 'b'], [':path', '/']]],
    ['two paths', [...getFields, [':path', '/']]],
    ['no :method', without(':method')],
    ['no :scheme', without(':scheme')],
    ['no :path', without(':path')],
    ['an empty :path', replaced(':path', '')],
    ['a :path with a space', replaced(':path', '/a b')],
    ['a :path that is no path', replaced(':path', 'a')],
    ['* with GET', replaced(':path', '*')],
    ['a :method that is no token', replaced(':method', 'G T')],
    ['an :authority with a slash', replaced(':authority', 'a/b')],
    ['an :authority with userinfo', replaced(':authority', 'user@a')],
    ['an :authority in brackets that do not close', replaced(':authority', '[::1')],
    ['an :authority with two ports', replaced(':authority', 'a:1:2')],
    ['a :path beyond ASCII', replaced(':path', '/\xe4')],
    ['a :scheme that is none', replaced(':scheme', '1x')],
    ['a host that differs', [...getFields, ['host', 'other']]],
    ['two hosts', [...getFields, ['host', 'example.test'], ['host', 'example.test']]],
    ['two content-lengths', [...getFields, ['content-length', '0'], ['content-length', '0']]],
    ['a content-length that is no number', [...getFields, ['content-length', '+1']]],
    ['a content-length without a body', [...getFields, ['content-length', '1']]],
    ['CONNECT with a path', replaced(':method', 'CONNECT')],
    ['extended CONNECT that is not enabled', [...replaced(':method', 'CONNECT'), [':protocol', 'websocket']]],
  ])('not %s', (_name, fields) => {
    const client = new RawClient().begin();
    client.send(headers(1, fields, true), headers(3, getFields, true));
    expect(client.resets).toEqual(['1 protocolError']);
    expect(client.events.requests.map(({ head }) => head.path)).toEqual(['/']);
  });

  it('what it makes of a head', () => {
    const client = new RawClient({ scheme: 'https', allowConnect: true }).begin();
    client.send(
      headers(1, [...without(':authority'), ['host', 'h:1'], ['expect', '100-continue'], ['te', 'trailers']], false),
      headers(
        3,
        [
          [':method', 'CONNECT'],
          [':authority', 'a:443'],
        ],
        false,
      ),
      headers(5, [...replaced(':method', 'CONNECT'), [':protocol', 'WebSocket']], false),
      headers(7, [...replaced(':method', 'OPTIONS').map(([n, v]) => [n, n === ':path' ? '*' : v] as const)], true),
    );
    const heads = client.events.requests.map(({ head }) => head);
    expect(heads[0]).toMatchObject({ authority: 'h:1', scheme: 'http', expectsContinue: true, version: '2' });
    expect([...(heads[0]?.headers ?? [])]).toEqual([
      ['expect', '100-continue'],
      ['te', 'trailers'],
    ]);
    expect(heads[1]).toMatchObject({ method: 'CONNECT', authority: 'a:443', path: '', scheme: 'https' });
    expect(heads[2]).toMatchObject({ method: 'GET', upgrade: 'WebSocket', path: '/' });
    expect(heads[3]).toMatchObject({ method: 'OPTIONS', path: '*' });
  });

  it.each([
    ['allow', 1, 'b'],
    ['drop', 1, undefined],
    ['reject', 0, undefined],
  ] as const)('underscores in names: %s', (headersWithUnderscores, requests, value) => {
    const client = new RawClient({ headersWithUnderscores }).begin();
    client.send(headers(1, [...getFields, ['a_b', 'b']], true));
    expect(client.events.requests.length).toBe(requests);
    expect(client.events.requests[0]?.head.headers.get('a_b')).toBe(value);
  });

  it.each([
    ['shorter', [data(1, 'ab', true)], 'abc'.length],
    ['longer', [data(1, 'abcd', false)], 3],
    ['shorter, with trailers', [data(1, 'ab', false), headers(1, [['a', 'b']], true)], 3],
  ])('a body that is %s than content-length', (_name, frames, length) => {
    const client = new RawClient().begin();
    client.send(headers(1, [...postFields, ['content-length', String(length)]], false), ...frames);
    expect(client.resets).toEqual(['1 protocolError']);
    expect(client.events.bodies[0]?.reset).toBe('protocol-error');
    expect(client.events.bodies[0]?.ended).toBe(false);
  });

  it('padding, priorities and unknown frames', () => {
    const client = new RawClient().begin();
    const head = Buffer.concat([Buffer.of(3), uint32(0), Buffer.of(15), block(postFields), Buffer.alloc(3)]);
    client.send(
      frame(FrameType.headers, Flag.endHeaders | Flag.padded | Flag.priority, 1, head),
      frame(0xee, 0xff, 77, Buffer.from('unknown')),
      frame(FrameType.data, Flag.padded, 1, Buffer.from('\x02abc\0\0')),
      frame(FrameType.data, Flag.padded | Flag.endStream, 1, Buffer.from('\x00d')),
    );
    expect(client.events.bodies[0]?.body.toString()).toBe('abcd');
    expect(client.events.bodies[0]?.ended).toBe(true);
  });

  it.each<[string, string, Buffer]>([
    ['DATA on no stream', 'protocolError', data(0, 'x')],
    ['DATA on an idle stream', 'protocolError', data(1, 'x')],
    ['HEADERS on an even stream', 'protocolError', headers(2, getFields, true)],
    ['a frame that is too large', 'frameSizeError', frame(FrameType.data, 0, 1, Buffer.alloc(16_385))],
    ['a RST_STREAM on an idle stream', 'protocolError', reset(1, 8)],
    ['a WINDOW_UPDATE on an idle stream', 'protocolError', frame(FrameType.windowUpdate, 0, 1, uint32(1))],
    ['a WINDOW_UPDATE of nothing', 'protocolError', frame(FrameType.windowUpdate, 0, 0, uint32(0))],
    ['a window that is too large', 'flowControlError', frame(FrameType.windowUpdate, 0, 0, uint32(0x7fffffff))],
    ['PUSH_PROMISE', 'protocolError', frame(FrameType.pushPromise, 4, 1, uint32(2))],
    ['SETTINGS on a stream', 'protocolError', frame(FrameType.settings, 0, 1)],
    ['SETTINGS that are cut', 'frameSizeError', frame(FrameType.settings, 0, 0, Buffer.alloc(5))],
    ['a PING that is too short', 'frameSizeError', frame(FrameType.ping, 0, 0, Buffer.alloc(7))],
    ['a header block that is no HPACK', 'compressionError', frame(FrameType.headers, 5, 1, Buffer.of(0x80))],
    ['CONTINUATION without HEADERS', 'protocolError', frame(FrameType.continuation, 4, 1)],
    [
      'a header block that is interrupted',
      'protocolError',
      Buffer.concat([frame(FrameType.headers, 1, 1, block(getFields)), frame(FrameType.ping, 0, 0, Buffer.alloc(8))]),
    ],
    ['padding that is too long', 'protocolError', frame(FrameType.headers, 0xd, 1, Buffer.of(9, 0x82))],
    [
      'a stream number that goes back',
      'protocolError',
      Buffer.concat([headers(5, getFields, true), headers(3, getFields, true)]),
    ],
  ])('ends at %s', (_name, error, bytes) => {
    const client = new RawClient().begin();
    client.send(bytes);
    expect(client.error).toBe(error);
    expect(client.transport.ending).toBe(true);
    expect(client.events.errors.length).toBe(1);
  });

  it('ends when the preface or the first SETTINGS are missing', () => {
    const client = new RawClient();
    client.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(client.error).toBe('protocolError');
    const second = new RawClient();
    second.send(Buffer.from(http2Preface), frame(FrameType.ping, 0, 0, Buffer.alloc(8)));
    expect(second.error).toBe('protocolError');
  });

  it('HEADERS on a stream that is over end the connection, DATA only that stream', () => {
    const client = new RawClient({}, (exchange) => exchange.sendHead(responseHead(200), true)).begin();
    client.send(headers(1, getFields, true), data(1, 'x'));
    expect(client.resets).toEqual(['1 streamClosed']);
    client.send(headers(3, getFields, true), headers(3, getFields, true));
    expect(client.error).toBe('streamClosed');
  });

  it('what was under way to a stream that we have reset is no error', () => {
    const client = new RawClient({}, (exchange) => exchange.reset()).begin();
    client.send(headers(1, postFields, false), data(1, 'x'), headers(1, [['a', 'b']], true));
    expect(client.resets).toEqual(['1 internalError']);
    expect(client.error).toBeUndefined();
  });

  it('a drain: streams above the last one are not looked at', () => {
    const client = new RawClient().begin();
    client.send(headers(1, getFields, true));
    client.connection.drain();
    client.connection.drain();
    client.send(headers(3, getFields, true));
    const ping = client.of(FrameType.ping)[0];
    client.send(frame(FrameType.ping, Flag.ack, 0, ping?.payload ?? Buffer.alloc(8)));
    const last = client.of(FrameType.goaway).map(({ payload }) => payload.readUInt32BE(0));
    expect(last).toEqual([0x7fffffff, 3]);
    client.send(headers(5, getFields, true));
    expect(client.events.requests.length).toBe(2);
    client.events.requests[0]?.sendHead(responseHead(200), true);
    expect(client.transport.ending).toBe(false);
    client.events.requests[1]?.sendHead(responseHead(200), true);
    expect(client.transport.ending).toBe(true);
  });

  it('tells the same, however the bytes are cut', () => {
    const bytes = Buffer.concat([
      Buffer.from(http2Preface),
      settings,
      settingsAck,
      headers(1, postFields, false),
      data(1, 'hello '),
      frame(FrameType.data, Flag.padded, 1, Buffer.from('\x03big\0\0\0')),
      headers(3, [...getFields, ['x', 'y'.repeat(20_000)]], true),
      data(1, ' world'),
      headers(1, [['x-end', 'yes']], true),
      headers(5, postFields, false),
      reset(5, 8),
      frame(FrameType.headers, 5, 7, Buffer.of(0x82)),
    ]);
    const run = (cuts: readonly number[]): unknown => {
      const client = new RawClient();
      let from = 0;
      for (const cut of [...cuts].sort((a, b) => a - b).concat(bytes.length)) {
        const piece = Buffer.from(bytes.subarray(from, cut));
        client.send(piece);
        piece.fill(0xee);
        from = cut;
      }
      return {
        requests: client.events.requests.map(({ head, endStream }) => ({
          ...head,
          headers: [...head.headers],
          endStream,
        })),
        bodies: client.events.bodies.map((body) => [
          body.body.toString(),
          body.ended,
          body.reset,
          body.trailers?.length,
        ]),
        answers: client.frames.map(({ type, streamId }) => [type, streamId]),
      };
    };
    const whole = run([]);
    expect(whole).toMatchObject({
      bodies: [['hello big world', true, undefined, 1], {}, ['', false, 'remote-reset', undefined]],
    });
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        expect(run(cuts)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
    expect(run(Array.from({ length: bytes.length }, (_, i) => i))).toEqual(whole);
  });

  it('never does anything but refuse, whatever the bytes', () => {
    const good = [headers(1, postFields, false), data(1, 'hello'), headers(3, getFields, true), reset(1, 8), settings];
    const random = fc.record({
      type: fc.nat(10),
      flags: fc.nat(255),
      id: fc.nat(9),
      payload: fc.uint8Array({ maxLength: 60 }),
    });
    const piece = fc.oneof(
      fc.constantFrom(...good),
      random.map(({ type, flags, id, payload }) => frame(type, flags, id, payload)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(), fc.nat(255), (pieces, at, byte) => {
        const client = new RawClient({}, (exchange) => exchange.sendHead(responseHead(200), false)).begin();
        const bytes = Buffer.concat(pieces);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        client.send(bytes);
        expect(client.transport.bytes.length).toBeLessThan(20_000);
        client.connection.onClose();
        expect(client.connection.activeExchanges).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
