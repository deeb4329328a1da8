import type { BenchCase } from './bench-case.ts';
import type { Round } from './measure.ts';
import { median } from './median.ts';

/** What people have written about the figures, in the page as it was before; empty without. It begins with its heading. */
export function readingOf(page: string): string {
  const start = page.indexOf(readingHeading);
  if (start < 0) return '';
  const end = page.indexOf(roundsHeading, start);
  return page.slice(start, end < 0 ? undefined : end).trimEnd();
}

const readingHeading = '## Reading it\n';
const roundsHeading = '## Every round\n';

/** Results of all cases as a page of Markdown. `reading` is kept between the figures, see {@link readingOf}. */
export function reportOf(
  results: readonly { readonly bench: BenchCase; readonly rounds: readonly Round[] }[],
  head: string,
  reading = '',
): string {
  const rows = results.flatMap(({ bench, rounds }) => rowsOf(bench, rounds));
  const raw = results.flatMap(({ bench, rounds }) => rounds.map((round) => rawRow(bench, round)));
  return `# Data planes: cost of a request

${head}

CPU is user and system time of all threads of the proxy (of both proxies of a pair) for each request, from \`/proc\`; ratios are to Envoy in the same
round, and what is shown is the median of the rounds. TCP is measured three times as long, because its connections are new in each round. Latencies at half
load are those at half of the rate that the slower data plane reaches.

| case | proxy | CPU us/request | to Envoy | requests/s | p50 ms | p99 ms | half load p50 | half load p99 | RSS MiB |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
${reading === '' ? '' : `\n${reading}\n`}
${roundsHeading}
| case | round | proxy | CPU us/request | requests/s | p50 ms | p99 ms | half load p50 | half load p99 | RSS MiB |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${raw.join('\n')}
`;
}

function rowsOf(bench: BenchCase, rounds: readonly Round[]): readonly string[] {
  return [...new Set(rounds.map(({ proxy }) => proxy))].map((proxy) => {
    const own = rounds.filter((round) => round.proxy === proxy);
    const of = (value: (round: Round) => number | undefined) => show(median(own.map((round) => value(round) ?? NaN)));
    const cells = [
      bench.name,
      proxy,
      of(({ cpuMicrosPerRequest }) => cpuMicrosPerRequest),
      show(median(own.map((round) => ratioToEnvoy(round, rounds))), 2),
      of(({ requestsPerSecond }) => requestsPerSecond),
      of(({ p50 }) => p50),
      of(({ p99 }) => p99),
      of(({ half }) => half?.p50),
      of(({ half }) => half?.p99),
      of(({ residentMib }) => residentMib),
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

function rawRow(bench: BenchCase, round: Round): string {
  const { proxy, cpuMicrosPerRequest, requestsPerSecond, p50, p99, half, residentMib } = round;
  const figures = [cpuMicrosPerRequest, requestsPerSecond, p50, p99, half?.p50 ?? NaN, half?.p99 ?? NaN, residentMib];
  return `| ${[bench.name, round.round + 1, proxy, ...figures.map((figure) => show(figure))].join(' | ')} |`;
}

function ratioToEnvoy(round: Round, rounds: readonly Round[]): number {
  const envoy = rounds.find((other) => other.proxy === 'envoy' && other.round === round.round);
  return envoy === undefined ? NaN : round.cpuMicrosPerRequest / envoy.cpuMicrosPerRequest;
}

function show(value: number, digits?: number): string {
  if (Number.isNaN(value)) return '';
  return value.toFixed(digits ?? (value >= 100 ? 0 : value >= 10 ? 1 : 2));
}
