import { expect, it } from 'vitest';
import { fuzzModel } from './fuzz-model.ts';

/** MALLA_FUZZ_SECONDS of processor time, default five minutes; MALLA_SEED repeats a run. */
const cpuSeconds = Number(process.env['MALLA_FUZZ_SECONDS'] ?? 300);
const seed = Number(process.env['MALLA_SEED'] ?? Date.now() % 1_000_000);

it(`manifests and objects of nonsense neither throw nor take a second (MALLA_SEED=${seed})`, () => {
  const report = fuzzModel({ seed, cpuSeconds, mostPerCall: 1 });
  console.log(JSON.stringify({ seed, cpuSeconds, ...report, failures: report.failures.length }));
  expect(report.failures).toEqual([]);
  expect(report.calls['checkObject']).toBeGreaterThan(100);
  expect(report.accepted).toBeGreaterThan(0.02);
}, 3_600_000);
