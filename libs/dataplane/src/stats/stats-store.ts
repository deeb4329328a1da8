import type { Counter, Gauge, Histogram, StatsScope, StatTags } from '../runtime/services.ts';
import { CounterCell, GaugeCell, HistogramCell } from './instruments.ts';

/** What a statistic is, apart from its value. Plain data: it crosses between threads once. */
export interface StatDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** As in /stats, with the values of its own tags at the end. */
  readonly name: string;
  /** Without the values of its own tags. */
  readonly bareName: string;
  /** Dotted, without what `scopeTags` carry; for Envoy's default tags. */
  readonly shortName: string;
  /** Parts of the name that are labels in Prometheus' format. */
  readonly scopeTags: StatTags;
  /** Labels of its own, such as those of the stats access logger. */
  readonly tags: StatTags;
}

/** All values of one thread, in the order of their definitions by kind. */
export interface StatsSnapshot {
  /** Those that were made since the snapshot before this one. */
  readonly definitions: readonly StatDefinition[];
  readonly counters: Float64Array;
  readonly gauges: Float64Array;
  /** Cells of all histograms, one after the other. */
  readonly histograms: Float64Array;
}

const chunkCells = 1_024;
const ignored = { inc: () => undefined, dec: () => undefined, set: () => undefined, record: () => undefined };

/** The statistics of one thread. Instruments write into typed arrays; nobody else does. */
export class StatsStore {
  readonly root: StatsScope = new PrefixedScope(this, { prefix: '', shortPrefix: '', tags: [] });
  readonly #kept: readonly string[];
  readonly #byName = new Map<string, CounterCell | GaugeCell | HistogramCell>();
  #fresh: StatDefinition[] = [];
  readonly #counters = new Chunks();
  readonly #gauges = new Chunks();
  readonly #histograms: HistogramCell[] = [];

  /** @param kept only names that start with one of these are counted; empty: all */
  constructor(kept: readonly string[] = []) {
    this.#kept = kept;
  }

  /** The instrument of that name, made when there is none. */
  instrument(definition: StatDefinition): Counter & Gauge & Histogram {
    const found = this.#byName.get(definition.name);
    // The kind is part of the name in practice: `upstream_rq_total` is a counter everywhere.
    if (found !== undefined) return found as unknown as Counter & Gauge & Histogram;
    if (this.#kept.length > 0 && !this.#kept.some((prefix) => definition.name.startsWith(prefix))) return ignored;
    const made = this.#make(definition.kind);
    this.#byName.set(definition.name, made);
    this.#fresh.push(definition);
    return made as unknown as Counter & Gauge & Histogram;
  }

  snapshot(): StatsSnapshot {
    const definitions = this.#fresh;
    this.#fresh = [];
    const histograms = concat(this.#histograms.map(({ cells }) => cells));
    return { definitions, counters: this.#counters.copy(), gauges: this.#gauges.copy(), histograms };
  }

  /** Counters begin at zero again. Source: Envoy's /reset_counters, which leaves gauges and histograms alone. */
  resetCounters(): void {
    this.#counters.clear();
  }

  #make(kind: StatDefinition['kind']): CounterCell | GaugeCell | HistogramCell {
    if (kind === 'histogram') {
      const histogram = new HistogramCell();
      this.#histograms.push(histogram);
      return histogram;
    }
    const { cells, index } = (kind === 'counter' ? this.#counters : this.#gauges).next();
    return kind === 'counter' ? new CounterCell(cells, index) : new GaugeCell(cells, index);
  }
}

interface ScopeParams {
  /** With its dot at the end, or empty. */
  readonly prefix: string;
  readonly shortPrefix: string;
  readonly tags: StatTags;
}

class PrefixedScope implements StatsScope {
  readonly #store: StatsStore;
  readonly #params: ScopeParams;

  constructor(store: StatsStore, params: ScopeParams) {
    this.#store = store;
    this.#params = params;
  }

  counter(name: string, tags?: StatTags): Counter {
    return this.#store.instrument(this.#definition('counter', name, tags));
  }

  gauge(name: string, tags?: StatTags): Gauge {
    return this.#store.instrument(this.#definition('gauge', name, tags));
  }

  histogram(name: string, tags?: StatTags): Histogram {
    return this.#store.instrument(this.#definition('histogram', name, tags));
  }

  scope(params: { readonly prefix: string; readonly prometheusPrefix: string; readonly tags: StatTags }): StatsScope {
    return new PrefixedScope(this.#store, {
      prefix: this.#params.prefix + withDot(params.prefix),
      shortPrefix: this.#params.shortPrefix + withDot(params.prometheusPrefix),
      tags: [...this.#params.tags, ...params.tags],
    });
  }

  #definition(kind: StatDefinition['kind'], name: string, tags: StatTags = []): StatDefinition {
    const { prefix, shortPrefix, tags: scopeTags } = this.#params;
    const bareName = prefix + name;
    const suffix = tags.length === 0 ? '' : `.${tags.map(([key, value]) => `${key}.${value}`).join('.')}`;
    return { kind, name: bareName + suffix, bareName, shortName: shortPrefix + name, scopeTags, tags };
  }
}

function withDot(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
}

/** Cells that never move: a list of chunks, filled one after the other. */
class Chunks {
  readonly #chunks: Float64Array[] = [];
  #length = 0;

  next(): { cells: Float64Array; index: number } {
    const index = this.#length % chunkCells;
    if (index === 0) this.#chunks.push(new Float64Array(chunkCells));
    this.#length++;
    return { cells: this.#chunks.at(-1) as Float64Array, index };
  }

  copy(): Float64Array {
    return concat(this.#chunks).slice(0, this.#length);
  }

  clear(): void {
    for (const chunk of this.#chunks) chunk.fill(0);
  }
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
