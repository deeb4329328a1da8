import type { StatsScope } from '../runtime/instruments.ts';

const nothing = { inc: () => undefined, dec: () => undefined, set: () => undefined, record: () => undefined };

/** Counts nothing. */
export const silentStats: StatsScope = {
  counter: () => nothing,
  gauge: () => nothing,
  histogram: () => nothing,
  scope: () => silentStats,
};
