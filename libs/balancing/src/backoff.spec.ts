import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('backoffMs', () => {
  it('doubles its range with each retry, up to the maximum', () => {
    const most = [1, 2, 3, 4, 5, 6, 100].map((attempt) => backoffMs(attempt, 25, 250, () => 0.999999));
    expect(most).toEqual([24, 49, 99, 199, 249, 249, 249]);
    expect(backoffMs(3, 25, 250, () => 0)).toBe(0);
    expect(backoffMs(3, 25, 250, () => 0.5)).toBe(50);
  });
});
