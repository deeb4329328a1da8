import { describe, expect, it } from 'vitest';
import { Health, type CheckState } from './health.ts';

describe('Health', () => {
  it('is as bad as its worst check', () => {
    const health = new Health();
    expect(health.report()).toMatchObject({ live: true, ready: true, state: 'ok' });
    const store = health.check('store');
    expect(health.report()).toMatchObject({ ready: false, state: 'down' });
    store.ok();
    health.check('redis').degraded('redis is away');
    expect(health.report()).toMatchObject({ live: true, ready: true, state: 'degraded' });
    health.check('redis').dead('gone');
    expect(health.report()).toMatchObject({ live: false, ready: false, state: 'dead' });
  });

  it('tells of changes only, and keeps the time of the change of state', () => {
    let now = 0;
    const health = new Health(() => now);
    const states: CheckState[] = [];
    const stop = health.onChange((report) => states.push(report.state));
    const check = health.check('store');
    check.degraded('slow');
    now = 1_000;
    check.degraded('slow');
    check.degraded('slower');
    expect(states).toEqual(['down', 'degraded', 'degraded']);
    expect(health.report().checks[0]).toEqual({
      name: 'store',
      state: 'degraded',
      reason: 'slower',
      since: new Date(0).toISOString(),
    });
    stop();
    check.ok();
    expect(states).toHaveLength(3);
  });

  it('is not ready while draining, but live', () => {
    const health = new Health();
    health.drain();
    expect(health.report()).toMatchObject({ live: true, ready: false });
  });
});
