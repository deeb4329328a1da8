import { RecurringJobs, type RecurringJob } from '@malla/jobs';
import { logFields, type ServiceContext } from '@malla/observability';
import { redisKeys } from '@malla/redis';
import { expireOld, rollUpDue, type Retention, type TelemetryStore } from '@malla/telemetry';
import type { policyTelemetrySettings } from '../settings.ts';
import { JobMetrics } from './job-metrics.ts';

export interface SignalJobs {
  start(): void;
  stop(): Promise<void>;
}

const rollUpEveryMs = 15_000;
const expireEveryMs = 300_000;

/** What is done to the store again and again. Each run does all there is to do, and may be repeated. */
export function signalJobsOver(store: TelemetryStore, retention: Retention): readonly RecurringJob[] {
  return [
    { name: 'roll-up', everyMs: rollUpEveryMs, run: async () => void (await rollUpDue({ store, now: Date.now })) },
    { name: 'expire', everyMs: expireEveryMs, run: async () => void (await expireOld(store, retention, Date.now())) },
  ];
}

/** For a store that replicas share: each job runs on one of them. */
export function sharedJobs(
  { settings, logger, metrics, health }: ServiceContext<typeof policyTelemetrySettings>,
  jobs: readonly RecurringJob[],
): SignalJobs {
  const check = health.check('jobs');
  check.degraded('golden signals are not rolled up: not connected to Redis yet');
  const jobMetrics = new JobMetrics(metrics);
  const recurring = new RecurringJobs({
    redisUrl: settings.redisUrl.reveal(),
    prefix: redisKeys(settings.meshId).jobs,
    queue: 'telemetry',
    jobs,
    onRun(job, durationMs, error) {
      jobMetrics.ran(job, durationMs, error !== undefined);
      if (error !== undefined) logger.warn({ job, [logFields.reason]: error.message }, 'Job failed');
    },
    onAvailability: (failure) =>
      failure === undefined ? check.ok() : check.degraded(`golden signals are not rolled up: ${failure}`),
  });
  return { start: () => recurring.start(), stop: () => recurring.close() };
}

/** For a store of this process alone. */
export function ownJobs(jobs: readonly RecurringJob[]): SignalJobs {
  const timers: NodeJS.Timeout[] = [];
  return {
    start() {
      for (const { everyMs, run } of jobs) timers.push(setInterval(() => void run(), everyMs).unref());
    },
    stop() {
      for (const timer of timers) clearInterval(timer);
      return Promise.resolve();
    },
  };
}
