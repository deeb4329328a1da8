import { describe, expect, it } from 'vitest';
import { StatsStore } from '../stats/stats-store.ts';
import { Watchdog } from './watchdog.ts';

function world(killMs = 0) {
  const stats = new StatsStore();
  const heartbeats = new Int32Array(2);
  const world = {
    stats,
    at: 0,
    stuck: new Set<number>(),
    away: new Set<number>(),
    silent: [] as string[],
    killed: [] as string[],
  };
  const times = { missMs: 200, megaMissMs: 1_000 };
  const dog = new Watchdog({
    limits: { mainThread: times, workers: { ...times, killMs } },
    heartbeats,
    workers: 2,
    stats: stats.root,
    now: () => world.at,
    ping: (index, beat) => {
      if (!world.stuck.has(index)) heartbeats[index] = beat;
      return !world.away.has(index);
    },
    onSilent: (index, ms) => world.silent.push(`${index} ${ms}`),
    kill: (index, ms) => world.killed.push(`${index} ${ms}`),
  });
  const tick = (times = 1, ms = 200): void => {
    for (let i = 0; i < times; i++) {
      world.at += ms;
      dog.look();
    }
  };
  tick();
  return { ...world, tick, value: (name: string) => stats.value(name), away: world.away, stuck: world.stuck };
}

describe('Watchdog', () => {
  it('counts once for each time that a worker does not come round', () => {
    const { tick, stuck, silent, killed, value } = world();
    tick(3);
    expect(value('workers.watchdog_miss')).toBe(0);
    stuck.add(1);
    tick(2);
    expect(value('server.worker_1.watchdog_miss')).toBe(1);
    expect(silent).toEqual([]);
    tick(20);
    expect([value('server.worker_1.watchdog_miss'), value('server.worker_1.watchdog_mega_miss')]).toEqual([1, 1]);
    expect([value('server.worker_0.watchdog_miss'), value('workers.watchdog_mega_miss')]).toEqual([0, 1]);
    expect(silent).toEqual(['1 1000']);
    expect(killed).toEqual([]);
  });

  it('replaces a worker after the time that is configured, and watches the next one', () => {
    const { tick, stuck, away, killed, value } = world(2_000);
    stuck.add(0);
    tick(11);
    expect(killed).toEqual(['0 2000']);
    away.add(0);
    tick(20);
    expect(killed).toHaveLength(1);
    away.delete(0);
    stuck.delete(0);
    tick(20);
    expect(killed).toHaveLength(1);
    expect(value('server.worker_0.watchdog_miss')).toBe(1);
  });

  it('does not blame workers for the time that its own thread stood still', () => {
    const { tick, stuck, killed, value } = world(2_000);
    stuck.add(0);
    tick();
    tick(1, 60_000);
    expect(killed).toEqual([]);
    expect(value('server.worker_0.watchdog_mega_miss')).toBe(0);
    expect([value('main_thread.watchdog_miss'), value('server.main_thread.watchdog_mega_miss')]).toEqual([1, 1]);
  });
});
