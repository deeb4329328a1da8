import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grpcFrame, GrpcFrameReader } from './frames.ts';

describe('GrpcFrameReader', () => {
  it('gives the messages, however the bytes are cut', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 17 }), (sent, step) => {
        const bytes = Buffer.concat(sent.map(grpcFrame));
        const got: number[][] = [];
        const reader = new GrpcFrameReader(100, (message) => got.push([...message]));
        for (let at = 0; at < bytes.length; at += step)
          expect(reader.push(bytes.subarray(at, at + step))).toBeUndefined();
        expect(got).toEqual(sent.map((message) => [...message]));
        expect(reader.complete).toBe(true);
      }),
    );
  });

  it('refuses what is too large before it is read, and what is compressed', () => {
    const reader = new GrpcFrameReader(10, () => undefined);
    expect(reader.push(grpcFrame(new Uint8Array(11)).subarray(0, 5))).toContain('11 bytes');
    expect(new GrpcFrameReader(10, () => undefined).push(Buffer.from([1, 0, 0, 0, 0]))).toContain('compressed');
  });
});
