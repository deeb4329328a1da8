import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import type { Logger } from 'pino';
import type { EnvoyAdmin } from '../process/admin-client.ts';
import type { EnvoyHost, EnvoyProcess, ExitInfo } from '../process/envoy-process.ts';
import type { Timers } from '../process/timers.ts';
import { backOffMs } from './back-off.ts';
import { nextState, type SupervisorEvent, type SupervisorState } from './states.ts';

export interface SupervisorOptions {
  /** How long a drain lasts at least, in milliseconds: callers need that long to learn that the endpoint is gone. */
  readonly minDrainMs: number;
  /** How long requests in flight may take after that, before Envoy ends all the same. */
  readonly maxDrainMs: number;
  /** How long Envoy may take to end after SIGTERM before it is killed. */
  readonly exitTimeoutMs: number;
  /** First and longest wait before a restart. */
  readonly restart: { readonly baseMs: number; readonly maxMs: number };
  /** After so long in good health, the next crash counts as the first. */
  readonly settledMs: number;
}

/** Values that suit a sidecar. */
export const defaultSupervisorOptions: SupervisorOptions = {
  minDrainMs: 1_000,
  maxDrainMs: 5_000,
  exitTimeoutMs: 2_000,
  restart: { baseMs: 200, maxMs: 10_000 },
  settledMs: 30_000,
};

export interface EnvoySupervisorParams {
  readonly host: EnvoyHost;
  readonly admin: EnvoyAdmin;
  readonly timers: Timers;
  /** 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly options: SupervisorOptions;
  /** Envoy's own last words, for the log line of a crash. */
  readonly lastErrors?: () => string[];
}

/** Keeps one Envoy running until it is told to stop. See {@link SupervisorState} for its states. */
export class EnvoySupervisor {
  readonly #params: EnvoySupervisorParams;
  readonly #listeners = new Set<(state: SupervisorState) => void>();
  readonly #stopping = new AbortController();
  #state: SupervisorState = { name: 'stopped' };
  #process: EnvoyProcess | undefined;
  #running: Promise<void> | undefined;

  constructor(params: EnvoySupervisorParams) {
    this.#params = params;
  }

  get state(): SupervisorState {
    return this.#state;
  }

  /** Calls back after each change. Returns the way to stop that. */
  onStateChange(listener: (state: SupervisorState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adopts or starts Envoy and keeps it running. Returns once a process runs; `ready` may take until there is configuration. */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new MallaError('internal', 'the supervisor was started twice');
    if (this.#stopping.signal.aborted) return;
    const first = (await this.#params.host.adopt()) ?? (await this.#params.host.spawn());
    // `aborted` changes behind the compiler's back.
    if ((this.#stopping.signal as AbortSignal).aborted) return first.signal('SIGTERM');
    this.#started(first);
    this.#running = this.#superviseFrom(first);
  }

  /** Drains, then ends Envoy and the supervision. Returns when the process is gone. */
  async stop(): Promise<void> {
    const process = this.#process;
    const wasReady = this.#state.name === 'ready';
    const neverStarted = this.#running === undefined && !this.#stopping.signal.aborted;
    this.#stopping.abort();
    // An Envoy that an agent before this one left behind must not outlive a stop.
    if (neverStarted) (await this.#params.host.adopt())?.signal('SIGTERM');
    this.#apply({ kind: 'stopping' });
    if (process !== undefined && this.#state.name === 'draining') await this.#end(process, wasReady);
    await this.#running;
  }

  async #superviseFrom(first: EnvoyProcess): Promise<void> {
    for (let process = first, attempt = 0; ;) {
      const since = this.#params.timers.now();
      const exit = await this.#watch(process);
      attempt = this.#params.timers.now() - since > this.#params.options.settledMs ? 0 : attempt;
      if (this.#stopping.signal.aborted) return;
      const next = await this.#restart(attempt++, exit);
      if (next === undefined) return;
      process = next;
    }
  }

  /** Follows one process from its start to its end. */
  async #watch(process: EnvoyProcess): Promise<ExitInfo> {
    const ended = new AbortController();
    const live = this.#pollUntilLive(AbortSignal.any([ended.signal, this.#stopping.signal]));
    const exit = await process.exited;
    ended.abort();
    await live;
    this.#process = undefined;
    return exit;
  }

  async #pollUntilLive(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const live = await this.#params.admin.ready();
      if (signal.aborted) return;
      if (live) return this.#apply({ kind: 'live' });
      await this.#params.timers.sleep(readyIntervalMs, signal);
    }
  }

  async #restart(attempt: number, ended: ExitInfo): Promise<EnvoyProcess | undefined> {
    const { timers, random, options, logger } = this.#params;
    const waitMs = backOffMs(attempt, random(), options.restart);
    const errors = this.#params.lastErrors?.() ?? [];
    const lastError = errors.at(-1);
    const exit = lastError === undefined ? ended : { error: lastError, ...ended };
    logger.error({ exit, errors, attempt, [logFields.retryInMs]: waitMs }, 'the proxy ended unexpectedly');
    this.#apply({ kind: 'exited', exit, attempt });
    await timers.sleep(waitMs, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return undefined;
    const process = await this.#params.host.spawn();
    // `aborted` changed behind the compiler's back: stop may have been called while the process was being made.
    if ((this.#stopping.signal as AbortSignal).aborted) {
      process.signal('SIGKILL');
      return undefined;
    }
    this.#started(process);
    return process;
  }

  #started(process: EnvoyProcess): void {
    this.#process = process;
    this.#params.logger.info({ pid: process.pid, adopted: process.adopted }, 'the proxy runs');
    this.#apply({ kind: 'started', pid: process.pid });
  }

  async #end(process: EnvoyProcess, serving: boolean): Promise<void> {
    const { timers, options } = this.#params;
    const gone = process.exited.then(() => undefined);
    if (serving) await Promise.race([gone, this.#drain()]);
    process.signal('SIGTERM');
    const late = new AbortController();
    const killed = timers.sleep(options.exitTimeoutMs, late.signal).then(() => {
      if (!late.signal.aborted) process.signal('SIGKILL');
    });
    await gone;
    late.abort();
    await killed;
    this.#apply({ kind: 'exited', exit: {}, attempt: 0 });
  }

  /** Waits until callers have gone elsewhere: at least minDrainMs, at most maxDrainMs more. */
  async #drain(): Promise<void> {
    const { admin, timers, options, logger } = this.#params;
    const begin = timers.now();
    try {
      await admin.drain();
      await timers.sleep(options.minDrainMs);
      while (timers.now() - begin < options.minDrainMs + options.maxDrainMs) {
        if ((await admin.activeRequests()) === 0) return;
        await timers.sleep(drainIntervalMs);
      }
      logger.warn(
        { [logFields.durationMs]: timers.now() - begin },
        'Requests were still in flight at the end of the drain',
      );
    } catch (error) {
      logger.warn({ [logFields.error]: error }, 'the proxy could not be drained');
    }
  }

  #apply(event: SupervisorEvent): void {
    const next = nextState(this.#state, event);
    if (next === undefined) return;
    this.#state = next;
    for (const listener of this.#listeners) listener(next);
  }
}

const readyIntervalMs = 100;
const drainIntervalMs = 100;
