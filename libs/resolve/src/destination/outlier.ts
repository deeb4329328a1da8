import type { OutlierDetectionIr } from '@malla/ir';
import { parseDuration } from '@malla/model';
import type { PortPolicy } from './policy.ts';

/** When endpoints are ejected; absent without the block. Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection */
export function resolveOutlier({ outlierDetection: block }: PortPolicy): OutlierDetectionIr | undefined {
  if (block === undefined) return undefined;
  return {
    consecutive5xx: block.consecutive5xxErrors ?? 5,
    consecutiveGatewayErrors: block.consecutiveGatewayErrors ?? 0,
    splitLocalOriginErrors: block.splitExternalLocalOriginErrors ?? false,
    consecutiveLocalOriginFailures: block.consecutiveLocalOriginFailures ?? 5,
    intervalMs: parseDuration(block.interval ?? '10s') ?? 10_000,
    baseEjectionMs: parseDuration(block.baseEjectionTime ?? '30s') ?? 30_000,
    maxEjectionPercent: block.maxEjectionPercent ?? 10,
    minHealthPercent: block.minHealthPercent ?? 0,
  };
}
