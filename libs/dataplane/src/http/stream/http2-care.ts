import type { Http2ClientConnection, Http2ServerConnection } from '@malla/http-codec';
import type { Http2Config } from '@malla/proxy-config';
import type { Deadline, DeadlineOwner, Deadlines } from './deadlines.ts';

const kinds = { ping: 1, answer: 2, stalled: 3 } as const;

interface Params {
  readonly codec: Http2ServerConnection | Http2ClientConnection;
  readonly deadlines: Deadlines;
  readonly keepalive: Http2Config['connectionKeepalive'];
  /** Streams whose peer takes nothing for so long are reset; 0: never. */
  readonly stalledMs: number;
}

/** Keeps time for an HTTP/2 connection: asks whether the peer is there, and ends streams that nobody reads. */
export class Http2Care implements DeadlineOwner {
  readonly #params: Params;
  #ping: Deadline | undefined;
  #answer: Deadline | undefined;
  #stalled: Deadline | undefined;
  #ended = false;

  private constructor(params: Params) {
    this.#params = params;
  }

  /** Undefined when there is nothing to keep time for. */
  static begin(params: Params): Http2Care | undefined {
    const { keepalive, stalledMs } = params;
    const interval = keepalive?.intervalMs ?? 0;
    if (interval === 0 && stalledMs === 0) return undefined;
    const care = new Http2Care(params);
    if (interval > 0) care.#ping = care.#take(kinds.ping, interval);
    if (stalledMs > 0) care.#stalled = care.#take(kinds.stalled, stalledMs);
    return care;
  }

  end(): void {
    this.#ended = true;
    this.#ping = this.#give(this.#ping);
    this.#answer = this.#give(this.#answer);
    this.#stalled = this.#give(this.#stalled);
  }

  onDeadline(kind: number): void {
    const { codec, keepalive, stalledMs } = this.#params;
    if (this.#ended) return;
    if (kind === kinds.stalled) {
      this.#stalled = this.#give(this.#stalled);
      codec.resetStalled(stalledMs);
      if (!this.#ended) this.#stalled = this.#take(kinds.stalled, stalledMs);
    } else if (kind === kinds.ping) {
      this.#ping = this.#give(this.#ping);
      this.#answer = this.#take(kinds.answer, keepalive?.timeoutMs ?? 0);
      codec.ping(() => this.#onAnswer());
    } else {
      // The peer is gone and has not said so.
      codec.destroy();
    }
  }

  #onAnswer(): void {
    if (this.#ended) return;
    this.#answer = this.#give(this.#answer);
    this.#ping = this.#take(kinds.ping, this.#params.keepalive?.intervalMs ?? 0);
  }

  #take(kind: number, ms: number): Deadline {
    const { deadlines } = this.#params;
    return deadlines.take(this, kind, ms, deadlines.timers.now());
  }

  #give(deadline: Deadline | undefined): undefined {
    if (deadline !== undefined) this.#params.deadlines.give(deadline);
    return undefined;
  }
}
