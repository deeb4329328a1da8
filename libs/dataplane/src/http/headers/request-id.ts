import type { TracingConfig } from '@malla/proxy-config';

const hex = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Random UUIDs of version 4. They name requests and decide nothing, so they need not be unguessable. */
export class RequestIds {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  next(): string {
    const a = (this.#random() * 0x1_0000_0000) >>> 0;
    const b = (this.#random() * 0x1_0000_0000) >>> 0;
    const c = (this.#random() * 0x1_0000_0000) >>> 0;
    const d = (this.#random() * 0x1_0000_0000) >>> 0;
    return (
      byte(a >>> 24) +
      byte(a >>> 16) +
      byte(a >>> 8) +
      byte(a) +
      '-' +
      byte(b >>> 24) +
      byte(b >>> 16) +
      '-' +
      byte(((b >>> 8) & 0x0f) | 0x40) +
      byte(b) +
      '-' +
      byte(((c >>> 24) & 0x3f) | 0x80) +
      byte(c >>> 16) +
      '-' +
      byte(c >>> 8) +
      byte(c) +
      byte(d >>> 24) +
      byte(d >>> 16) +
      byte(d >>> 8) +
      byte(d)
    );
  }

  /** Whether an id says that its request is traced. */
  static isMarked(id: string | undefined): boolean {
    return id !== undefined && id.length >= 36 && '9ab'.includes(id.charAt(14));
  }

  /**
   * The id with the decision to trace in its 15th character: 4 no, 9 sampled, a forced, b by the client. An id that is no UUID stays as it is.
   * Source: Envoy's UUIDRequestIDExtension and ConnectionManagerUtility::mutateTracingRequestHeader.
   */
  static mark(
    id: string,
    params: { readonly tracing: TracingConfig; readonly clientTrace: boolean; readonly random: () => number },
  ): string {
    const { tracing, clientTrace, random } = params;
    if (id.length < 36) return id;
    const share = Number.parseInt(id.slice(0, 8), 16) % 10_000;
    if (Number.isNaN(share)) return id;
    let mark = id.charAt(14);
    const undecided = mark !== '9' && mark !== 'a' && mark !== 'b';
    if (undecided) {
      if (clientTrace && random() * 100 < tracing.clientSampling) mark = 'b';
      else if (share < tracing.randomSampling * 100) mark = '9';
    }
    if (share >= tracing.overallSampling * 100) mark = '4';
    return id.slice(0, 14) + mark + id.slice(15);
  }
}

function byte(value: number): string {
  return hex[value & 0xff] as string;
}
