import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.ts';

describe('BackOff', () => {
  it('waits anything below a bound that doubles, up to the longest, until it is reset', () => {
    let random = 0.999999;
    const backOff = new BackOff({ baseMs: 25, maxMs: 250, random: () => random });
    expect(Array.from({ length: 6 }, () => backOff.next())).toEqual([24, 49, 99, 199, 249, 249]);
    backOff.reset();
    random = 0.5;
    expect([backOff.next(), backOff.next()]).toEqual([12, 25]);
  });
});
