/** Large enough that a 64 KiB body with its head comes in few reads; one per thread, so its size costs nothing. */
const readBufferBytes = 128 * 1024;
/** What a joined message may have before and after what was read. */
const joinMarginBytes = 32 * 1024;

const memory = new ArrayBuffer(3 * readBufferBytes + 2 * joinMarginBytes);

/**
 * All sockets of this thread read into this one buffer: what is in it belongs to the socket that reads, and only while it calls its reader.
 */
export const readBuffer: Buffer = Buffer.from(memory, 0, readBufferBytes);

/** Where records of TLS are put together; see RecordGatherer. */
export const gatherBuffer: Buffer = Buffer.from(memory, readBufferBytes, readBufferBytes);

const joinBuffer = Buffer.from(memory, 2 * readBufferBytes);

/** True for bytes that lie in one of these buffers: nobody may keep them. */
export function isBorrowed(bytes: Uint8Array): boolean {
  return bytes.buffer === memory;
}

/**
 * Bytes are copied to that place in a page that they come from. C libraries copy with `rep movsb`, which processors of one kind do 40 times slower when the target
 * is a little further into its page than the source: as it would be here, because the head that is written is often a little longer than the one that was read.
 * Source: https://sourceware.org/bugzilla/show_bug.cgi?id=30994
 */
const pageBytes = 4_096;

/** Text (latin1), bytes and text in one piece, to be written at once: the next call overwrites it. Undefined: they are too long. */
export function join(before: string, bytes: Uint8Array, after: string): Buffer | undefined {
  const at = joinMarginBytes + (bytes.byteOffset % pageBytes);
  const end = at + bytes.length + after.length;
  if (before.length > joinMarginBytes || end > joinBuffer.length) return undefined;
  joinBuffer.write(before, at - before.length, 'latin1');
  joinBuffer.set(bytes, at);
  joinBuffer.write(after, at + bytes.length, 'latin1');
  return joinBuffer.subarray(at - before.length, end);
}
