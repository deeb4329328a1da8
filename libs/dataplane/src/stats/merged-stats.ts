import { histogramCells } from './instruments.ts';
import type { StatDefinition, StatsSnapshot } from './stats-store.ts';

/** A statistic of the whole process. */
export interface MergedStat {
  readonly definition: StatDefinition;
  /** Of counters and gauges. */
  value: number;
  /** Written since the start. */
  used: boolean;
  /** Of histograms. */
  readonly cells: Float64Array | undefined;
}

/** What one thread told: its definitions so far, and its newest values. */
export class StatsSource {
  /** By kind, then by index. */
  readonly definitions = {
    counter: new Map<number, StatDefinition>(),
    gauge: new Map<number, StatDefinition>(),
    histogram: new Map<number, StatDefinition>(),
  };
  #latest: StatsSnapshot | undefined;

  take(snapshot: StatsSnapshot): void {
    for (const { kind, index, definition } of snapshot.definitions) this.definitions[kind].set(index, definition);
    for (const { kind, index } of snapshot.removed) this.definitions[kind].delete(index);
    this.#latest = snapshot;
  }

  get latest(): StatsSnapshot | undefined {
    return this.#latest;
  }
}

/**
 * Adds the threads' values up by name. Gauges that describe the configuration are the same in every thread: of those it is the largest.
 * In the order of names, as Envoy prints them.
 */
export function mergeStats(sources: Iterable<StatsSource>): readonly MergedStat[] {
  const byName = new Map<string, MergedStat>();
  for (const source of sources) addSource(byName, source);
  return [...byName.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
}

/** What a source has of histograms alone. Source: Envoy's /reset_counters. */
export function withoutCounters(source: StatsSource): StatsSource {
  const rest = countsOf([source]);
  rest.definitions.counter.clear();
  return rest;
}

/** All that these threads have counted, as one source. Gauges, which tell what a thread has at the moment, are left out: for threads that are gone. */
export function countsOf(sources: Iterable<StatsSource>): StatsSource {
  const stats = mergeStats(sources);
  const counters = stats.filter(({ definition }) => definition.kind === 'counter');
  const histograms = stats.filter(({ cells }) => cells !== undefined);
  const placed = ({ definition }: MergedStat, index: number) => ({ kind: definition.kind, index, definition });
  const cells = new Float64Array(histograms.length * histogramCells);
  for (const [index, stat] of histograms.entries()) cells.set(stat.cells as Float64Array, index * histogramCells);
  const source = new StatsSource();
  source.take({
    definitions: [...counters.map(placed), ...histograms.map(placed)],
    removed: [],
    counters: Float64Array.from(counters, ({ value }) => value),
    gauges: new Float64Array(),
    histograms: cells,
  });
  return source;
}

function addSource(byName: Map<string, MergedStat>, { definitions, latest }: StatsSource): void {
  if (latest === undefined) return;
  const statOf = (definition: StatDefinition): MergedStat => {
    const stat = byName.get(definition.name) ?? emptyStat(definition);
    byName.set(definition.name, stat);
    return stat;
  };
  for (const [at, definition] of definitions.counter) addValue(statOf(definition), latest.counters[at] ?? 0);
  for (const [at, definition] of definitions.gauge) addValue(statOf(definition), latest.gauges[at] ?? 0);
  for (const [at, definition] of definitions.histogram)
    addCells(statOf(definition), latest.histograms.subarray(at * histogramCells));
}

function emptyStat(definition: StatDefinition): MergedStat {
  const cells = definition.kind === 'histogram' ? new Float64Array(histogramCells) : undefined;
  return { definition, value: 0, used: false, cells };
}

function addValue(stat: MergedStat, value: number): void {
  const isCounter = stat.definition.kind === 'counter';
  if (isCounter ? value !== 0 : !Object.is(value, -0)) stat.used = true;
  if (!isCounter && sameInEveryThread.test(stat.definition.name)) stat.value = Math.max(stat.value, value);
  else stat.value += value;
}

/** Gauges of the configuration, and flags. */
const sameInEveryThread =
  /\.(membership_(?:total|healthy|degraded|excluded)|max_host_weight|version|lb_subsets_active|warming_state|(?:cx|cx_pool|rq|rq_pending|rq_retry)_open|remaining_\w+|total_(?:listeners|filter_chains)_draining)$/;

function addCells(stat: MergedStat, from: Float64Array): void {
  const cells = stat.cells as Float64Array;
  for (let i = 0; i < cells.length; i++) {
    const value = from[i] ?? 0;
    if (value !== 0) stat.used = true;
    (cells[i] as number) += value;
  }
}
