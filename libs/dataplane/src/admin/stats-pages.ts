import type { MergedStat } from '../stats/merged-stats.ts';
import { statsJson, statsPrometheus, statsText } from '../stats/stats-formats.ts';
import type { TagRules } from '../stats/tag-rules.ts';
import type { AdminAnswer, AdminPage } from './admin-server.ts';

export interface StatsPagesParams {
  /** Of all threads, newest values, in the order of names. */
  readonly stats: () => Promise<readonly MergedStat[]>;
  readonly tagRules: TagRules;
  readonly resetCounters: () => void;
}

/** `/stats` in its formats, `/stats/prometheus` and `/reset_counters`. */
export function statsPages({ stats, tagRules, resetCounters }: StatsPagesParams): readonly AdminPage[] {
  const chosen = async (query: URLSearchParams, render: (stats: readonly MergedStat[]) => AdminAnswer) => {
    const keep = chosenBy(query);
    return typeof keep === 'string' ? { status: 400, body: keep } : render((await stats()).filter(keep));
  };
  const prometheus = (query: URLSearchParams) => chosen(query, (kept) => ({ body: statsPrometheus(kept, tagRules) }));
  return [
    {
      path: '/stats',
      help: 'print server stats',
      answer: (query) => {
        switch (query.get('format') ?? 'text') {
          case 'text':
          case '':
            return chosen(query, (kept) => ({ body: statsText(kept) }));
          case 'json':
            return chosen(query, (kept) => ({ json: true, body: statsJson(kept) }));
          case 'prometheus':
            return prometheus(query);
          default:
            return { status: 400, body: 'usage: /stats?format=(text|json|prometheus)\n\n' };
        }
      },
    },
    { path: '/stats/prometheus', help: 'print server stats in prometheus format', answer: prometheus },
    {
      path: '/reset_counters',
      help: 'reset all counters to zero',
      post: true,
      answer: () => {
        resetCounters();
        return { body: 'OK\n' };
      },
    },
  ];
}

const types: Readonly<Record<string, string>> = { Counters: 'counter', Gauges: 'gauge', Histograms: 'histogram' };

/** Which statistics a query asks for, or what is wrong with it. */
function chosenBy(query: URLSearchParams): ((stat: MergedStat) => boolean) | string {
  const usedOnly = query.has('usedonly');
  const invert = query.has('invert_filter');
  const type = types[query.get('type') ?? ''];
  let filter: RegExp | undefined;
  try {
    filter = query.has('filter') ? new RegExp(query.get('filter') ?? '') : undefined;
  } catch {
    return `Invalid re2 regex: ${query.get('filter') ?? ''}`;
  }
  return ({ definition, used }) =>
    (!usedOnly || used) &&
    (type === undefined || definition.kind === type) &&
    (filter === undefined || filter.test(definition.name) !== invert);
}
