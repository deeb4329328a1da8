import type { AccessLogConfig, StatRule } from '@malla/proxy-config';
import type { Counter, Histogram, StatsScope, StatTags } from '../runtime/instruments.ts';
import type { LogFacts } from './log-facts.ts';
import { compileText, type CompiledFormat } from './log-format.ts';

type Sink = Extract<AccessLogConfig['sink'], { kind: 'stats' }>;

/** Instruments of each kind, where the configuration sets no bound: clients cannot fill the memory. */
const maxInstruments = 30_000;

/** Envoy's stats access logger: counters and histograms with labels from the entry. Rules with the same labels share one look-up. */
export class StatsLogger {
  readonly #groups: readonly RuleGroup[];

  constructor(sink: Sink, stats: StatsScope) {
    const scope =
      sink.prefix === '' ? stats : stats.scope({ prefix: sink.prefix, prometheusPrefix: sink.prefix, tags: [] });
    const budget = new Budget(sink, stats);
    const groups = new Map<string, RuleGroup>();
    const add = (rule: StatRule, histogram: boolean): void => {
      const key = JSON.stringify(rule.tags);
      const group = groups.get(key) ?? new RuleGroup(rule.tags, scope, budget);
      groups.set(key, group);
      group.rules.push(compileRule(rule, histogram));
    };
    for (const rule of sink.counters) add(rule, false);
    for (const rule of sink.histograms) add(rule, true);
    this.#groups = [...groups.values()];
  }

  log(facts: LogFacts): void {
    for (let i = 0; i < this.#groups.length; i++) this.#groups[i]?.record(facts);
  }
}

interface CompiledRule {
  readonly name: string;
  readonly histogram: boolean;
  /** Undefined: nothing to count. */
  readonly value: (facts: LogFacts) => number | undefined;
}

function compileRule(rule: StatRule, histogram: boolean): CompiledRule {
  const { name, value } = rule;
  if (typeof value === 'number') return { name, histogram, value: () => value };
  const { single, text } = compileText(value);
  return {
    name,
    histogram,
    value: (facts) => {
      const given = single === undefined ? text(facts) : single(facts);
      const number = typeof given === 'number' ? given : Number(given);
      return Number.isNaN(number) ? undefined : number;
    },
  };
}

type Instrument = Counter | Histogram;

/**
 * How many instruments a logger may still make. What is recorded beyond that is lost, and counted under Envoy's names.
 * Source: Envoy's envoy.type.v3.Scope and ThreadLocalStoreImpl.
 */
class Budget {
  readonly #left: { counter: number; histogram: number };
  readonly #lost: { readonly counter: Counter; readonly histogram: Counter };

  constructor({ maxCounters, maxHistograms }: Sink, stats: StatsScope) {
    this.#left = { counter: maxCounters ?? maxInstruments, histogram: maxHistograms ?? maxInstruments };
    this.#lost = {
      counter: stats.counter('server.stats_overflow.counter'),
      histogram: stats.counter('server.stats_overflow.histogram'),
    };
  }

  take(kind: 'counter' | 'histogram'): boolean {
    return this.#left[kind] > 0 && this.#left[kind]-- > 0;
  }

  lost(kind: 'counter' | 'histogram'): void {
    this.#lost[kind].inc();
  }
}

/** Rules with the same labels. */
class RuleGroup {
  readonly rules: CompiledRule[] = [];
  readonly #names: readonly string[];
  readonly #formats: readonly CompiledFormat[];
  /** Positions of the labels that depend on the entry. */
  readonly #dynamic: readonly number[];
  readonly #scope: StatsScope;
  readonly #budget: Budget;
  /** An instrument for each rule; undefined for one too many. */
  readonly #byTuple = new Map<string, readonly (Instrument | undefined)[]>();
  /** The tuple of the entry before; most entries have the same one. */
  readonly #last: string[];
  #lastInstruments: readonly (Instrument | undefined)[] | undefined;

  constructor(tags: StatRule['tags'], scope: StatsScope, budget: Budget) {
    this.#scope = scope;
    this.#budget = budget;
    this.#names = tags.map(({ name }) => name);
    this.#formats = tags.map(({ format }) => compileText(format));
    this.#dynamic = this.#formats.flatMap(({ constant }, index) => (constant === undefined ? [index] : []));
    this.#last = this.#dynamic.map(() => '');
  }

  record(facts: LogFacts): void {
    const instruments = this.#instruments(facts);
    for (let i = 0; i < this.rules.length; i++) {
      const { histogram, value } = this.rules[i] as CompiledRule;
      const number = value(facts);
      if (number === undefined) continue;
      const instrument = instruments?.[i];
      if (instrument === undefined) this.#budget.lost(histogram ? 'histogram' : 'counter');
      else if (histogram) (instrument as Histogram).record(number);
      else (instrument as Counter).inc(number);
    }
  }

  /** Undefined: none could be made for the labels of this entry. */
  #instruments(facts: LogFacts): readonly (Instrument | undefined)[] | undefined {
    const dynamic = this.#dynamic;
    const last = this.#last;
    let same = this.#lastInstruments !== undefined;
    for (let i = 0; i < dynamic.length; i++) {
      const value = this.#formats[dynamic[i] as number]?.text(facts) as string;
      if (value === last[i]) continue;
      last[i] = value;
      same = false;
    }
    if (same) return this.#lastInstruments;
    const key = last.join('\0');
    let found = this.#byTuple.get(key);
    if (found === undefined) {
      found = this.#make();
      if (found.every((instrument) => instrument === undefined)) found = undefined;
      else this.#byTuple.set(key, found);
    }
    this.#lastInstruments = found;
    return found;
  }

  /** Instruments for the tuple in `#last`. */
  #make(): readonly (Instrument | undefined)[] {
    const values = this.#formats.map(({ constant }) => constant ?? '');
    this.#dynamic.forEach((position, index) => (values[position] = this.#last[index] as string));
    const tags: StatTags = this.#names.map((name, index) => [name, values[index] as string]);
    return this.rules.map(({ name, histogram }) => {
      if (!this.#budget.take(histogram ? 'histogram' : 'counter')) return undefined;
      return histogram ? this.#scope.histogram(name, tags) : this.#scope.counter(name, tags);
    });
  }
}
