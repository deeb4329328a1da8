import { FrameType } from './frame-type.ts';
import type { Output } from './output.ts';

/** First half of the number in our PING frames, so that answers to what we never asked are told apart. */
const mark = 0x6d616c61;

/** Pings that nobody has answered are forgotten beyond this many, oldest first. */
const maxOpen = 16;

/** Our own PING frames. */
export class Pings {
  readonly #output: Output;
  #next = 1;
  readonly #open = new Map<number, () => void>();

  constructor(output: Output) {
    this.#output = output;
  }

  send(onAnswer: () => void): void {
    const number = this.#next;
    this.#next = (number + 1) >>> 0;
    if (this.#open.size >= maxOpen) this.#open.delete(this.#open.keys().next().value as number);
    this.#open.set(number, onAnswer);
    this.#output.numbers(FrameType.ping, 0, 0, [mark, number], false);
  }

  answered(high: number, low: number): void {
    if (high !== mark) return;
    const onAnswer = this.#open.get(low);
    this.#open.delete(low);
    onAnswer?.();
  }

  drop(): void {
    this.#open.clear();
  }
}
