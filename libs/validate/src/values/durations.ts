import { parseDuration, type FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';

/** Longest duration accepted, in milliseconds: one year. Longer ones are a mistake of units. */
const longest = 366 * 24 * 3_600_000;

export interface DurationBounds {
  /** Whether `0s` has a meaning (off); default false, which asks for 1ms or more as Istio does. */
  readonly zero?: boolean;
}

/** Checks a duration against Envoy's resolution of a millisecond. Durations that do not parse are the schema's business. */
export function checkDuration(
  findings: Findings,
  path: FieldPath,
  text: string | undefined,
  bounds: DurationBounds = {},
): void {
  const ms = text === undefined ? undefined : parseDuration(text);
  if (ms === undefined || (ms === 0 && bounds.zero === true)) return;
  if (ms < 1) findings.error(path, 'must be at least 1ms');
  else if (!Number.isInteger(Math.round(ms * 1e6) / 1e6))
    findings.error(path, 'must be a whole number of milliseconds');
  else if (ms > longest) findings.error(path, 'must be at most 8784h (a year)');
}
