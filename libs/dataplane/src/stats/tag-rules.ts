import type { BootstrapConfig } from '@malla/proxy-config';
import type { StatDefinition } from './stats-store.ts';

/** How names of statistics become labels: a bootstrap's `stats_config`. */
export type TagRulesConfig = Pick<BootstrapConfig, 'statsTags' | 'defaultStatsTags'>;

/** Name and labels of a statistic in Prometheus' format, before characters are replaced. */
export interface Labelled {
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
}

/** Takes labels out of names: by the bootstrap's own rules, or as Envoy does by default. */
export class TagRules {
  /** Undefined: Envoy's own labels. */
  readonly #patterns: readonly { readonly name: string; readonly pattern: RegExp }[] | undefined;
  /** The same for all statistics. */
  readonly #fixed: Labelled['labels'];
  /** By definition, so that labels of a cluster go with it. */
  readonly #known = new WeakMap<StatDefinition, Labelled>();

  constructor({ statsTags, defaultStatsTags }: TagRulesConfig) {
    this.#fixed = statsTags.flatMap((tag) => ('fixed' in tag ? [[tag.name, tag.fixed] as const] : []));
    if (defaultStatsTags) return;
    this.#patterns = statsTags
      .filter((tag) => 'regex' in tag)
      // Envoy asks patterns without a fixed beginning first.
      .toSorted((a, b) => Number(a.regex.startsWith('^')) - Number(b.regex.startsWith('^')))
      .map(({ name, regex }) => ({ name, pattern: new RegExp(regex.replaceAll('[:digit:]', '\\d'), 'd') }));
  }

  of(definition: StatDefinition): Labelled {
    const known = this.#known.get(definition);
    if (known !== undefined) return known;
    const found = this.#patterns === undefined ? byDefault(definition) : this.#byPatterns(definition.bareName);
    const labelled = { name: found.name, labels: [...found.labels, ...definition.tags, ...this.#fixed] };
    this.#known.set(definition, labelled);
    return labelled;
  }

  #byPatterns(whole: string): Labelled {
    const labels: (readonly [string, string])[] = [];
    const gone: (readonly [number, number])[] = [];
    for (const { name, pattern } of this.#patterns ?? []) {
      const match = pattern.exec(whole);
      const span = match?.indices?.[1];
      if (match === null || span === undefined) continue;
      labels.push([name, match[2] ?? match[1] ?? '']);
      gone.push(span);
    }
    return { name: without(whole, gone), labels };
  }
}

function byDefault({ shortName, scopeTags }: StatDefinition): Labelled {
  const labels: (readonly [string, string])[] = [];
  const code = /_rq_(?:(\d{3})|(\dxx))$/.exec(shortName);
  if (code !== null)
    labels.push([code[1] ? 'envoy_response_code' : 'envoy_response_code_class', code[1] ?? (code[2] as string)]);
  const name = code === null ? shortName : shortName.slice(0, code.index + '_rq'.length);
  for (const [tag, value] of scopeTags) labels.push([/^envoy[._]/.test(tag) ? tag : `envoy_${tag}`, value]);
  return { name, labels };
}

/** Cuts spans out; where they overlap, the first one counts. */
function without(whole: string, spans: readonly (readonly [number, number])[]): string {
  let rest = '';
  let at = 0;
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    if (from < at) continue;
    rest += whole.slice(at, from);
    at = to;
  }
  return rest + whole.slice(at);
}
