import { logFields } from '@malla/observability';
import type { SignalRecorder, TelemetryStore } from '@malla/telemetry';
import type { Logger } from 'pino';

export interface SignalWriterParams {
  readonly recorder: Pick<SignalRecorder, 'closed' | 'stored' | 'finish'>;
  readonly store: Pick<TelemetryStore, 'write'>;
  /** Unique to this process and this start: what was written before must not be replaced. */
  readonly writer: string;
  readonly logger: Logger;
}

const everyMs = 1_000;
const lastWriteMs = 4_000;

/** Brings closed buckets into the store; what a store that is away does not take is tried again. */
export class SignalWriter {
  readonly #params: SignalWriterParams;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;
  #failing = false;

  constructor(params: SignalWriterParams) {
    this.#params = params;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), everyMs).unref();
  }

  /** Writes what is counted so far, if that takes no longer than four seconds. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const late = new Promise((resolve) => setTimeout(resolve, lastWriteMs).unref());
    const { recorder } = this.#params;
    await Promise.race([this.#writing.then(() => this.#write(recorder.finish())), late]);
  }

  #tick(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#writing = this.#write(this.#params.recorder.closed()).finally(() => (this.#busy = false));
  }

  async #write(buckets: ReturnType<SignalRecorder['closed']>): Promise<void> {
    if (buckets.length === 0) return;
    const { recorder, store, writer, logger } = this.#params;
    try {
      await store.write(writer, buckets);
      recorder.stored(buckets);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) logger.warn({ [logFields.error]: error }, 'Golden signals wait for the database');
      this.#failing = true;
    }
  }
}
