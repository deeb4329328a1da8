import { HeldBody } from '../stream/held-body.ts';
import type { HeaderList } from '@malla/http-codec';
import type { UpstreamAttempt } from './upstream-attempt.ts';

/** What must be kept of a request's body: for a connection to come, for another try, for mirrors. */
export class KeptBody {
  /** A later try or a mirror needs all of it. */
  wanted = false;
  #held: HeldBody | undefined;

  get bytes(): number {
    return this.#held?.bytes ?? 0;
  }

  get isEmpty(): boolean {
    return this.#held === undefined;
  }

  add(chunk: Buffer, endStream: boolean): void {
    (this.#held ??= new HeldBody()).add(chunk, endStream);
  }

  addTrailers(trailers: HeaderList): void {
    (this.#held ??= new HeldBody()).addTrailers(trailers);
  }

  /** Sends what there is by a new connection. False: stop until it is writable. */
  sendBy(attempt: UpstreamAttempt): boolean {
    const held = this.#held;
    if (held === undefined) return true;
    const endsWithData = held.ended && held.trailers === undefined;
    let more = true;
    for (let i = 0; i < held.chunks.length; i++) {
      // A codec owns what it is given, so what is kept goes out as a copy.
      const chunk = held.chunks[i] as Buffer;
      more = attempt.sendData(this.wanted ? Buffer.from(chunk) : chunk, endsWithData && i === held.chunks.length - 1);
    }
    if (endsWithData && held.chunks.length === 0) attempt.sendData(nothing, true);
    if (held.trailers !== undefined) attempt.sendTrailers(held.trailers);
    if (!this.wanted) this.#held = undefined;
    return more;
  }

  /** A copy for somebody else. */
  share(): HeldBody | undefined {
    return this.#held;
  }

  drop(): void {
    this.wanted = false;
    this.#held = undefined;
  }
}

const nothing = Buffer.alloc(0);
