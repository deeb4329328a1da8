import { create } from '@bufbuild/protobuf';
import type { RequestCall } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  StreamAccessLogsMessageSchema,
  type StreamAccessLogsMessage,
  type StreamAccessLogsResponseSchema,
} from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import type { Logger } from 'pino';

/** A stream to policy-telemetry. */
export type AccessLogCall = RequestCall<typeof StreamAccessLogsMessageSchema, typeof StreamAccessLogsResponseSchema>;

/** A message of the data plane, and the log that its stream writes (named in the stream's first message only). */
export interface NamedMessage {
  readonly message: StreamAccessLogsMessage;
  readonly logName: string;
}

export interface AccessLogRelayParams {
  /** Opens a stream; it fails later if policy-telemetry is away. */
  readonly open: (signal: AbortSignal) => AccessLogCall;
  /** Who reports, in the first message of each stream. */
  readonly node: Node;
  readonly logger: Logger;
  /** Entries that may wait while policy-telemetry is away or slow; the oldest go first. Default 10,000. */
  readonly maxEntries?: number;
  readonly backoff: { next(): number; reset(): void };
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Counts entries by what became of them. */
  readonly count: (outcome: 'relayed' | 'dropped', entries: number) => void;
}

/**
 * Passes the data plane's access logs on to policy-telemetry. Traffic never waits for telemetry: what does not fit the buffer is
 * dropped and counted.
 */
export class AccessLogRelay {
  readonly #params: AccessLogRelayParams;
  readonly #stopped = new AbortController();
  readonly #queue: NamedMessage[] = [];
  #waiting = 0;
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(params: AccessLogRelayParams) {
    this.#params = params;
  }

  /** Entries that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Passes on what waits if that takes no longer than `timeoutMs`, then ends. */
  async stop(timeoutMs: number): Promise<void> {
    const { sleep } = this.#params;
    const enough = AbortSignal.timeout(timeoutMs);
    while (this.#waiting > 0 && !enough.aborted) await sleep(20, enough);
    this.#stopped.abort();
    this.#wake();
    await this.#running;
    this.#drop(this.#queue.length);
  }

  /** Takes a message of the data plane. */
  push(named: NamedMessage): void {
    const entries = entriesOf(named);
    if (entries === 0) return;
    this.#queue.push(named);
    this.#waiting += entries;
    let excess = 0;
    for (let left = this.#waiting; left > (this.#params.maxEntries ?? 10_000); excess++) {
      left -= entriesOf(this.#queue[excess]);
    }
    this.#drop(excess);
    this.#wake();
  }

  async #run(): Promise<void> {
    const { backoff, sleep, logger, now } = this.#params;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#untilWaiting();
      if (signal.aborted) return;
      const begin = now();
      const reason = await this.#stream();
      if (signal.aborted) return;
      if (now() - begin > settledMs) backoff.reset();
      const waitMs = backoff.next();
      logger.warn({ [logFields.reason]: reason, [logFields.retryInMs]: waitMs }, 'Access log stream ended');
      await sleep(waitMs, signal);
    }
  }

  /** One stream: sends until it breaks. @returns why it ended */
  async #stream(): Promise<string> {
    const ended = new AbortController();
    const call = this.#params.open(this.#stopped.signal);
    const reason = call.response.then(
      () => 'policy-telemetry ended the stream',
      (error: unknown) => MallaError.from(error).message,
    );
    void reason.then(() => {
      ended.abort();
      this.#wake();
    });
    await this.#sendAll(call, ended.signal);
    if (this.#stopped.signal.aborted) call.end();
    return reason;
  }

  async #sendAll(call: AccessLogCall, ended: AbortSignal): Promise<void> {
    let logName: string | undefined;
    while (!ended.aborted && !this.#stopped.signal.aborted) {
      await this.#untilWaiting(ended);
      const next = ended.aborted ? undefined : this.#queue.shift();
      if (next === undefined) continue;
      const entries = entriesOf(next);
      this.#waiting -= entries;
      const identifier = next.logName === logName ? undefined : { node: this.#params.node, logName: next.logName };
      logName = next.logName;
      const { logEntries } = next.message;
      const room = call.send(create(StreamAccessLogsMessageSchema, { logEntries, ...(identifier && { identifier }) }));
      this.#params.count('relayed', entries);
      if (!room) await call.drained();
    }
  }

  async #untilWaiting(ended?: AbortSignal): Promise<void> {
    while (this.#queue.length === 0 && !this.#stopped.signal.aborted && ended?.aborted !== true) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #drop(messages: number): void {
    const dropped = this.#queue.splice(0, messages).reduce((sum, each) => sum + entriesOf(each), 0);
    if (dropped === 0) return;
    this.#waiting -= dropped;
    this.#params.count('dropped', dropped);
  }
}

/** A stream that lived so long counts as one that worked. */
const settledMs = 5_000;

function entriesOf(named: NamedMessage | undefined): number {
  return named?.message.logEntries.value?.logEntry.length ?? 0;
}
