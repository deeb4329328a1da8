import { z } from 'zod';
import { durationPattern, parseDuration } from '../../duration.ts';
import { withRules } from '../../schema/kubernetes-schema.ts';

const duration = (): z.ZodString =>
  z
    .string()
    .refine((text) => parseDuration(text) !== undefined, { error: 'must be a duration such as 10s, 250ms or 1h30m' });

/** A duration of at least 1ms, as most of Istio's fields ask for. */
export const positiveDuration = withRules(duration(), {
  rule: "duration(self) >= duration('1ms')",
  message: 'must be a valid duration greater than 1ms',
}).meta({ id: 'PositiveDuration', description: 'A duration of at least 1ms in Go notation: 10s, 250ms, 1h30m.' });

/**
 * A duration that may be 0s, which then has a meaning of its own. A pattern stands for the rule in the CustomResourceDefinition: there are more
 * such fields than Kubernetes evaluates rules on.
 */
export const anyDuration = duration().meta({
  id: 'AnyDuration',
  description: 'A duration in Go notation, also 0s: 10s, 250ms, 1h30m.',
  pattern: durationPattern,
});
