/** How a stream that is gone has ended. */
export const StreamFate = {
  /** Its number was left out. */
  neverOpened: 0,
  over: 1,
  /** We reset it, so frames that were under way may still come. */
  resetByUs: 2,
} as const;

const remembered = 512;

/** Remembers how the last 512 streams that a client opened have ended, in a byte each. */
export class ClosedStreams {
  readonly #fates = new Uint8Array(remembered);
  #last = -1;

  /** Streams are opened in the order of their numbers. */
  opened(streamId: number): void {
    const number = streamId >>> 1;
    const first = Math.max(this.#last + 1, number - remembered + 1);
    for (let left = first; left < number; left++) this.#fates[left % remembered] = StreamFate.neverOpened;
    this.#fates[number % remembered] = StreamFate.over;
    this.#last = number;
  }

  resetByUs(streamId: number): void {
    const number = streamId >>> 1;
    if (this.#last - number < remembered) this.#fates[number % remembered] = StreamFate.resetByUs;
  }

  fateOf(streamId: number): number {
    const number = streamId >>> 1;
    return this.#last - number < remembered ? (this.#fates[number % remembered] as number) : StreamFate.over;
  }
}
