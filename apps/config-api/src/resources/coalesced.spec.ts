import { describe, expect, it } from 'vitest';
import { Coalesced } from './coalesced.ts';

describe('Coalesced', () => {
  it('shares one run among those who asked before it began, and never gives an older answer than the call', async () => {
    const runs: ((value: number) => void)[] = [];
    const shared = new Coalesced(() => new Promise<number>((resolve) => runs.push(resolve)));
    const first = shared.get();
    const later = [shared.get(), shared.get()];
    expect(runs).toHaveLength(1);
    runs[0]?.(1);
    expect(await first).toBe(1);
    await expect.poll(() => runs.length).toBe(2);
    const last = shared.get();
    runs[1]?.(2);
    expect(await Promise.all(later)).toEqual([2, 2]);
    await expect.poll(() => runs.length).toBe(3);
    runs[2]?.(3);
    expect(await last).toBe(3);
  });

  it('begins anew after a failure', async () => {
    let fail = true;
    const shared = new Coalesced(async () => {
      if (fail) throw new Error('away');
      return 1;
    });
    const [one, two] = [shared.get(), shared.get()];
    await expect(one).rejects.toThrow('away');
    await expect(two).rejects.toThrow('away');
    fail = false;
    expect(await shared.get()).toBe(1);
  });
});
