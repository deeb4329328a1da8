import { logFields } from '@malla/observability';
import type { Workload } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import type { Logger } from 'pino';

/** What the registration needs of discovery; WorkloadRegistry of `malla.registry.v1`. */
export interface Registry {
  /** @returns the lease in milliseconds */
  register(request: { workload: Workload; healthy: boolean }): Promise<number>;
  deregister(request: { namespace: string; name: string }): Promise<void>;
}

export interface RegistrationParams {
  readonly registry: Registry;
  readonly workload: Workload;
  readonly logger: Logger;
  /** 0 to 1. */
  readonly random: () => number;
  /** Ends early when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Waits between failed tries. */
  readonly backoff: { next(): number; reset(): void };
  /** Called with the reason when discovery can't be reached, and with undefined when it can again. */
  readonly onState: (problem: string | undefined) => void;
}

/**
 * Keeps this workload's lease: renews it at a third of its length, at once when its health changes, and with a back-off while
 * discovery is away. The workload is out of rotation (`healthy` false) until {@link Registration.setHealthy} says otherwise.
 */
export class Registration {
  readonly #params: RegistrationParams;
  readonly #stopped = new AbortController();
  #healthy = false;
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  #registered = false;

  constructor(params: RegistrationParams) {
    this.#params = params;
  }

  /** True once discovery has taken the present state. */
  get registered(): boolean {
    return this.#registered;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Takes the workload into rotation or out of it. */
  setHealthy(healthy: boolean): void {
    if (this.#healthy === healthy) return;
    this.#healthy = healthy;
    this.#wake.abort();
  }

  /** Ends the lease: the endpoints leave rotation. Failure is logged only, because the lease then ends by itself. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.abort();
    await this.#running;
    if (!this.#registered) return;
    const { registry, workload, logger } = this.#params;
    try {
      await registry.deregister({ namespace: workload.namespace, name: workload.name });
      logger.info('Workload deregistered');
    } catch (error) {
      logger.warn({ [logFields.error]: error }, 'Workload could not be deregistered');
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#wake = new AbortController();
      if (this.#stopped.signal.aborted) return;
      const waitMs = await this.#renew();
      await this.#params.sleep(waitMs, this.#wake.signal);
    }
  }

  /** @returns how long to wait before the next renewal */
  async #renew(): Promise<number> {
    const { registry, workload, logger, random, backoff, onState } = this.#params;
    try {
      const leaseMs = await registry.register({ workload, healthy: this.#healthy });
      if (!this.#registered) logger.info({ leaseMs }, 'Workload registered');
      this.#registered = true;
      backoff.reset();
      onState(undefined);
      // Spread over a fifth, so that workloads that started together do not renew together.
      return (leaseMs / 3) * (0.8 + 0.2 * random());
    } catch (error) {
      const waitMs = backoff.next();
      const reason = error instanceof Error ? error.message : String(error);
      onState(reason);
      logger.warn({ [logFields.reason]: reason, [logFields.retryInMs]: waitMs }, 'Workload could not be registered');
      return waitMs;
    }
  }
}
