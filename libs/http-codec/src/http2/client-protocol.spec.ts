import { describe, expect, it } from 'vitest';
import { requestHead, ResponseRecorder } from '../../test/exchanges.ts';
import { data, frame, headers, reset, uint32 } from '../../test/http2-frames.ts';
import { RawServer } from '../../test/raw-peers.ts';
import { HeaderList } from '../headers.ts';
import { Flag, FrameType } from './frame-type.ts';

describe('HTTP/2: what our client takes', () => {
  function get(server: RawServer, head = requestHead()): ResponseRecorder {
    const recorder = new ResponseRecorder();
    server.connection.open(recorder).sendHead(head, true);
    return recorder;
  }

  it.each<[string, readonly Buffer[]]>([
    ['no :status', [headers(1, [['a', 'b']], true)]],
    ['a :status that is no number', [headers(1, [[':status', '2x0']], true)]],
    ['101', [headers(1, [[':status', '101']], false)]],
    ['an interim response that ends', [headers(1, [[':status', '103']], true)]],
    [
      'a pseudo field of requests',
      [
        headers(
          1,
          [
            [':status', '200'],
            [':path', '/'],
          ],
          true,
        ),
      ],
    ],
    ['DATA before HEADERS', [data(1, 'x')]],
    ['trailers that do not end', [headers(1, [[':status', '200']], false), headers(1, [['a', 'b']], false)]],
    [
      'a body that is too short',
      [
        headers(
          1,
          [
            [':status', '200'],
            ['content-length', '3'],
          ],
          false,
        ),
        data(1, 'ab', true),
      ],
    ],
  ])('not %s', (_name, frames) => {
    const server = new RawServer().begin();
    const recorder = get(server);
    server.send(...frames);
    expect(recorder.reset).toBe('protocol-error');
    expect(server.resets).toEqual(['1 protocolError']);
    expect(server.connection.activeExchanges).toBe(0);
  });

  it('no PUSH_PROMISE', () => {
    const server = new RawServer().begin();
    const recorder = get(server);
    server.send(frame(FrameType.pushPromise, 4, 1, uint32(2)));
    expect(server.error).toBe('protocolError');
    expect(recorder.reset).toBe('protocol-error');
  });

  it('a HEAD has a length and no body', () => {
    const server = new RawServer().begin();
    const recorder = get(server, requestHead({ method: 'HEAD' }));
    server.send(
      headers(
        1,
        [
          [':status', '200'],
          ['content-length', '3'],
        ],
        true,
      ),
    );
    expect(recorder.ended).toBe(true);
  });

  it('a GOAWAY: what the server has not looked at may be repeated', () => {
    const server = new RawServer().begin();
    const recorders = [get(server), get(server), get(server)];
    const late = server.connection.open(new ResponseRecorder());
    server.send(frame(FrameType.goaway, 0, 0, uint32(3, 0)));
    expect(recorders.map(({ reset: reason }) => reason)).toEqual([undefined, undefined, 'remote-refused']);
    expect(server.connection.capacity).toBe(0);
    late.reset();
    server.send(headers(1, [[':status', '200']], true), headers(3, [[':status', '200']], true));
    expect(recorders.map(({ ended }) => ended)).toEqual([true, true, false]);
    expect(server.transport.ending).toBe(true);
  });

  it('a head that is sent after a GOAWAY is refused, not in the stack of the caller', async () => {
    const server = new RawServer().begin();
    const recorder = new ResponseRecorder();
    const exchange = server.connection.open(recorder);
    server.send(frame(FrameType.goaway, 0, 0, uint32(0, 0)));
    exchange.sendHead(requestHead(), true);
    expect(recorder.reset).toBeUndefined();
    await Promise.resolve();
    expect(recorder.reset).toBe('remote-refused');
  });

  it('a response that is complete stays good when the server wants no more of the request', () => {
    const server = new RawServer().begin();
    const recorder = new ResponseRecorder();
    const exchange = server.connection.open(recorder);
    exchange.sendHead(requestHead({ method: 'POST' }), false);
    exchange.sendData(Buffer.alloc(100_000), false);
    exchange.pauseReading();
    server.send(headers(1, [[':status', '413']], false), data(1, 'too much', true), reset(1, 0));
    expect(recorder.ended).toBe(false);
    expect(exchange.sendData(Buffer.alloc(10), true)).toBe(true);
    exchange.resumeReading();
    return Promise.resolve().then(() => {
      expect([recorder.body.toString(), recorder.ended, recorder.reset]).toEqual(['too much', true, undefined]);
      expect(server.connection.activeExchanges).toBe(0);
    });
  });

  it('trailers wait for the body', () => {
    const server = new RawServer().begin();
    const exchange = server.connection.open(new ResponseRecorder());
    exchange.sendHead(requestHead({ method: 'POST' }), false);
    expect(exchange.sendData(Buffer.alloc(70_000), false)).toBe(false);
    exchange.sendTrailers(HeaderList.of(['x-end', 'yes']));
    server.send(frame(FrameType.windowUpdate, 0, 0, uint32(100_000)));
    expect(server.of(FrameType.headers).length).toBe(1);
    server.send(frame(FrameType.windowUpdate, 0, 1, uint32(100_000)));
    const sent = server.frames.filter(({ streamId }) => streamId === 1);
    expect(sent.at(-1)).toMatchObject({ type: FrameType.headers, flags: Flag.endHeaders | Flag.endStream });
    expect(sent.reduce((sum, { type, payload }) => sum + (type === FrameType.data ? payload.length : 0), 0)).toBe(
      70_000,
    );
  });

  it('SETTINGS move the windows of streams that are open, below zero too', () => {
    const server = new RawServer().begin();
    const exchange = server.connection.open(new ResponseRecorder());
    exchange.sendHead(requestHead({ method: 'POST' }), false);
    exchange.sendData(Buffer.alloc(60_000), false);
    const window = (bytes: number): Buffer =>
      frame(FrameType.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), uint32(bytes)]));
    server.send(window(0));
    expect(exchange.sendData(Buffer.alloc(10), false)).toBe(false);
    server.send(frame(FrameType.windowUpdate, 0, 1, uint32(60_000)));
    expect(exchange.queuedBytes).toBe(10);
    server.send(window(10));
    expect(exchange.queuedBytes).toBe(0);
  });
});
