import { randomUUID } from 'node:crypto';
import { formatDuration } from '@malla/settings';
import type { ServiceContext } from '@malla/observability';
import { openDatabase, PrismaTelemetryStore } from '@malla/store-prisma';
import {
  MemoryTelemetryStore,
  SignalRecorder,
  type AccessRecord,
  type Retention,
  type TelemetryStore,
} from '@malla/telemetry';
import type { policyTelemetrySettings } from '../settings.ts';
import { ownJobs, sharedJobs, signalJobsOver, type SignalJobs } from './signal-jobs.ts';
import { SignalMetrics } from './signal-metrics.ts';
import { SignalQueries } from './signal-queries.ts';
import { SignalWriter } from './signal-writer.ts';

type Context = ServiceContext<typeof policyTelemetrySettings>;

interface Store {
  readonly store: TelemetryStore;
  readonly retention: Retention;
  readonly jobs: SignalJobs;
  close(): Promise<void>;
}

/**
 * Golden signals, put together:
 *
 *     access logs --> SignalRecorder --SignalWriter--> TelemetryStore <--jobs: roll up, expire
 *                          |                                |
 *                          +---------> SignalQueries <------+
 */
export class Signals {
  readonly queries: SignalQueries;
  readonly #recorder: SignalRecorder;
  readonly #metrics: SignalMetrics;
  readonly #writer: SignalWriter;
  readonly #store: Store;

  constructor(context: Context) {
    const { settings, logger, metrics } = context;
    const writer = randomUUID();
    this.#recorder = new SignalRecorder({ now: Date.now, maxPairs: settings.signalMaxPairs });
    this.#metrics = new SignalMetrics(metrics, this.#recorder);
    this.#store = openStore(context);
    const { store, retention } = this.#store;
    const recorder = this.#recorder;
    this.#writer = new SignalWriter({ recorder, store, writer, logger });
    const now = Date.now;
    this.queries = new SignalQueries({ store, recorder, writer, retention, now, startedAt: now() });
  }

  record(record: AccessRecord): void {
    this.#recorder.record(record);
    this.#metrics.observe(record);
  }

  start(): void {
    this.#writer.start();
    this.#store.jobs.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#store.jobs.stop(), this.#writer.stop()]);
    await this.#store.close();
  }
}

function openStore(context: Context): Store {
  const { settings, logger, health } = context;
  const { databaseUrl, meshId, signalRetention } = settings;
  const check = health.check('signals');
  if (databaseUrl === undefined) {
    const kept = formatDuration(signalRetention);
    check.degraded(`golden signals are kept in memory only, for ${kept}: DATABASE_URL is not set`);
    logger.warn('Golden signals are kept in memory only: DATABASE_URL is not set');
    const store = new MemoryTelemetryStore();
    const retention: Retention = [signalRetention, signalRetention, signalRetention, signalRetention];
    return { store, retention, jobs: ownJobs(signalJobsOver(store, retention)), close: () => Promise.resolve() };
  }
  check.degraded('golden signals wait for the database: not connected yet');
  const store = new PrismaTelemetryStore({
    open: () => openDatabase(databaseUrl.reveal()),
    meshId,
    onAvailability: (failure) =>
      failure === undefined ? check.ok() : check.degraded(`golden signals wait for the database: ${failure.message}`),
  });
  const retention = retentionOf(settings);
  return { store, retention, jobs: sharedJobs(context, signalJobsOver(store, retention)), close: () => store.close() };
}

/** Coarser buckets are kept at least as long as the finer ones that they are made of. */
function retentionOf(settings: Context['settings']): Retention {
  const { signalRetention, signalRetentionMinutes, signalRetentionHours, signalRetentionDays } = settings;
  const minutes = Math.max(signalRetention, signalRetentionMinutes);
  const hours = Math.max(minutes, signalRetentionHours);
  return [signalRetention, minutes, hours, Math.max(hours, signalRetentionDays)];
}
