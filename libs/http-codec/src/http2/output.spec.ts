import { describe, expect, it } from 'vitest';
import type { Transport } from '../transport.ts';
import { FrameType } from './frame-type.ts';
import { Output } from './output.ts';

/** Takes each write a moment later, as TLS does: right after a write it always keeps something. */
class LateTransport implements Transport {
  bufferedBytes = 0;

  write(bytes: Uint8Array): boolean {
    this.bufferedBytes += bytes.length;
    return true;
  }

  /** All but the newest bytes have left. */
  keepOnly(bytes: number): void {
    this.bufferedBytes = Math.min(this.bufferedBytes, bytes);
  }

  end(): void {}
  destroy(): void {}
  pause(): void {}
  resume(): void {}
}

const frameBytes = 9 + 8;

function sendPing(output: Output, control: boolean): void {
  output.numbers(FrameType.ping, 0, 0, [0, 0], control);
  output.flush();
}

describe('Output', () => {
  it('counts only frames that the transport still has, also when it is never empty', () => {
    const transport = new LateTransport();
    const output = new Output(transport, { onPending: () => undefined });
    for (let i = 0; i < 25_000; i++) {
      sendPing(output, i % 2 === 0);
      transport.keepOnly(3 * frameBytes);
    }
    expect(output.framesWaiting).toBeLessThanOrEqual(4);
    expect(output.controlFramesWaiting).toBeLessThanOrEqual(2);
  });

  it('counts all frames of a peer that takes nothing', () => {
    const output = new Output(new LateTransport(), { onPending: () => undefined });
    for (let i = 0; i < 1_000; i++) sendPing(output, true);
    expect([output.framesWaiting, output.controlFramesWaiting]).toEqual([1_000, 1_000]);
  });

  it('counts nothing once the transport has taken everything', () => {
    const transport = new LateTransport();
    const output = new Output(transport, { onPending: () => undefined });
    for (let i = 0; i < 10; i++) sendPing(output, true);
    transport.keepOnly(0);
    output.drained();
    expect([output.framesWaiting, output.controlFramesWaiting]).toEqual([0, 0]);
  });
});
