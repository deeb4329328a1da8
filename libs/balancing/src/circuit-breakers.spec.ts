import { describe, expect, it } from 'vitest';
import { createCircuitBreakers, type LimitKind } from './circuit-breakers.ts';

const config = {
  maxConnections: 2,
  maxPendingRequests: 0,
  maxRequests: 100,
  maxRetries: 1,
  trackRemaining: false,
};

describe('createCircuitBreakers', () => {
  it('gives what is there and counts what it refuses', () => {
    const overflows: LimitKind[] = [];
    const { connections, pendingRequests } = createCircuitBreakers(config, (kind) => overflows.push(kind));
    expect([connections.tryAcquire(), connections.tryAcquire(), connections.tryAcquire()]).toEqual([true, true, false]);
    expect(connections).toMatchObject({ used: 2, open: true, remaining: 0 });
    connections.release();
    expect(connections).toMatchObject({ used: 1, open: false, remaining: 1 });
    expect(pendingRequests.tryAcquire()).toBe(false);
    expect(overflows).toEqual(['connections', 'pendingRequests']);
    expect(pendingRequests.open).toBe(true);
  });

  it('throws when more is given back than was taken', () => {
    const { requests } = createCircuitBreakers(config, () => {});
    expect(() => requests.release()).toThrow(/requests/);
  });

  it('lets retries be a share of what is active, and always a few', () => {
    const retryBudget = { percent: 25, minConcurrency: 2 };
    const { requests, retries } = createCircuitBreakers({ ...config, retryBudget }, () => {});
    expect([1, 2, 3].map(() => retries.tryAcquire())).toEqual([true, true, false]);
    for (let i = 0; i < 15; i++) requests.tryAcquire();
    expect([1, 2].map(() => retries.tryAcquire())).toEqual([true, false]);
    expect(retries.used).toBe(3);
  });
});
