import { z } from 'zod';
import { durationSchema, parseDuration } from '../../duration.ts';
import { withRules } from '../../schema/kubernetes-schema.ts';

/** A duration of at least 1ms, as most of Istio's fields ask for. */
export const positiveDuration = withRules(
  z
    .string()
    .refine((text) => parseDuration(text) !== undefined, { error: 'must be a duration such as 10s, 250ms or 1h30m' }),
  { rule: "duration(self) >= duration('1ms')", message: 'must be a valid duration greater than 1ms' },
).meta({ id: 'PositiveDuration', description: 'A duration of at least 1ms in Go notation: 10s, 250ms, 1h30m.' });

/** A duration that may be 0s, which then has a meaning of its own. */
export const anyDuration = withRules(durationSchema, {
  rule: "duration(self) >= duration('0s')",
  message: 'must be a duration such as 10s, 250ms or 1h30m',
});
