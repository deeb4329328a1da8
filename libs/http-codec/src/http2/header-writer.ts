import type { HeaderList } from '../headers.ts';
import { maxFrameBytes } from './frame-type.ts';
import { HpackEncoder } from './hpack/hpack-encoder.ts';
import type { Output } from './output.ts';

/** Writes header blocks as frames: straight into the output where they fit into one. Use {@link begin}, then fields on the {@link encoder}, then {@link end}. */
export class HeaderWriter {
  readonly encoder: HpackEncoder;
  readonly #output: Output;
  /** A block that may not fit into a frame. */
  #long: Buffer | undefined;

  constructor(output: Output, tableSize: number) {
    this.#output = output;
    this.encoder = new HpackEncoder(tableSize);
  }

  /** `pseudoBytes`: text of the pseudo fields. Throws a TypeError when a field of `headers` cannot be sent; nothing is written then. */
  begin(headers: HeaderList, pseudoBytes: number): void {
    const bound = HpackEncoder.bound(headers) + HpackEncoder.pseudoBound(pseudoBytes);
    if (bound <= maxFrameBytes) {
      const to = this.#output.beginHeaders(bound);
      this.encoder.begin(to, this.#output.headersAt);
    } else {
      this.#long = Buffer.allocUnsafeSlow(bound);
      this.encoder.begin(this.#long, 0);
    }
  }

  end(streamId: number, endStream: boolean): void {
    const end = this.encoder.end();
    const long = this.#long;
    this.#long = undefined;
    if (long === undefined) this.#output.endHeaders(streamId, end, endStream);
    else this.#output.longHeaders(streamId, long.subarray(0, end), endStream);
  }
}
