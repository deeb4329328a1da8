import { levels, rolledUpLevels, type Level, type TelemetryStore } from './telemetry-store.ts';

export interface RollUpParams {
  readonly store: TelemetryStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Windows are rolled up when they ended so long ago; writers need that time. Default 15 s. */
  readonly graceMs?: number;
  /** Windows in one run; the next run goes on. Default 500. */
  readonly limit?: number;
}

/**
 * Rolls up every window that is due and over, finest level first, oldest first. Nothing is lost by runs that are missed,
 * broken off or repeated: what is left is due still. Resolves to the number of windows made.
 */
export async function rollUpDue({ store, now, graceMs = 15_000, limit = 500 }: RollUpParams): Promise<number> {
  let made = 0;
  for (const level of rolledUpLevels) {
    const over = now() - graceMs - levels[level].widthMs;
    for (const start of await store.due(level, { from: 0, to: over + 1 }, limit - made)) {
      if (await store.rollUp(level, start)) made += 1;
    }
  }
  return made;
}

/** How long buckets of each level are kept, in milliseconds. */
export type Retention = readonly [number, number, number, number];

/** Removes what is older than its level's retention. Resolves to the number of buckets removed. */
export async function expireOld(store: TelemetryStore, retention: Retention, now: number): Promise<number> {
  let removed = 0;
  for (const level of [0, 1, 2, 3] as const satisfies readonly Level[])
    removed += await store.expire(level, now - retention[level]);
  return removed;
}
