import type { HealthCheckConfig } from '@malla/proxy-config';
import { describe, expect, it } from 'vitest';
import { HealthCheckState, type HealthCheckResult } from './health-check-state.ts';

const config: HealthCheckConfig = {
  name: '',
  timeoutMs: 1_000,
  intervalMs: 5_000,
  unhealthyThreshold: 3,
  healthyThreshold: 2,
  intervalJitterMs: 0,
  noTrafficIntervalMs: 60_000,
  check: { kind: 'tcp' },
};

function state(changes: boolean[] = [], more: Partial<HealthCheckConfig> = {}, traffic = true): HealthCheckState {
  return new HealthCheckState({
    config: { ...config, ...more },
    random: () => 0.5,
    hasTraffic: () => traffic,
    onChange: (healthy) => changes.push(healthy),
  });
}

/** The verdict after each result. */
function verdicts(results: readonly HealthCheckResult[]): boolean[] {
  const checks = state();
  return results.map((result) => {
    checks.onResult(result);
    return checks.healthy;
  });
}

describe('HealthCheckState', () => {
  it.each([
    [['passed'], [true]],
    [
      ['failed', 'passed', 'passed'],
      [false, false, true],
    ],
    [
      ['network', 'passed', 'failed', 'passed', 'passed'],
      [false, false, false, false, true],
    ],
    [
      ['passed', 'network', 'network', 'passed', 'network', 'network', 'network'],
      [true, true, true, true, true, true, false],
    ],
    [
      ['passed', 'network', 'failed'],
      [true, true, false],
    ],
  ] as const)('%j', (results, expected) => {
    expect(verdicts(results)).toEqual(expected);
  });

  it('tells only of changes', () => {
    const changes: boolean[] = [];
    const checks = state(changes);
    for (const result of ['network', 'passed', 'passed', 'passed', 'failed', 'failed'] as const)
      checks.onResult(result);
    expect(changes).toEqual([true, false]);
  });

  it('fails at once when the host says so', () => {
    const checks = state();
    checks.onResult('passed');
    checks.failImmediately();
    expect(checks.healthy).toBe(false);
    checks.onResult('passed');
    expect(checks.healthy).toBe(false);
  });

  it('asks again after the interval and jitter, seldom where there is no traffic', () => {
    expect(state().onResult('passed')).toBe(5_000);
    expect(state([], { intervalJitterMs: 1_000 }).onResult('failed')).toBe(5_500);
    expect(state([], {}, false).onResult('passed')).toBe(60_000);
    expect(state([], { intervalMs: 0 }).onResult('passed')).toBe(1);
  });
});
