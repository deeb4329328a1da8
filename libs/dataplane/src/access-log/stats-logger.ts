import type { AccessLogConfig, StatRule } from '@malla/proxy-config';
import type { Counter, Histogram, StatsScope, StatTags } from '../runtime/instruments.ts';
import type { LogFacts } from './log-facts.ts';
import { compileText, type CompiledFormat } from './log-format.ts';

type Sink = Extract<AccessLogConfig['sink'], { kind: 'stats' }>;

/** Tag tuples of one rule that are kept apart; what comes later is not counted, so that clients cannot fill the memory. */
const maxTuples = 10_000;

/** Envoy's stats access logger: counters and histograms with labels from the entry. Rules with the same labels share one look-up. */
export class StatsLogger {
  readonly #groups: readonly RuleGroup[];

  constructor(sink: Sink, stats: StatsScope) {
    const scope =
      sink.prefix === '' ? stats : stats.scope({ prefix: sink.prefix, prometheusPrefix: sink.prefix, tags: [] });
    const groups = new Map<string, RuleGroup>();
    const add = (rule: StatRule, histogram: boolean): void => {
      const key = JSON.stringify(rule.tags);
      const group = groups.get(key) ?? new RuleGroup(rule.tags, scope);
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

/** Rules with the same labels. */
class RuleGroup {
  readonly rules: CompiledRule[] = [];
  readonly #names: readonly string[];
  readonly #formats: readonly CompiledFormat[];
  /** Positions of the labels that depend on the entry. */
  readonly #dynamic: readonly number[];
  readonly #scope: StatsScope;
  readonly #byTuple = new Map<string, readonly Instrument[]>();
  /** The tuple of the entry before; most entries have the same one. */
  readonly #last: string[];
  #lastInstruments: readonly Instrument[] | undefined;

  constructor(tags: StatRule['tags'], scope: StatsScope) {
    this.#scope = scope;
    this.#names = tags.map(({ name }) => name);
    this.#formats = tags.map(({ format }) => compileText(format));
    this.#dynamic = this.#formats.flatMap(({ constant }, index) => (constant === undefined ? [index] : []));
    this.#last = this.#dynamic.map(() => '');
  }

  record(facts: LogFacts): void {
    const instruments = this.#instruments(facts);
    if (instruments === undefined) return;
    for (let i = 0; i < this.rules.length; i++) {
      const { histogram, value } = this.rules[i] as CompiledRule;
      const number = value(facts);
      if (number === undefined) continue;
      if (histogram) (instruments[i] as Histogram).record(number);
      else (instruments[i] as Counter).inc(number);
    }
  }

  #instruments(facts: LogFacts): readonly Instrument[] | undefined {
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
    if (found === undefined && this.#byTuple.size < maxTuples) {
      found = this.#make();
      this.#byTuple.set(key, found);
    }
    this.#lastInstruments = found;
    return found;
  }

  /** Instruments for the tuple in `#last`. */
  #make(): readonly Instrument[] {
    const values = this.#formats.map(({ constant }) => constant ?? '');
    this.#dynamic.forEach((position, index) => (values[position] = this.#last[index] as string));
    const tags: StatTags = this.#names.map((name, index) => [name, values[index] as string]);
    return this.rules.map(({ name, histogram }) =>
      histogram ? this.#scope.histogram(name, tags) : this.#scope.counter(name, tags),
    );
  }
}
