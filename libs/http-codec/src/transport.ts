/**
 * A byte pipe under a codec: a socket, plain or TLS, or a pair in memory in specs. The codec owns it and is its only reader. Methods may be called
 * after the end; they do nothing then.
 */
export interface Transport {
  /**
   * Sends bytes; a string is one byte per character (latin1). The transport may keep the buffer until it is written, so the caller does not touch it
   * again. What an `onBytes` call (of any transport of this thread) got may be written, in whole or in part, before that call returns, and is not copied by
   * codecs: a transport that cannot hand it to the kernel or to TLS at once copies the rest, or takes another receive buffer from then on.
   * False: more than the high-water mark is waiting, stop until {@link TransportReader.onDrain}.
   */
  write(bytes: Uint8Array | string): boolean;
  /** The same as three writes, by a transport that can do it with one. */
  writeTogether?(before: string, bytes: Uint8Array, after: string): boolean;
  /** Bytes that are written but not yet taken by the kernel (or by TLS). 0 also says that no buffer that was written is in use any more: codecs write to it again. */
  readonly bufferedBytes: number;
  /** Sends what is buffered, then ends the sending side. */
  end(): void;
  /** Ends both sides at once; what is buffered is lost. `onClose` follows. */
  destroy(): void;
  /** No `onBytes` until `resume`; calls do not nest. */
  pause(): void;
  resume(): void;
}

/** What a transport tells its codec. */
export interface TransportReader {
  /** Bytes have arrived. The buffer is the transport's again when this returns: copy what is kept. */
  onBytes(chunk: Buffer): void;
  /** The peer has ended its sending side. */
  onEnd(): void;
  /** All that was written is with the kernel again, after a `write` that gave false. */
  onDrain(): void;
  /** Both sides are gone; nothing follows. With an error when it broke. */
  onClose(error?: Error): void;
}
