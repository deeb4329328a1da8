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
  uint32,
} from '../../test/http2-frames.ts';
import { RawClient } from '../../test/raw-peers.ts';
import { Http2Counters } from './counters.ts';
import { Flag, FrameType } from './frame-type.ts';

/** Sends frames until the connection ends. @returns how many it took. */
function flood(client: RawClient, most: number, make: (i: number) => Buffer): number {
  for (let i = 0; i < most; i++) {
    if (client.transport.ending) return i;
    client.send(make(i));
  }
  return most;
}

describe('HTTP/2 attacks on our server', () => {
  it('rapid reset (CVE-2023-44487)', () => {
    const client = new RawClient({ now: () => 0 }).begin();
    const took = flood(client, 10_000, (i) =>
      Buffer.concat([headers(2 * i + 1, getFields, true), reset(2 * i + 1, 8)]),
    );
    // As in Envoy: half of 500.
    expect(took).toBe(250);
    expect(client.error).toBe('enhanceYourCalm');
    expect(client.events.errors[0]?.detail).toBe('http2.too_many_premature_resets');
    expect(client.connection.activeExchanges).toBe(0);
  });

  it('resets by clients that change their mind are no attack', () => {
    let now = 0;
    const client = new RawClient({ now: () => now }).begin();
    const late = flood(client, 2000, (i) => {
      client.send(headers(2 * i + 1, getFields, true));
      now += 2000;
      return reset(2 * i + 1, 8);
    });
    expect(late).toBe(2000);
    const answering = new RawClient({ now: () => 0 }, (exchange) =>
      exchange.sendHead(responseHead(200), false),
    ).begin();
    expect(
      flood(answering, 2000, (i) => Buffer.concat([headers(2 * i + 1, getFields, true), reset(2 * i + 1, 8)])),
    ).toBe(2000);
  });

  it('making us reset streams (CVE-2025-8671)', () => {
    const client = new RawClient({ now: () => 0 }).begin();
    const took = flood(client, 10_000, (i) =>
      Buffer.concat([headers(2 * i + 1, getFields, true), frame(FrameType.windowUpdate, 0, 2 * i + 1, uint32(0))]),
    );
    expect(took).toBe(250);
    expect(client.error).toBe('enhanceYourCalm');
  });

  it('malformed heads again and again', () => {
    const client = new RawClient().begin();
    const took = flood(client, 10_000, (i) => headers(2 * i + 1, [...getFields, ['connection', 'x']], true));
    expect(took).toBe(250);
    expect(client.events.requests.length).toBe(0);
  });

  it('CONTINUATION without an end (CVE-2024-27316)', () => {
    const client = new RawClient().begin();
    client.send(frame(FrameType.headers, 0, 1, block(getFields)));
    const took = flood(client, 10_000, () => frame(FrameType.continuation, 0, 1, block([['x', 'y'.repeat(1000)]])));
    expect(took).toBe(9);
    expect(client.error).toBe('enhanceYourCalm');
  });

  it('CONTINUATION frames as large as they may be', () => {
    const client = new RawClient({ maxHeadersBytes: 8192 }).begin();
    client.send(frame(FrameType.headers, 0, 1, block(getFields)));
    const took = flood(client, 10_000, () => frame(FrameType.continuation, 0, 1, Buffer.alloc(16_384)));
    expect(took).toBe(2);
    expect(client.error).toBe('enhanceYourCalm');
  });

  it('a large head in pieces is no attack', () => {
    const client = new RawClient().begin();
    client.send(headers(1, [...getFields, ['x', 'y'.repeat(59 * 1024)]], true));
    expect(client.events.requests[0]?.head.headers.get('x')?.length).toBe(59 * 1024);
  });

  it.each<[string, string, (client: RawClient) => Buffer, number]>([
    ['PING', 'enhanceYourCalm', () => frame(FrameType.ping, 0, 0, Buffer.alloc(8)), 1001],
    ['SETTINGS', 'enhanceYourCalm', () => settings, 1001],
    ['PRIORITY', 'enhanceYourCalm', () => frame(FrameType.priority, 0, 1, Buffer.of(0, 0, 0, 0, 1)), 101],
    ['WINDOW_UPDATE', 'enhanceYourCalm', () => frame(FrameType.windowUpdate, 0, 0, uint32(1)), 6],
    ['unknown frames', 'enhanceYourCalm', () => frame(0xbe, 0, 0, Buffer.alloc(8)), 1001],
    ['SETTINGS acknowledgements', 'enhanceYourCalm', () => frame(FrameType.settings, Flag.ack, 0), 1001],
  ])('%s flood', (_name, error, make, most) => {
    const client = new RawClient({ now: () => 0 }).begin();
    const one = make(client);
    const took = flood(client, 100_000, () => one);
    expect(took).toBeLessThanOrEqual(most);
    expect(client.error).toBe(error);
    expect(client.transport.bytes.length).toBeLessThan(40_000);
  });

  it('pings now and then go on for ever', () => {
    let now = 0;
    const client = new RawClient({ now: () => (now += 10) }).begin();
    expect(flood(client, 5000, () => frame(FrameType.ping, 0, 0, Buffer.alloc(8)))).toBe(5000);
  });

  it('empty DATA frames, and empty CONTINUATION frames', () => {
    const counters = new Http2Counters();
    const client = new RawClient({ counters }).begin();
    client.send(headers(1, postFields, false));
    expect(flood(client, 1000, () => data(1, ''))).toBe(2);
    expect(client.error).toBe('enhanceYourCalm');
    expect(counters.inbound_empty_frames_flood).toBe(1);
    expect(client.events.bodies[0]?.reset).toBe('protocol-error');
    const second = new RawClient().begin();
    second.send(frame(FrameType.headers, 0, 1, block(getFields)));
    expect(flood(second, 1000, () => frame(FrameType.continuation, 0, 1))).toBe(2);
  });

  it('acknowledgements that nobody reads', () => {
    let now = 0;
    const client = new RawClient({ now: () => (now += 1000) }).begin();
    client.transport.full = true;
    const took = flood(client, 100_000, () => frame(FrameType.ping, 0, 0, Buffer.alloc(8)));
    expect(took).toBeLessThanOrEqual(1001);
    expect(client.events.errors[0]?.detail).toBe('http2.outbound_control_frames_flood');
  });

  it('heads that nobody reads', () => {
    let now = 0;
    const answer = responseHead(200, ['x', 'y'.repeat(10_000)]);
    const client = new RawClient({ now: () => (now += 1000) }, (exchange) => exchange.sendHead(answer, true)).begin();
    client.transport.full = true;
    const took = flood(client, 100_000, (i) => headers(2 * i + 1, getFields, true));
    expect(took).toBeLessThan(2500);
    expect(client.events.errors[0]?.detail).toBe('http2.outbound_frames_flood');
    expect(client.transport.bufferedBytes).toBeLessThan(18_000_000);
    const small = new RawClient({ now: () => (now += 1000) }, (exchange) =>
      exchange.sendHead(responseHead(204), true),
    ).begin();
    small.transport.full = true;
    expect(flood(small, 100_000, (i) => headers(2 * i + 1, getFields, true))).toBeLessThan(10_010);
  });

  it('an HPACK bomb: a large field, named thousands of times', () => {
    const client = new RawClient().begin();
    const field = Buffer.concat([Buffer.of(0x40), block([['a', 'b'.repeat(4000)]]).subarray(1)]);
    const get = block(getFields);
    client.send(frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, Buffer.concat([get, field])));
    expect(client.events.requests.length).toBe(1);
    const before = process.memoryUsage().heapUsed;
    const bomb = Buffer.concat([get, Buffer.alloc(16_000, 0xbe)]);
    client.send(frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 3, bomb));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8_000_000);
    expect(client.events.requests.length).toBe(1);
    expect(client.resets).toEqual(['3 internalError']);
  });

  it.each([
    ['101 fields', Array.from({ length: 97 }, (_, i) => [`x${i}`, 'y'] as const), false],
    ['100 fields', Array.from({ length: 96 }, (_, i) => [`x${i}`, 'y'] as const), true],
    ['60 KiB and one byte', [['x', 'y'.repeat(60 * 1024 - 49)]] as const, false],
    ['60 KiB', [['x', 'y'.repeat(60 * 1024 - 50)]] as const, true],
    ['150 KiB', [['x', 'y'.repeat(130 * 1024)]] as const, false],
    ['97 cookie crumbs', Array.from({ length: 97 }, () => ['cookie', 'a=b'] as const), false],
    ['96 cookie crumbs', Array.from({ length: 96 }, () => ['cookie', 'a=b'] as const), true],
  ])('heads of %s', (_name, more, taken) => {
    const counters = new Http2Counters();
    const client = new RawClient({ counters }).begin();
    client.send(headers(1, [...getFields, ...more], true));
    expect(client.events.requests.length).toBe(taken ? 1 : 0);
    expect(client.resets).toEqual(taken ? [] : ['1 internalError']);
    expect(counters.header_overflow).toBe(taken ? 0 : 1);
    client.send(headers(3, getFields, true));
    expect(client.events.requests.length).toBe(taken ? 2 : 1);
  });

  it('more streams than allowed are refused, and the others are not hurt', () => {
    const counters = new Http2Counters();
    const client = new RawClient({ maxConcurrentStreams: 3, counters }).begin();
    for (let i = 0; i < 5; i++) client.send(headers(2 * i + 1, getFields, true));
    expect(client.events.requests.length).toBe(3);
    expect(client.resets).toEqual(['7 refusedStream', '9 refusedStream']);
    expect(counters.stream_refused_errors).toBe(2);
    for (const exchange of client.events.requests) exchange.sendHead(responseHead(200), true);
    client.send(headers(11, getFields, true));
    expect(client.events.requests.length).toBe(4);
  });

  it('a client that opens no window gets no more than is buffered, and is found out', () => {
    let now = 0;
    const client = new RawClient({ maxBufferedBytes: 100_000, now: () => now }).begin();
    client.send(frame(FrameType.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), uint32(0)])));
    client.send(headers(1, getFields, true), headers(3, getFields, true));
    const [first, second] = client.events.requests;
    first?.sendHead(responseHead(200), false);
    expect(first?.sendData(Buffer.alloc(50_000), true)).toBe(false);
    second?.sendHead(responseHead(200), false);
    for (let i = 0; i < 4; i++) expect(second?.sendData(Buffer.alloc(50_000), false)).toBe(false);
    expect(client.events.bodies[1]?.reset).toBe('overflow');
    expect(client.of(FrameType.data).length).toBe(0);
    now = 5000;
    expect(client.connection.resetStalled(10_000)).toBe(0);
    now = 10_000;
    expect(client.connection.resetStalled(10_000)).toBe(1);
    expect(client.connection.activeExchanges).toBe(0);
  });

  it('DATA beyond a window ends the stream, or the connection', () => {
    const options = { initialStreamWindowSize: 20_000, initialConnectionWindowSize: 70_000 };
    const client = new RawClient(options, (exchange) => exchange.pauseReading()).begin();
    const full = 'x'.repeat(10_000);
    client.send(headers(1, postFields, false), data(1, full), data(1, full));
    expect(client.resets).toEqual([]);
    client.send(data(1, 'x'));
    expect(client.resets).toEqual(['1 flowControlError']);
    const more = (i: number) =>
      client.send(headers(3 + 2 * i, postFields, false), data(3 + 2 * i, full), data(3 + 2 * i, full));
    // More than the window of the connection, but never twice as much.
    for (let i = 0; i < 4; i++) more(i);
    expect(client.error).toBe(undefined);
    for (let i = 4; i < 7; i++) more(i);
    expect(client.error).toBe('flowControlError');
  });
});
