/** A message in gRPC's framing, not compressed: a zero byte, the length in four bytes, the message. Source: gRPC over HTTP/2, "Length-Prefixed-Message". */
export function grpcFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, headerBytes);
  return frame;
}

const headerBytes = 5;

/** Takes framed messages out of a stream of bytes. */
export class GrpcFrameReader {
  readonly #maxBytes: number;
  readonly #onMessage: (message: Uint8Array) => void;
  #parts: Buffer[] = [];
  #length = 0;

  /** @param maxBytes of one message; a larger one is refused before it is read */
  constructor(maxBytes: number, onMessage: (message: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#onMessage = onMessage;
  }

  /** Takes bytes, which are copied; gives what is wrong with them, and then nothing more may follow. */
  push(chunk: Uint8Array): string | undefined {
    this.#parts.push(Buffer.from(chunk));
    this.#length += chunk.length;
    while (this.#length >= headerBytes) {
      const head = this.#first(headerBytes);
      if (head[0] !== 0) return 'a compressed message, which was not asked for';
      const size = head.readUInt32BE(1);
      if (size > this.#maxBytes) return `a message of ${size} bytes; the limit is ${this.#maxBytes}`;
      if (this.#length < headerBytes + size) return undefined;
      const whole = this.#first(headerBytes + size);
      this.#drop(headerBytes + size);
      this.#onMessage(whole.subarray(headerBytes, headerBytes + size));
    }
    return undefined;
  }

  /** True when the stream may end here. */
  get complete(): boolean {
    return this.#length === 0;
  }

  /** At least so many first bytes in one piece. */
  #first(count: number): Buffer {
    const [first] = this.#parts;
    if (first !== undefined && first.length >= count) return first;
    // Joined only when there is enough, so that a message of many parts is not copied for each.
    const joined = Buffer.concat(this.#parts);
    this.#parts = [joined];
    return joined;
  }

  #drop(count: number): void {
    const rest = (this.#parts[0] as Buffer).subarray(count);
    this.#length -= count;
    if (rest.length === 0) this.#parts.shift();
    else this.#parts[0] = rest;
  }
}
