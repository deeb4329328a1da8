import { Counter, Histogram, type Registry } from 'prom-client';

/** Figures of the jobs that ran in this process. */
export class JobMetrics {
  readonly #runs: Counter;
  readonly #seconds: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#runs = new Counter({
      name: 'malla_jobs_total',
      help: 'Runs of jobs in this process, by job and outcome: roll-up of golden signals, expire of old ones.',
      labelNames: ['job', 'outcome'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'malla_job_seconds',
      help: 'How long runs of jobs took in this process.',
      labelNames: ['job'],
      buckets: [0.01, 0.1, 0.5, 1, 5, 15, 60],
      registers,
    });
  }

  ran(job: string, durationMs: number, failed: boolean): void {
    this.#runs.inc({ job, outcome: failed ? 'failed' : 'done' });
    this.#seconds.observe({ job }, durationMs / 1_000);
  }
}
