import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from './byte-queue.ts';

describe('ByteQueue', () => {
  it('gives back what was put in, however it is cut and taken', () => {
    const step = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.integer({ min: 1, max: 200 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new ByteQueue();
        const put: number[] = [];
        const got: number[] = [];
        for (const one of steps) {
          if (typeof one !== 'number') {
            put.push(...one);
            queue.push(one);
            one.fill(0);
          } else if (queue.length > 0) {
            const piece = queue.first.subarray(0, one);
            got.push(...piece);
            queue.take(piece.length);
          }
          expect(queue.length).toBe(put.length - got.length);
        }
        while (queue.length > 0) {
          const piece = queue.first;
          got.push(...piece);
          queue.take(piece.length);
        }
        expect(got).toEqual(put);
      }),
    );
  });

  it('costs little more than it holds when it comes byte by byte', () => {
    const queue = new ByteQueue();
    for (let i = 0; i < 100_000; i++) queue.push(Buffer.of(i));
    let blocks = 0;
    while (queue.length > 0) {
      queue.take(queue.first.length);
      blocks++;
    }
    expect(blocks).toBeLessThan(30);
  });
});
