import { grpcCalls } from '@malla/ir';
import { completeLabels, formatLabels, parseLabels, type LocalLabels } from './complete-labels.ts';
import { istioFamilies } from './istio-families.ts';

/** A sample of Istio's metrics as a proxy prints it: name, labels, upper bound of a bucket, value. */
const sampleLine = /^envoy_(istio_[a-zA-Z0-9_:]+)\{(.*?)(?:,?le="([^"]*)")?\} (\S+)$/;
const headLine = /^# (?:TYPE|HELP) envoy_istio_/;

export interface IstioMetricsPageParams {
  /** What metrics say of the reporting workload, which the proxy need not repeat for each request. */
  readonly local: LocalLabels;
  /** Label sets of each metric on the page; those that came first stay. */
  readonly maxLabelSets: number;
}

/**
 * Istio's standard metrics out of a proxy's Prometheus page. Envoy prefixes every name with `envoy_`, and its stats access logger knows of a call only what
 * its format strings can tell: names, the missing labels and the numbers of gRPC messages are made here. Samples that are the same after that are added
 * up, as they must be there once. The rest of the page stays as it is.
 * Source: https://istio.io/latest/docs/reference/config/metrics/ and Prometheus' text format 0.0.4.
 */
export class IstioMetricsPage {
  readonly #params: IstioMetricsPageParams;
  /** By metric: label sets that are on the page. */
  readonly #admitted = new Map<string, Set<string>>();
  /** Labels as the proxy writes them, to what they become. */
  readonly #completed = new Map<string, Completed>();
  #leftOut = 0;

  constructor(params: IstioMetricsPageParams) {
    this.#params = params;
  }

  /** Label sets that the last page had no room for. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** The page of the proxy with Istio's metrics in the end. */
  complete(text: string): string {
    const values = new Values(this.#admitted, this.#params.maxLabelSets);
    const rest = text.split('\n').filter((line) => !headLine.test(line) && !this.#take(line, values));
    this.#leftOut = values.leftOut.size;
    const other = rest.join('\n').replace(/\n*$/, '\n');
    return `${other === '\n' ? '' : other}${values.text()}`;
  }

  /** True when the line is a sample of Istio's metrics. */
  #take(line: string, values: Values): boolean {
    const match = line.startsWith('envoy_istio_') ? sampleLine.exec(line) : null;
    if (match === null) return false;
    const [, name = '', written = '', bound, number] = match;
    const { labels, messages } = this.#complete(written);
    const value = Number(number);
    const calls = callCounters[name];
    if (calls === undefined) values.add({ name, labels, bound, value });
    for (const direction of calls ?? [])
      values.add({ name: `istio_${direction}_messages_total`, labels, bound, value: value * messages[direction] });
    return true;
  }

  #complete(written: string): Completed {
    const found = this.#completed.get(written);
    if (found !== undefined) return found;
    // What is not on the page any more need not be remembered.
    if (this.#completed.size > 4 * istioFamilies.length * this.#params.maxLabelSets) this.#completed.clear();
    const labels = parseLabels(written);
    const [requests = 0, responses = 0] = (labels.get('messages') ?? '').split(',').map((count) => Number(count) || 0);
    const completed: Completed = {
      labels: formatLabels(completeLabels(labels, this.#params.local)),
      messages: { request: requests, response: responses },
    };
    this.#completed.set(written, completed);
    return completed;
  }
}

type Direction = 'request' | 'response';

/** Counters of calls by their numbers of messages, and what is made of them. */
const callCounters: Readonly<Record<string, readonly Direction[]>> = {
  [`istio_${grpcCalls.both}`]: ['request', 'response'],
  [`istio_${grpcCalls.requests}`]: ['request'],
  [`istio_${grpcCalls.responses}`]: ['response'],
};

interface Completed {
  readonly labels: string;
  readonly messages: Readonly<Record<Direction, number>>;
}

interface Sample {
  /** With `_bucket`, `_sum` or `_count` for histograms. */
  readonly name: string;
  readonly labels: string;
  readonly bound: string | undefined;
  readonly value: number;
}

/** The values of one page. */
class Values {
  readonly leftOut = new Set<string>();
  readonly #admitted: Map<string, Set<string>>;
  readonly #maxLabelSets: number;
  /** By family, then by labels, then by what stands around them. */
  readonly #families = new Map<string, Map<string, Map<string, number>>>();

  constructor(admitted: Map<string, Set<string>>, maxLabelSets: number) {
    this.#admitted = admitted;
    this.#maxLabelSets = maxLabelSets;
  }

  add({ name, labels, bound, value }: Sample): void {
    const family = familyOf(name);
    if (!this.#admits(family, labels)) {
      this.leftOut.add(`${family}{${labels}}`);
      return;
    }
    const sets = entry(this.#families, family, () => new Map<string, Map<string, number>>());
    const samples = entry(sets, labels, () => new Map<string, number>());
    const whole = `${name}{${labels}${bound === undefined ? '' : `,le="${bound}"`}}`;
    samples.set(whole, (samples.get(whole) ?? 0) + value);
  }

  /** Families that Istio knows in its order, with what they are, then others. */
  text(): string {
    const names = istioFamilies.map(({ name }) => name);
    const others = [...this.#families.keys()].filter((name) => !names.includes(name));
    return [...names, ...others].map((name) => this.#familyText(name)).join('');
  }

  #familyText(name: string): string {
    const sets = this.#families.get(name);
    if (sets === undefined) return '';
    const known = istioFamilies.find((family) => family.name === name);
    const head = known === undefined ? '' : `# HELP ${name} ${known.help}\n# TYPE ${name} ${known.type}\n`;
    const lines = [...sets.values()].flatMap((samples) =>
      [...samples].map(([sample, value]) => `${sample} ${value}\n`),
    );
    return head + lines.join('');
  }

  #admits(family: string, labels: string): boolean {
    const admitted = entry(this.#admitted, family, () => new Set<string>());
    if (admitted.has(labels)) return true;
    if (admitted.size >= this.#maxLabelSets) return false;
    admitted.add(labels);
    return true;
  }
}

/** The metric that a sample belongs to. */
function familyOf(name: string): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '');
  return histograms.has(base) ? base : name;
}

const histograms: ReadonlySet<string> = new Set(
  istioFamilies.filter(({ type }) => type === 'histogram').map(({ name }) => name),
);

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
