import { describe, expect, it } from 'vitest';
import { Http2ClientConnection, Http2ServerConnection } from '@malla/http-codec';
import { FakeTimers } from '../../../test/http/fake-timers.ts';
import { MemoryPair } from '../../../test/http/memory-transport.ts';
import { Deadlines } from './deadlines.ts';
import { Http2Care } from './http2-care.ts';

function connected() {
  const timers = new FakeTimers();
  const pair = new MemoryPair();
  let closed = false;
  const handler = {
    onRequest: () => undefined,
    onIdle: () => undefined,
    onAvailable: () => undefined,
    onProtocolError: () => undefined,
    onClose: () => void (closed = true),
  };
  const codec = new Http2ServerConnection({ transport: pair.near, handler });
  pair.near.reader = codec;
  pair.far.reader = new Http2ClientConnection({
    transport: pair.far,
    handler: { ...handler, onClose: () => undefined },
  });
  const run = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      await Promise.resolve();
      while (pair.step());
    }
  };
  const care = Http2Care.begin({
    codec,
    deadlines: new Deadlines(timers),
    keepalive: { intervalMs: 1000, timeoutMs: 100 },
    stalledMs: 0,
  });
  return { timers, pair, run, care, isClosed: () => closed };
}

describe('Http2Care', () => {
  it('is content with a peer that answers', async () => {
    const { timers, run, isClosed } = connected();
    await run();
    for (let i = 0; i < 5; i++) {
      timers.advance(1000);
      await run();
      timers.advance(99);
    }
    expect(isClosed()).toBe(false);
  });

  it('ends a connection whose peer does not answer', async () => {
    const { timers, pair, run, isClosed } = connected();
    await run();
    pair.far.paused = true;
    timers.advance(1000);
    await run();
    expect(isClosed()).toBe(false);
    timers.advance(101);
    await run();
    expect(isClosed()).toBe(true);
  });

  it('has nothing to do without a setting', () => {
    const codec = new Http2ServerConnection({
      transport: new MemoryPair().near,
      handler: { onRequest: () => {}, onIdle: () => {}, onProtocolError: () => {}, onClose: () => {} },
    });
    const deadlines = new Deadlines(new FakeTimers());
    expect(Http2Care.begin({ codec, deadlines, keepalive: undefined, stalledMs: 0 })).toBeUndefined();
  });
});
