import type { Transport } from '../transport.ts';

/** Room for four full DATA frames. */
const slabBytes = 68 * 1024;

const mostFree = 16;
const mostWritten = 32;

interface WrittenSlab {
  readonly slab: Buffer;
  readonly transport: Transport;
}

/** Slabs that nobody uses, and those that a transport may still use, oldest first; for all connections of the thread. */
const free: Buffer[] = [];
const written: WrittenSlab[] = [];

/** A large buffer to write to, used again where one is free: connections hold one only while they write. */
export function takeSlab(): Buffer {
  const slab = free.pop();
  if (slab !== undefined) return slab;
  // Only the oldest are asked: one connection that takes nothing must not make all others look for long.
  for (let i = 0; i < 2 && written.length > 0; i++) {
    const oldest = written.shift() as WrittenSlab;
    if (oldest.transport.bufferedBytes === 0) return oldest.slab;
    written.push(oldest);
  }
  return Buffer.allocUnsafeSlow(slabBytes);
}

/** Nobody uses it any more. */
export function giveSlab(slab: Buffer): void {
  if (free.length < mostFree) free.push(slab);
}

/** Nobody uses it when the transport has got rid of what was written to it. */
export function giveSlabLater(slab: Buffer, transport: Transport): void {
  if (written.length >= mostWritten) written.shift();
  written.push({ slab, transport });
}
