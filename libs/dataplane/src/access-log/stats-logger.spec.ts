import { expect, it } from 'vitest';
import { mergeStats, StatsSource } from '../stats/merged-stats.ts';
import { statsText } from '../stats/stats-formats.ts';
import { StatsStore } from '../stats/stats-store.ts';
import type { LogFacts } from './log-facts.ts';
import { StatsLogger } from './stats-logger.ts';

it('makes no more instruments than it may, and counts what is lost', () => {
  const store = new StatsStore();
  const tags = [{ name: 'route', format: '%ROUTE_NAME%' }];
  const logger = new StatsLogger(
    {
      kind: 'stats',
      prefix: 'istio',
      counters: [{ name: 'requests', tags, value: 1 }],
      histograms: [{ name: 'time', tags, value: '%DURATION%' }],
      maxCounters: 2,
      maxHistograms: 1,
    },
    store.root,
  );
  const log = (routeName: string): void => logger.log({ routeName, durationMs: 3 } as LogFacts);
  for (const route of ['a', 'b', 'c', 'a', 'c', 'c', 'b']) log(route);
  const source = new StatsSource();
  source.take(store.snapshot());
  const text = statsText(mergeStats([source]));
  expect(text).toContain('istio.requests.route.a: 2\n');
  expect(text).toContain('istio.requests.route.b: 2\n');
  expect(text).not.toContain('route.c');
  expect(text).toContain('server.stats_overflow.counter: 3\n');
  expect(text).toContain('server.stats_overflow.histogram: 5\n');
});
