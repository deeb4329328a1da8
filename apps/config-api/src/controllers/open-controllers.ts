import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ResourceMirror, ResourceStore } from '@malla/store';
import type { Logger } from 'pino';
import type { ResourceWrites } from '../resources/resource-writes.ts';
import { EventExpiry } from './event-expiry.ts';
import { EventRecorder } from './event-recorder.ts';
import { GarbageCollector } from './garbage-collector.ts';

/** What config-api does by itself, behind the requests. */
export interface Controllers {
  /** Follows the mirror. */
  readonly collector: GarbageCollector;
  readonly recorder: EventRecorder;
  start(): void;
  stop(): Promise<void>;
}

export interface OpenControllersParams {
  readonly context: { readonly logger: Logger; readonly settings: { readonly eventTtlSeconds: number } };
  readonly store: ResourceStore;
  readonly mirror: ResourceMirror;
  readonly writes: ResourceWrites;
}

export function openControllers({ context, store, mirror, writes }: OpenControllersParams): Controllers {
  const { logger, settings } = context;
  const newId = randomUUID;
  const collector = new GarbageCollector({ mirror, writes, logger, newId });
  const recorder = new EventRecorder({ mirror, writes, logger, newId, now: () => new Date(), instance: hostname() });
  const expiry = new EventExpiry({
    store,
    mirror,
    logger,
    newId,
    now: Date.now,
    ttlMs: settings.eventTtlSeconds * 1_000,
  });
  return {
    collector,
    recorder,
    start: () => {
      collector.start();
      expiry.start();
    },
    stop: async () => {
      await Promise.all([collector.stop(), recorder.stop(), expiry.stop()]);
    },
  };
}
