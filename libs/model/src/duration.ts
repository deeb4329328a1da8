import { z } from 'zod';

const unitMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000001,
};
const shape = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/;

/**
 * Milliseconds of a duration as Istio writes it: Go's notation, such as `1h`, `1m30s`, `250ms`, `0s`, `1.5s`.
 * Returns undefined for anything else, negative durations included.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!shape.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)) {
    total += Number(amount) * unitMs[unit as string]!;
  }
  return total;
}

/** What {@link parseDuration} takes, as a regular expression that RE2 reads too. */
export const durationPattern = '^(0|([0-9]+(\\.[0-9]+)?(h|ms|m|s|us|µs|ns))+)$';

/** A duration in Go's notation; see {@link parseDuration}. */
export const durationSchema = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'must be a duration such as 10s, 250ms or 1h30m' })
  .meta({ id: 'Duration', description: 'A duration in Go notation: 10s, 250ms, 1h30m.' });
