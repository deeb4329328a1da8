import type { FaultIr } from '@malla/ir';
import { parseDuration, type HttpRoute } from '@malla/model';

/** Faults that clients see. Without a percentage no request is concerned, as Istio has it. */
export function resolveFault(fault: HttpRoute['fault']): FaultIr | undefined {
  const delayPercent = fault?.delay?.percentage?.value ?? 0;
  const delayMs = fault?.delay === undefined ? undefined : parseDuration(fault.delay.fixedDelay);
  const abortPercent = fault?.abort?.percentage?.value ?? 0;
  const delay = delayMs !== undefined && delayPercent > 0 ? { delay: { ms: delayMs, percent: delayPercent } } : {};
  const abort =
    fault?.abort !== undefined && abortPercent > 0
      ? { abort: { httpStatus: fault.abort.httpStatus, percent: abortPercent } }
      : {};
  const resolved: FaultIr = { ...delay, ...abort };
  return Object.keys(resolved).length === 0 ? undefined : resolved;
}
