import { describe, expect, it } from 'vitest';
import { benchCases, type BenchCase } from './bench-case.ts';
import type { Round } from './measure.ts';
import { readingOf, reportOf } from './report.ts';

const bench = benchCases[0] as BenchCase;
const figures = { requestsPerSecond: 1, residentMib: 1, errors: 0, p50: 1, p99: 1 };

function round(proxy: string, number: number, cpuMicrosPerRequest: number): Round {
  return { ...figures, proxy, round: number, cpuMicrosPerRequest };
}

describe('a report', () => {
  it('shows medians, and ratios to Envoy of the same round', () => {
    const rounds = [round('builtin', 0, 10), round('envoy', 0, 20), round('builtin', 1, 30), round('envoy', 1, 40)];
    const rows = reportOf([{ bench, rounds }], '').split('\n');
    expect(rows.find((row) => row.startsWith(`| ${bench.name} | builtin`))).toContain('| builtin | 20.0 | 0.63 |');
  });

  it('keeps what was written about the figures before', () => {
    const reading = '## Reading it\n\nWhere time goes.';
    const page = reportOf([], 'head', reading);
    expect(readingOf(page)).toBe(reading);
    expect(reportOf([], 'head', readingOf(page))).toBe(page);
    expect(readingOf(reportOf([], 'head'))).toBe('');
  });
});
