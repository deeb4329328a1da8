const hex = Array.from({ length: 0x1_0000 }, (_, i) => i.toString(16).padStart(4, '0'));

/** Random ids of traces (32 digits) and spans (16), never all zeros. They name things and decide nothing, so they need not be unguessable. */
export class SpanIds {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  traceId(): string {
    return this.spanId() + this.spanId();
  }

  spanId(): string {
    const id = this.#word() + this.#word();
    return id === '0000000000000000' ? '0000000000000001' : id;
  }

  #word(): string {
    const value = (this.#random() * 0x1_0000_0000) >>> 0;
    return (hex[value >>> 16] as string) + (hex[value & 0xffff] as string);
  }
}
