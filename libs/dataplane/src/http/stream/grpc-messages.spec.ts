import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrpcMessages } from './grpc-messages.ts';

function framed(length: number): Uint8Array {
  const frame = new Uint8Array(5 + length).fill(7);
  new DataView(frame.buffer).setUint8(0, length % 2);
  new DataView(frame.buffer).setUint32(1, length);
  return frame;
}

describe('GrpcMessages', () => {
  it('counts messages, wherever chunks are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300)), fc.array(fc.nat(40)), (lengths, cuts) => {
        const whole = Buffer.concat(lengths.map(framed));
        const messages = new GrpcMessages();
        let at = 0;
        for (const cut of cuts) messages.add(whole.subarray(at, (at += cut)));
        messages.add(whole.subarray(at));
        expect(messages.count).toBe(lengths.length);
      }),
    );
  });

  it('counts nothing behind what is no gRPC', () => {
    const messages = new GrpcMessages();
    messages.add(Uint8Array.of(0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0));
    expect(messages.count).toBe(1);
  });
});
