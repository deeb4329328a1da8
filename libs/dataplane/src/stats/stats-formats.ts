import { bucketBounds, countOf, quantileOf, sumOf } from './instruments.ts';
import type { MergedStat } from './merged-stats.ts';
import type { Labelled, TagRules } from './tag-rules.ts';

const quantiles = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100];

/** Envoy's /stats: a line for each, histograms last. */
export function statsText(stats: readonly MergedStat[]): string {
  const numbers = stats.filter(({ cells }) => cells === undefined);
  const lines = numbers.map(({ definition, value }) => `${definition.name}: ${plain(value)}`);
  for (const { definition, cells } of stats) if (cells) lines.push(`${definition.name}: ${summaryText(cells)}`);
  return lines.map((line) => `${line}\n`).join('');
}

function summaryText(cells: Float64Array): string {
  if (countOf(cells) === 0) return 'No recorded values';
  return quantiles.map((q) => `P${q}(${quantileText(cells, q)},${quantileText(cells, q)})`).join(' ');
}

function quantileText(cells: Float64Array, q: number): string {
  return String(rounded(quantileOf(cells, q / 100)));
}

/** Envoy's /stats?format=json. */
export function statsJson(stats: readonly MergedStat[]): string {
  const numbers = stats.filter(({ cells }) => cells === undefined);
  const histograms = stats.filter(({ cells }) => cells !== undefined);
  const entries: unknown[] = numbers.map(({ definition, value }) => ({ name: definition.name, value: value + 0 }));
  if (histograms.length > 0) {
    const computed = histograms.map(({ definition, cells }) => ({
      name: definition.name,
      values: quantiles.map((q) => quantileJson(cells as Float64Array, q)),
    }));
    entries.push({ histograms: { supported_quantiles: quantiles, computed_quantiles: computed } });
  }
  return JSON.stringify({ stats: entries });
}

function quantileJson(cells: Float64Array, q: number): { cumulative: number | null; interval: number | null } {
  const value = countOf(cells) === 0 ? null : rounded(quantileOf(cells, q / 100));
  return { cumulative: value, interval: value };
}

/** Envoy's /stats/prometheus: text format 0.0.4, counters, then gauges, then histograms, each by name. */
export function statsPrometheus(stats: readonly MergedStat[], rules: TagRules): string {
  const kinds = ['counter', 'gauge', 'histogram'] as const;
  return kinds.map((kind) => prometheusOf(kind, stats, rules)).join('');
}

function prometheusOf(kind: 'counter' | 'gauge' | 'histogram', stats: readonly MergedStat[], rules: TagRules): string {
  const groups = new Map<string, { stat: MergedStat; labelled: Labelled }[]>();
  for (const stat of stats) {
    if (stat.definition.kind !== kind) continue;
    const labelled = rules.of(stat.definition);
    const name = `envoy_${sanitized(labelled.name)}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [{ stat, labelled }]);
    else group.push({ stat, labelled });
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, group]) => `# TYPE ${name} ${kind}\n${group.map((each) => samples(name, each)).join('')}`)
    .join('');
}

function samples(name: string, { stat, labelled }: { stat: MergedStat; labelled: Labelled }): string {
  const labels = labelled.labels.map(([key, value]) => `${sanitized(key)}="${escaped(value)}"`).join(',');
  if (stat.cells === undefined) return `${name}{${labels}} ${plain(stat.value)}\n`;
  const before = labels === '' ? '' : `${labels},`;
  let cumulative = 0;
  let text = '';
  for (let i = 0; i < bucketBounds.length; i++) {
    cumulative += stat.cells[i] as number;
    text += `${name}_bucket{${before}le="${bucketBounds[i]}"} ${cumulative}\n`;
  }
  const count = countOf(stat.cells);
  text += `${name}_bucket{${before}le="+Inf"} ${count}\n`;
  return `${text}${name}_sum{${labels}} ${sumOf(stat.cells)}\n${name}_count{${labels}} ${count}\n`;
}

function plain(value: number): string {
  return String(Math.round(value) + 0);
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function sanitized(name: string): string {
  const text = name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  return /^\d/.test(text) ? `_${text}` : text;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
