import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { UpdateResult, WorkerUpdate } from '../runtime/update.ts';
import { countsOf, StatsSource, withoutCounters } from '../stats/merged-stats.ts';
import { connectionsSlot } from '../worker/protocol.ts';
import type {
  ClusterStatus,
  FromWorker,
  LogBatch,
  LogLevel,
  SharedPlaces,
  ToWorker,
  WorkerStart,
} from '../worker/protocol.ts';
import { SharedCounts } from './shared-counts.ts';

export interface WorkerPoolParams {
  readonly start: Omit<WorkerStart, 'index'>;
  /** Everything that is at work, for a worker that begins again. */
  readonly fullUpdate: () => WorkerUpdate;
  readonly handler: WorkerPoolHandler;
  /** File that a worker runs; specs have their own. */
  readonly entry?: URL;
}

export interface WorkerPoolHandler {
  onLog(level: LogLevel, text: string): void;
  onLines(path: string, text: string): void;
  onEntries(batch: LogBatch): void;
  /** Workers end again and again: nothing can be served. */
  onHopeless(): void;
}

/**
 * Half of a worker's space for new objects, in MiB. Requests make many that die young: too little of it makes the collector copy what is about to die.
 * A request leaves some 10 KB behind, so that collections stay below 30 a second, and 1 % of the CPU; with 16 MiB a worker has 8 MB more.
 * The main thread has what the command line says, which is best little.
 */
const workerSemiSpace = 4;

/** Ends of workers within so many milliseconds that are put up with. */
const crashWindowMs = 60_000;
const crashesAllowed = 5;
/** How long the admin interface waits for a busy worker. */
const answerTimeoutMs = 2_000;

/** The worker threads. Each one has everything; one that ends is replaced by a new one that gets everything again. */
export class WorkerPool {
  readonly #params: WorkerPoolParams;
  readonly #workers: RunningWorker[] = [];
  readonly #counts: SharedCounts;
  #crashes: number[] = [];
  #closing = false;
  /** Of workers that have ended: what they counted is not lost. */
  #former = new StatsSource();

  constructor(params: WorkerPoolParams) {
    this.#params = params;
    this.#counts = new SharedCounts(params.start.concurrency);
  }

  /** Resolves when every worker can take configuration. */
  async start(): Promise<void> {
    // Read when an isolate is made: it holds for the workers, not for this thread.
    setFlagsFromString(`--max-semi-space-size=${workerSemiSpace}`);
    for (let index = 0; index < this.#params.start.concurrency; index++) this.#workers.push(this.#run(index));
    await Promise.all(this.#workers.map(({ ready }) => ready));
  }

  /** Sends an update to every worker; resolves when all have applied it, with what any of them could not do. */
  async apply(update: WorkerUpdate): Promise<UpdateResult> {
    const places = this.#counts.placesFor(update);
    const results = await Promise.all(this.#workers.map((worker) => worker.apply(update, places)));
    this.#counts.applied(update);
    const failures = new Map(results.flatMap((result) => result?.failures ?? []).map((each) => [each.name, each]));
    return { sequence: update.sequence, failures: [...failures.values()] };
  }

  /** Newest statistics of each worker; of a busy one those that it told last. */
  async stats(): Promise<readonly StatsSource[]> {
    await Promise.all(this.#workers.map((worker) => worker.refreshStats()));
    return [this.#former, ...this.#workers.map(({ source }) => source)];
  }

  async hosts(): Promise<readonly (readonly ClusterStatus[])[]> {
    const all = await Promise.all(this.#workers.map((worker) => worker.hosts()));
    return all.filter((each) => each !== undefined);
  }

  /** Resolves when every worker has told all that it has for access logs; of one that is busy nothing is waited for longer than `ms`. */
  async flushLogs(ms: number): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.flushLogs(ms)));
  }

  /** Counters begin at zero again, also those of workers that have ended. */
  resetCounters(): void {
    this.broadcast({ kind: 'reset-counters' });
    this.#former = withoutCounters(this.#former);
  }

  /** False: there is no worker that could answer now. */
  ping(index: number, beat: number): boolean {
    return this.#workers[index]?.ping(beat) ?? false;
  }

  /** Ends a worker that does not answer; another one takes its place, as when it had ended by itself. */
  kill(index: number, reason: string): void {
    this.#workers[index]?.kill(new Error(reason));
  }

  broadcast(message: ToWorker): void {
    for (const worker of this.#workers) worker.post(message);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#workers.map((worker) => worker.end()));
  }

  #run(index: number): RunningWorker {
    const worker = new RunningWorker({ ...this.#params.start, index }, this.#params);
    worker.onEnd = (error) => this.#ended(index, worker, error);
    return worker;
  }

  #ended(index: number, worker: RunningWorker, error: Error | undefined): void {
    if (this.#closing) return;
    const reason = error === undefined ? 'it ended' : (error.stack ?? error.message);
    this.#params.handler.onLog('critical', `worker ${index} has ended: ${reason}`);
    this.#former = countsOf([this.#former, worker.source]);
    // Its connections are gone with it.
    const shared = new Int32Array(this.#params.start.shared);
    Atomics.sub(shared, 0, Atomics.exchange(shared, connectionsSlot(index), 0));
    this.#counts.workerGone(index);
    const now = performance.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashWindowMs), now];
    if (this.#crashes.length > crashesAllowed) return this.#params.handler.onHopeless();
    const next = this.#run(index);
    this.#workers[index] = next;
    // Before any other update, also when one comes before it is ready.
    const update = this.#params.fullUpdate();
    void next.apply(update, this.#counts.placesFor(update)).then((result) => {
      for (const { name, message } of result?.failures ?? [])
        this.#params.handler.onLog('error', `worker ${index}: listener '${name}' failed: ${message}`);
    });
  }
}

function threadEntry(): URL {
  return new URL(`../worker/thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
}

class RunningWorker {
  readonly source = new StatsSource();
  readonly ready: Promise<void>;
  onEnd: (error: Error | undefined) => void = () => undefined;
  readonly #worker: Worker;
  readonly #handler: WorkerPoolHandler;
  /** Callers of `apply`, oldest first: a worker answers in order. */
  #updates: ((result: UpdateResult | undefined) => void)[] = [];
  readonly #questions = new Map<number, (answer: FromWorker | undefined) => void>();
  #nextQuestion = 0;
  #resolveReady: () => void = () => undefined;
  #error: Error | undefined;
  #isReady = false;

  constructor(start: WorkerStart, { handler, entry = threadEntry() }: Pick<WorkerPoolParams, 'handler' | 'entry'>) {
    this.#handler = handler;
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    this.#worker = new Worker(entry, { workerData: start, name: `worker_${start.index}` });
    this.#worker.on('message', (message: FromWorker) => this.#received(message));
    this.#worker.on('error', (error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.once('exit', () => this.#ended());
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Undefined when it has ended meanwhile: the next one gets everything. */
  apply(update: WorkerUpdate, shared: SharedPlaces | undefined): Promise<UpdateResult | undefined> {
    return new Promise((resolve) => {
      this.#updates.push(resolve);
      this.post({ kind: 'update', update, shared });
    });
  }

  async refreshStats(): Promise<void> {
    await this.#ask((id) => ({ kind: 'stats', id }));
  }

  async hosts(): Promise<readonly ClusterStatus[] | undefined> {
    const answer = await this.#ask((id) => ({ kind: 'hosts', id }));
    return answer?.kind === 'hosts' ? answer.clusters : undefined;
  }

  async flushLogs(ms: number): Promise<void> {
    await this.#ask((id) => ({ kind: 'flush-logs', id }), ms);
  }

  ping(beat: number): boolean {
    if (this.#isReady) this.post({ kind: 'ping', beat });
    return this.#isReady;
  }

  kill(reason: Error): void {
    this.#error = reason;
    void this.#worker.terminate();
  }

  async end(): Promise<void> {
    this.onEnd = () => undefined;
    await this.#worker.terminate();
  }

  #ask(message: (id: number) => ToWorker, ms = answerTimeoutMs): Promise<FromWorker | undefined> {
    const id = this.#nextQuestion++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#questions.delete(id);
        resolve(undefined);
      }, ms);
      this.#questions.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.post(message(id));
    });
  }

  #received(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        return this.#resolveReady();
      case 'applied':
        return this.#updates.shift()?.(message.result);
      case 'stats':
        // Also when it came too late for its question: definitions are told only once.
        this.source.take(message.snapshot);
        return this.#answered(message.id, message);
      case 'hosts':
      case 'flushed':
        return this.#answered(message.id, message);
      case 'log':
        return this.#handler.onLog(message.level, message.text);
      case 'lines':
        return this.#handler.onLines(message.path, message.text);
      case 'entries':
        return this.#handler.onEntries(message.batch);
    }
  }

  #answered(id: number, answer: FromWorker): void {
    this.#questions.get(id)?.(answer);
    this.#questions.delete(id);
  }

  #ended(): void {
    for (const resolve of this.#updates) resolve(undefined);
    for (const resolve of this.#questions.values()) resolve(undefined);
    this.#updates = [];
    this.#questions.clear();
    this.onEnd(this.#error);
  }
}
