import type { FaultIr } from '@malla/ir';
import { parseDuration, type HttpRoute } from '@malla/model';

/** Faults that clients see. Without a percentage no request is concerned, as Istio has it. */
export function resolveFault(fault: HttpRoute['fault']): FaultIr | undefined {
  const delayPercent = fault?.delay?.percentage?.value ?? 0;
  const fixedDelay = fault?.delay?.fixedDelay;
  const delayMs = fixedDelay === undefined ? undefined : parseDuration(fixedDelay);
  const abortPercent = fault?.abort?.percentage?.value ?? 0;
  const delay = delayMs !== undefined && delayPercent > 0 ? { delay: { ms: delayMs, percent: delayPercent } } : {};
  const httpStatus = fault?.abort?.httpStatus;
  const abort = httpStatus !== undefined && abortPercent > 0 ? { abort: { httpStatus, percent: abortPercent } } : {};
  const resolved: FaultIr = { ...delay, ...abort };
  return Object.keys(resolved).length === 0 ? undefined : resolved;
}
