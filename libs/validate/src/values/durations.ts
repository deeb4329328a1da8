import { parseDuration, type FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';

/** Longest duration accepted, in milliseconds: one year. Longer ones are a mistake of units. */
const longest = 366 * 24 * 3_600_000;

const hint = 'write it as in 250ms, 10s or 1m30s';

export interface DurationBounds {
  /** Whether `0s` has a meaning (off); default false, which asks for 1ms or more as Istio does. */
  readonly zero?: boolean;
  /** Longest, in milliseconds; default one year. */
  readonly most?: number;
  /** Smallest step, in milliseconds; default 1. */
  readonly step?: number;
}

/** Checks a duration against Envoy's resolution of a millisecond. Durations that do not parse are the schema's business. */
export function checkDuration(
  findings: Findings,
  path: FieldPath,
  text: string | undefined,
  { zero = false, most = longest, step = 1 }: DurationBounds = {},
): void {
  const ms = text === undefined ? undefined : parseDuration(text);
  if (ms === undefined || (ms === 0 && zero)) return;
  const rounded = Math.round(ms * 1e6) / 1e6;
  if (ms < 1) findings.error(path, 'must be at least 1ms', zero ? 'write 0s to switch it off' : hint);
  else if (!Number.isInteger(rounded)) findings.error(path, 'must be a whole number of milliseconds', hint);
  else if (rounded % step !== 0) findings.error(path, `must be a multiple of ${step}ms`, 'write whole seconds');
  else if (ms > most) findings.error(path, `must be at most ${most / 3_600_000}h`, hint);
}
