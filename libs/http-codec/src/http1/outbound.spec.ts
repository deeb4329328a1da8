import { describe, expect, it } from 'vitest';
import { MemoryTransport } from '../../test/http1/memory-transport.ts';
import { Outbound, SendMode } from './outbound.ts';

function outbound(): { transport: MemoryTransport; out: Outbound } {
  const transport = new MemoryTransport();
  return { transport, out: new Outbound(transport, 1024 * 1024) };
}

describe('what an HTTP/1 connection writes', () => {
  it.each([0, 1, 1000, 8192, 8193, 60_000])('is head, body and frames, whatever their size: %i bytes', (size) => {
    const body = Buffer.alloc(size, 'x');
    const frame = size === 0 ? '' : `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;
    const sized = outbound();
    sized.out.begin('HEAD ', SendMode.length, size);
    sized.out.send(body, true);
    expect(sized.transport.take()).toBe(`HEAD ${'x'.repeat(size)}`);
    const chunked = outbound();
    chunked.out.begin('HEAD ', SendMode.chunked, 0);
    chunked.out.send(body, false);
    chunked.out.send(body, true);
    expect(chunked.transport.take()).toBe(`HEAD ${frame}${frame}0\r\n\r\n`);
    const raw = outbound();
    raw.out.begin('HEAD ', SendMode.raw, 0);
    raw.out.send(body, false);
    raw.out.send(body, false);
    expect(raw.transport.take()).toBe(`HEAD ${'x'.repeat(2 * size)}`);
    const none = outbound();
    none.out.begin('HEAD ', SendMode.none, 0);
    none.out.send(body, true);
    expect(none.transport.take()).toBe('HEAD ');
  });

  it('is one write for many small pieces, and never holds much back', () => {
    const { transport, out } = outbound();
    out.begin('HEAD ', SendMode.chunked, 0);
    for (let i = 0; i < 10; i++) out.send(Buffer.from('abc'), false);
    expect(transport.writes).toBe(0);
    out.send(Buffer.from('abc'), true);
    expect(transport.writes).toBe(1);
    out.begin('HEAD ', SendMode.raw, 0);
    for (let i = 0; i < 1000; i++) out.send(Buffer.alloc(1000), false);
    expect(transport.bufferedBytes).toBeGreaterThan(950_000);
  });

  it('does not hold what a caller may overwrite', () => {
    const { transport, out } = outbound();
    out.begin('HEAD ', SendMode.raw, 0);
    const piece = Buffer.from('abc');
    out.send(piece, false);
    piece.fill(0);
    expect(transport.take()).toBe('HEAD abc');
  });
});
