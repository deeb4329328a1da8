/** Large enough that a 64 KiB body with its head comes in few reads; one per thread, so its size costs nothing. */
const readBufferBytes = 128 * 1024;

/**
 * All sockets of this thread read into this one buffer: what is in it belongs to the socket that reads, and only while it calls its reader.
 */
export const readBuffer: Buffer = Buffer.allocUnsafeSlow(readBufferBytes);

const memory = readBuffer.buffer;

/** True for bytes that lie in the read buffer: nobody may keep them. */
export function isBorrowed(bytes: Uint8Array): boolean {
  return bytes.buffer === memory;
}
