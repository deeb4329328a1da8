import type { Counter, Gauge, Histogram, StatsScope, StatTags } from '../runtime/instruments.ts';
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

/** Where a statistic has its value among those of its kind. */
export interface StatPlace {
  readonly kind: StatDefinition['kind'];
  readonly index: number;
}

/** All values of one thread, by kind and index. */
export interface StatsSnapshot {
  /** Those that were made since the snapshot before this one. */
  readonly definitions: readonly (StatPlace & { readonly definition: StatDefinition })[];
  /** Those that were given up since then. */
  readonly removed: readonly StatPlace[];
  readonly counters: Float64Array;
  readonly gauges: Float64Array;
  /** Cells of all histograms, one after the other. */
  readonly histograms: Float64Array;
}

const chunkCells = 1_024;
const ignored = { inc: () => undefined, dec: () => undefined, set: () => undefined, record: () => undefined };

/** The statistics of one thread. Instruments write into typed arrays; nobody else does. */
export class StatsStore {
  readonly root: StatsScope = new PrefixedScope(this, { prefix: '', shortPrefix: '', tags: [], top: '' });
  readonly #kept: readonly string[];
  readonly #byName = new Map<string, Placed>();
  /** Names below each prefix that a scope of the root has. */
  readonly #byPrefix = new Map<string, string[]>();
  #fresh: (StatPlace & { readonly definition: StatDefinition })[] = [];
  #removed: StatPlace[] = [];
  readonly #counters = new Chunks();
  readonly #gauges = new Chunks();
  /** Places of those that were given up hold an empty one. */
  readonly #histograms: HistogramCell[] = [];

  /** @param kept only names that start with one of these are counted; empty: all */
  constructor(kept: readonly string[] = []) {
    this.#kept = kept;
  }

  /**
   * The instrument of that name, made when there is none.
   * @param prefix of the scope right below the root that it belongs to
   */
  instrument(definition: StatDefinition, prefix: string): Counter & Gauge & Histogram {
    const found = this.#byName.get(definition.name);
    // The kind is part of the name in practice: `upstream_rq_total` is a counter everywhere.
    if (found !== undefined) return found.instrument as unknown as Counter & Gauge & Histogram;
    if (this.#kept.length > 0 && !this.#kept.some((prefix) => definition.name.startsWith(prefix))) return ignored;
    const made = this.#make(definition.kind);
    this.#byName.set(definition.name, made);
    const below = this.#byPrefix.get(prefix);
    if (below === undefined) this.#byPrefix.set(prefix, [definition.name]);
    else below.push(definition.name);
    this.#fresh.push({ kind: made.kind, index: made.index, definition });
    return made.instrument as unknown as Counter & Gauge & Histogram;
  }

  /**
   * Gives up all statistics of a scope of the root, such as those of a cluster that is gone. Whoever still has an instrument may write to it; nobody
   * reads that any more, for its cell is not used again.
   */
  release(prefix: string): void {
    const own = sanitizedName(prefix);
    for (const name of this.#byPrefix.get(own) ?? []) {
      const placed = this.#byName.get(name);
      if (placed === undefined) continue;
      this.#byName.delete(name);
      this.#removed.push({ kind: placed.kind, index: placed.index });
      if (placed.kind === 'histogram') this.#histograms[placed.index] = noHistogram;
    }
    this.#byPrefix.delete(own);
  }

  /** The present value of a counter or gauge; 0 without one. For specs. */
  value(name: string): number {
    const instrument = this.#byName.get(name)?.instrument;
    if (instrument === undefined || instrument instanceof HistogramCell) return 0;
    return (instrument.cells[instrument.index] as number) + 0;
  }

  snapshot(): StatsSnapshot {
    const definitions = this.#fresh;
    const removed = this.#removed;
    this.#fresh = [];
    this.#removed = [];
    const histograms = concat(this.#histograms.map(({ cells }) => cells));
    return { definitions, removed, counters: this.#counters.copy(), gauges: this.#gauges.copy(), histograms };
  }

  /** Counters begin at zero again. Source: Envoy's /reset_counters, which leaves gauges and histograms alone. */
  resetCounters(): void {
    this.#counters.clear();
  }

  #make(kind: StatDefinition['kind']): Placed {
    if (kind === 'histogram') {
      const instrument = new HistogramCell();
      return { kind, index: this.#histograms.push(instrument) - 1, instrument };
    }
    const { cells, at, index } = (kind === 'counter' ? this.#counters : this.#gauges).next();
    return { kind, index, instrument: kind === 'counter' ? new CounterCell(cells, at) : new GaugeCell(cells, at) };
  }
}

/** An instrument and where its value is. */
interface Placed extends StatPlace {
  readonly instrument: CounterCell | GaugeCell | HistogramCell;
}

const noHistogram = new HistogramCell();

interface ScopeParams {
  /** With its dot at the end, or empty. */
  readonly prefix: string;
  readonly shortPrefix: string;
  readonly tags: StatTags;
  /** Prefix of the scope right below the root; empty for the root. */
  readonly top: string;
}

class PrefixedScope implements StatsScope {
  readonly #store: StatsStore;
  readonly #params: ScopeParams;

  constructor(store: StatsStore, params: ScopeParams) {
    this.#store = store;
    this.#params = params;
  }

  counter(name: string, tags?: StatTags): Counter {
    return this.#store.instrument(this.#definition('counter', name, tags), this.#params.top);
  }

  gauge(name: string, tags?: StatTags): Gauge {
    return this.#store.instrument(this.#definition('gauge', name, tags), this.#params.top);
  }

  histogram(name: string, tags?: StatTags): Histogram {
    return this.#store.instrument(this.#definition('histogram', name, tags), this.#params.top);
  }

  scope(params: { readonly prefix: string; readonly prometheusPrefix: string; readonly tags: StatTags }): StatsScope {
    const prefix = this.#params.prefix + withDot(sanitizedName(params.prefix));
    return new PrefixedScope(this.#store, {
      prefix,
      shortPrefix: this.#params.shortPrefix + withDot(params.prometheusPrefix),
      tags: [...this.#params.tags, ...params.tags.map(([key, value]) => [key, sanitizedName(value)] as const)],
      top: this.#params.top || prefix,
    });
  }

  #definition(kind: StatDefinition['kind'], name: string, tags: StatTags = []): StatDefinition {
    const { prefix, shortPrefix, tags: scopeTags } = this.#params;
    const bareName = prefix + name;
    const suffix = tags.length === 0 ? '' : `.${tags.map(([key, value]) => `${key}.${value}`).join('.')}`;
    return { kind, name: bareName + suffix, bareName, shortName: shortPrefix + name, scopeTags, tags };
  }
}

/** Names of clusters and the like as parts of names of statistics: `:` ends a label elsewhere. Source: Envoy's Stats::Utility::sanitizeStatsName. */
function sanitizedName(name: string): string {
  return /[:\0]/.test(name) ? name.replaceAll(/:\/\/|:\/|:|\0/g, '_') : name;
}

function withDot(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
}

/** Cells that never move: a list of chunks, filled one after the other. */
class Chunks {
  readonly #chunks: Float64Array[] = [];
  #length = 0;

  /** `at` is the place in its chunk, `index` that among all. */
  next(): { cells: Float64Array; at: number; index: number } {
    const at = this.#length % chunkCells;
    if (at === 0) this.#chunks.push(new Float64Array(chunkCells));
    return { cells: this.#chunks.at(-1) as Float64Array, at, index: this.#length++ };
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
