import { describe, expect, it } from 'vitest';
import { planRetries, RetryRules, type TryOutcome } from './retry-plan.ts';

const plan = (retryOn: string[], retriableStatusCodes: number[] = []) =>
  planRetries({ attempts: 2, retryOn, retriableStatusCodes, backoffBaseMs: 25, ignorePreviousHosts: true });
const status = (code: number, headers = {}): TryOutcome => ({ kind: 'response', response: { status: code, headers } });

describe('planRetries', () => {
  it('tries once without a policy, attempts + 1 times with one', () => {
    expect(planRetries(undefined).maxTries).toBe(1);
    expect(plan(['5xx']).maxTries).toBe(3);
  });

  it.each<[string, TryOutcome, boolean]>([
    ['5xx', status(500), true],
    ['5xx', status(499), false],
    ['5xx', { kind: 'reset' }, true],
    ['5xx', { kind: 'per-try-timeout' }, true],
    ['5xx', { kind: 'overflow' }, false],
    ['gateway-error', status(503), true],
    ['gateway-error', status(500), false],
    ['retriable-4xx', status(409), true],
    ['retriable-4xx', status(404), false],
    ['connect-failure', { kind: 'connect-failure' }, true],
    ['connect-failure', { kind: 'reset' }, false],
    ['connect-failure', { kind: 'per-try-timeout' }, false],
    ['refused-stream', { kind: 'refused-stream' }, true],
    ['reset', { kind: 'reset' }, true],
    ['unavailable', status(200, { 'grpc-status': '14' }), true],
    ['cancelled', status(200, { 'grpc-status': '14' }), false],
  ])('%s after %j: %s', (token, outcome, expected) => expect(plan([token]).retries(outcome)).toBe(expected));

  it('retries listed statuses only with retriable-status-codes', () => {
    expect(plan(['retriable-status-codes'], [418]).retries(status(418))).toBe(true);
    expect(plan(['connect-failure'], [418]).retries(status(418))).toBe(false);
  });
});

describe('RetryRules', () => {
  it('tries again what never was sent, with reset-before-request', () => {
    const rules = new RetryRules({ retryOn: ['reset-before-request'], retriableStatusCodes: [] });
    expect(rules.afterReset('reset', false)).toBe(true);
    expect(rules.afterReset('reset', true)).toBe(false);
    expect(rules.afterReset('connect-failure')).toBe(true);
  });
});
