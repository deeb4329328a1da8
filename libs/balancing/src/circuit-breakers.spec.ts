import { describe, expect, it } from 'vitest';
import { createCircuitBreakers, limitCells, type LimitKind, type MeasuredLimit } from './circuit-breakers.ts';

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

  it('counts over all workers that share memory', () => {
    const cells = new Int32Array(3 * limitCells);
    const workers = [0, 1, 2].map((own) => createCircuitBreakers(config, () => {}, { cells, at: 0, workers: 3, own }));
    const [a, b, c] = workers.map(({ connections }) => connections) as [MeasuredLimit, MeasuredLimit, MeasuredLimit];
    expect([a.tryAcquire(), b.tryAcquire(), c.tryAcquire()]).toEqual([true, true, false]);
    expect([a.used, c.used, c.open, c.remaining]).toEqual([2, 2, true, 0]);
    expect(() => c.release()).toThrow(/connections/);
    b.release();
    expect([c.tryAcquire(), a.tryAcquire()]).toEqual([true, false]);
    // What was replaced counts by itself, and still gives back what it took.
    workers[2]?.detach();
    expect([c.used, a.used, a.tryAcquire()]).toEqual([1, 1, true]);
    c.release();
    expect([c.used, a.used]).toEqual([0, 2]);
    expect(cells.reduce((sum, cell) => sum + cell)).toBe(2);
    expect(cells[0]).toBe(2);
  });

  it('lets retries be a share of what all workers have', () => {
    const cells = new Int32Array(2 * limitCells);
    const budget = { ...config, maxRequests: 4_294_967_295, retryBudget: { percent: 25, minConcurrency: 1 } };
    const [a, b] = [0, 1].map((own) => createCircuitBreakers(budget, () => {}, { cells, at: 0, workers: 2, own }));
    for (let i = 0; i < 8; i++) a?.requests.tryAcquire();
    expect([b, a, b].map((worker) => worker?.retries.tryAcquire())).toEqual([true, true, false]);
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
