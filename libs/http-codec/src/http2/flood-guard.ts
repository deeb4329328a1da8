import type { Http2Counters } from './counters.ts';
import { ErrorCode, Http2Error } from './error-code.ts';

/** Bounds on what a peer may make us do. The defaults are Envoy's where it has one. */
export interface FloodLimits {
  /** Frames that wait for the transport, of all kinds (10,000). */
  readonly maxOutboundFrames: number;
  /** Acknowledgements and RST_STREAM among them (1000). */
  readonly maxOutboundControlFrames: number;
  /** Bytes that wait for the transport (16 MiB): DATA stops long before, so these are heads. Not known to Envoy. */
  readonly maxOutboundBytes: number;
  /** HEADERS, CONTINUATION and DATA frames in a row with neither bytes nor an end (1). */
  readonly maxConsecutiveEmptyFrames: number;
  /** PRIORITY frames for each stream that was opened (100). */
  readonly maxPriorityFramesPerStream: number;
  /** WINDOW_UPDATE frames for each DATA frame sent (10). */
  readonly maxWindowUpdatesPerDataFrame: number;
  /** CONTINUATION frames of one header block (8, as nghttp2). */
  readonly maxContinuations: number;
  /** PING and SETTINGS frames in one second (1000); not known to Envoy. */
  readonly maxPingsAndSettingsPerSecond: number;
  /** The connection ends when half of this many streams were reset early by the peer, and later when half of all are (500). */
  readonly prematureResetStreams: number;
  /** A stream that is reset without an answer in this time was reset early (1000 ms). */
  readonly prematureResetMs: number;
}

export const defaultFloodLimits: FloodLimits = {
  maxOutboundFrames: 10_000,
  maxOutboundControlFrames: 1000,
  maxOutboundBytes: 16 * 1024 * 1024,
  maxConsecutiveEmptyFrames: 1,
  maxPriorityFramesPerStream: 100,
  maxWindowUpdatesPerDataFrame: 10,
  maxContinuations: 8,
  maxPingsAndSettingsPerSecond: 1000,
  prematureResetStreams: 500,
  prematureResetMs: 1000,
};

/** Counts a connection's frames against {@link FloodLimits}; throws ENHANCE_YOUR_CALM when there are too many. */
export class FloodGuard {
  readonly #limits: FloodLimits;
  readonly #counters: Http2Counters | undefined;
  #emptyInARow = 0;
  #priorities = 0;
  #windowUpdates = 0;
  #pings = 0;
  #second = 0;
  #opened = 0;
  #closed = 0;
  #early = 0;
  /** DATA frames sent. */
  dataFrames = 0;

  constructor(limits: FloodLimits, counters: Http2Counters | undefined) {
    this.#limits = limits;
    this.#counters = counters;
  }

  streamOpened(): void {
    this.#opened++;
  }

  /** A HEADERS, CONTINUATION or DATA frame. */
  frameWithPayload(length: number, endStream: boolean): void {
    if (length > 0 || endStream) {
      this.#emptyInARow = 0;
      return;
    }
    if (++this.#emptyInARow <= this.#limits.maxConsecutiveEmptyFrames) return;
    if (this.#counters !== undefined) this.#counters.inbound_empty_frames_flood++;
    throw calm('too many empty frames', 'http2.inbound_empty_frames_flood');
  }

  priority(): void {
    if (++this.#priorities <= this.#limits.maxPriorityFramesPerStream * (1 + this.#opened)) return;
    if (this.#counters !== undefined) this.#counters.inbound_priority_frames_flood++;
    throw calm('too many PRIORITY frames', 'http2.inbound_priority_frames_flood');
  }

  windowUpdate(): void {
    const allowed = 5 + 2 * (this.#opened + this.#limits.maxWindowUpdatesPerDataFrame * this.dataFrames);
    if (++this.#windowUpdates <= allowed) return;
    if (this.#counters !== undefined) this.#counters.inbound_window_update_frames_flood++;
    throw calm('too many WINDOW_UPDATE frames', 'http2.inbound_window_update_frames_flood');
  }

  continuation(count: number): void {
    if (count > this.#limits.maxContinuations) throw calm('too many CONTINUATION frames', 'http2.continuation_flood');
  }

  pingOrSettings(now: number): void {
    if (now - this.#second >= 1000) {
      this.#second = now;
      this.#pings = 0;
    }
    if (++this.#pings > this.#limits.maxPingsAndSettingsPerSecond) {
      throw calm('too many PING and SETTINGS frames', 'http2.inbound_control_frames_flood');
    }
  }

  /** Frames that wait for the transport, control frames among them, and bytes. */
  outbound(frames: number, controlFrames: number, bytes: number): void {
    if (controlFrames > this.#limits.maxOutboundControlFrames) {
      if (this.#counters !== undefined) this.#counters.outbound_control_flood++;
      throw calm('too many control frames wait', 'http2.outbound_control_frames_flood');
    }
    if (frames > this.#limits.maxOutboundFrames || bytes > this.#limits.maxOutboundBytes) {
      if (this.#counters !== undefined) this.#counters.outbound_flood++;
      throw calm('too many frames wait', 'http2.outbound_frames_flood');
    }
  }

  /** A stream of the peer ended, however. */
  streamClosed(): void {
    this.#closed++;
  }

  /** A stream was reset by the peer, or made us reset it, soon and before it was answered (rapid reset, CVE-2023-44487 and CVE-2025-8671). */
  resetEarly(): void {
    this.#early++;
    // As in Envoy: also before the limit is reached, when no good streams could come to outweigh the bad ones.
    const reached = Math.max(this.#closed, this.#limits.prematureResetStreams);
    if (this.#early * 2 >= reached) throw calm('too many premature resets', 'http2.too_many_premature_resets');
  }

  isEarly(lifetimeMs: number): boolean {
    return lifetimeMs <= this.#limits.prematureResetMs;
  }
}

function calm(message: string, detail: string): Http2Error {
  return new Http2Error(ErrorCode.enhanceYourCalm, message, detail);
}
