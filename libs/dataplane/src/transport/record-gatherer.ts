import { gatherBuffer, readBuffer } from './read-buffer.ts';

/** Most that a record of TLS holds, and what every record holds but the last one of a large message. Source: RFC 8446, 5.1. */
const fullRecord = 16 * 1024;

/** Takes bytes that nobody may keep. */
export interface RecordReceiver {
  deliver(bytes: Buffer): void;
}

/**
 * Puts records of TLS together. The library decrypts a large message record by record, with a call for each, though it has read them all at once;
 * passing each one on by itself costs a write of the kernel for every 16 KiB. So a full record waits for what follows it, which is there at once, or
 * comes before the turn of the event loop ends; nothing waits longer than that. Others go on without a copy.
 */
class RecordGatherer {
  #receiver: RecordReceiver | undefined;
  #length = 0;
  #scheduled = false;
  readonly #onTurnEnd = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  /** The first `length` bytes of {@link readBuffer} are for `receiver`. */
  take(receiver: RecordReceiver, length: number): void {
    if (this.#receiver !== receiver) {
      this.flush();
      if (length !== fullRecord) return receiver.deliver(readBuffer.subarray(0, length));
      this.#receiver = receiver;
    }
    this.#length += readBuffer.copy(gatherBuffer, this.#length, 0, length);
    if (length !== fullRecord || this.#length + fullRecord > gatherBuffer.length) return this.flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#onTurnEnd);
  }

  /** Delivers what waits, whoever it is for. */
  flush(): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    const bytes = gatherBuffer.subarray(0, this.#length);
    this.#receiver = undefined;
    this.#length = 0;
    receiver.deliver(bytes);
  }

  /** `receiver` wants nothing any more. */
  drop(receiver: RecordReceiver): void {
    if (this.#receiver !== receiver) return;
    this.#receiver = undefined;
    this.#length = 0;
  }
}

/** The one of this thread. */
export const recordGatherer = new RecordGatherer();
