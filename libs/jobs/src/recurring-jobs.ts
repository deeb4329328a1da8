import { inSpan } from '@malla/observability';
import { Queue, Worker, type ConnectionOptions } from 'bullmq';

/** Something that is done again and again, by one replica at a time. */
export interface RecurringJob {
  /** Unique in its queue; the same in every replica. */
  readonly name: string;
  readonly everyMs: number;
  /** Does all there is to do. It may run again after it failed or was cut short, and then must do no harm. */
  readonly run: () => Promise<void>;
}

export interface RecurringJobsParams {
  /** `redis://` or `rediss://`. */
  readonly redisUrl: string;
  /** Begins every key in Redis; with a hash tag, as `redisKeys(mesh).jobs` has. */
  readonly prefix: string;
  readonly queue: string;
  readonly jobs: readonly RecurringJob[];
  /** Told of each run in this process. */
  readonly onRun?: (name: string, durationMs: number, error: Error | undefined) => void;
  /** Told when Redis goes out of reach (with the reason) and when it is back (undefined). */
  readonly onAvailability?: (failure: string | undefined) => void;
}

/** How often it is seen to that the schedule is there: a Redis that came back empty has none. */
const scheduleEveryMs = 10_000;
const closeMs = 3_000;
const mostBackOffMs = 5_000;
/** How many ended jobs are kept, for those who look. */
const kept = { removeOnComplete: { count: 20 }, removeOnFail: { count: 100 } };

/** Runs jobs at intervals, each on one of the replicas that share a Redis. While Redis is away nothing runs. */
export class RecurringJobs {
  readonly #params: RecurringJobsParams;
  readonly #queue: Queue;
  readonly #worker: Worker;
  #timer: NodeJS.Timeout | undefined;
  #available: boolean | undefined;

  constructor(params: RecurringJobsParams) {
    this.#params = params;
    const { redisUrl, prefix, queue } = params;
    const connection: ConnectionOptions = {
      url: redisUrl,
      // A worker waits for jobs for as long as it takes; BullMQ asks for this.
      maxRetriesPerRequest: null,
      retryStrategy: (attempt: number) =>
        50 + Math.random() * Math.min(mostBackOffMs, 100 * 2 ** Math.min(attempt, 10)),
    };
    this.#queue = new Queue(queue, { connection: { ...connection, enableOfflineQueue: false }, prefix });
    this.#worker = new Worker(queue, (job) => this.#run(job.name), { connection, prefix, autorun: false });
    this.#queue.on('error', (error) => this.#note(error.message));
    this.#worker.on('error', (error) => this.#note(error.message));
  }

  start(): void {
    void this.#worker.run().catch((error: unknown) => this.#note((error as Error).message));
    void this.#schedule();
    this.#timer = setInterval(() => void this.#schedule(), scheduleEveryMs).unref();
  }

  /** Waits for a run in hand, but no longer than three seconds. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const late = new Promise((resolve) => setTimeout(resolve, closeMs).unref());
    await Promise.race([this.#worker.close().catch(() => undefined), late]);
    await Promise.race([this.#queue.close().catch(() => undefined), late]);
  }

  /** Sets what is missing or different; the schedule of others' jobs is theirs. */
  async #schedule(): Promise<void> {
    try {
      for (const { name, everyMs } of this.#params.jobs) {
        const present = await this.#queue.getJobScheduler(name);
        if (present?.every !== everyMs)
          await this.#queue.upsertJobScheduler(name, { every: everyMs }, { name, opts: kept });
      }
      this.#note(undefined);
    } catch (error) {
      this.#note((error as Error).message);
    }
  }

  async #run(name: string): Promise<void> {
    const job = this.#params.jobs.find((each) => each.name === name);
    // A job of a newer version, which its own replicas will do.
    if (job === undefined) throw new Error(`this version has no job "${name}"`);
    const startedAt = performance.now();
    try {
      await inSpan(`job ${name}`, { attributes: { 'messaging.system': 'bullmq', 'malla.job': name } }, () => job.run());
      this.#params.onRun?.(name, performance.now() - startedAt, undefined);
    } catch (error) {
      this.#params.onRun?.(name, performance.now() - startedAt, error as Error);
      throw error;
    }
  }

  #note(failure: string | undefined): void {
    if (this.#available === (failure === undefined)) return;
    this.#available = failure === undefined;
    this.#params.onAvailability?.(failure);
  }
}
