import { expect, it } from 'vitest';
import { fuzzModel } from './fuzz-model.ts';

it('a few seconds of nonsense neither throw nor take a second', () => {
  const report = fuzzModel({ seed: 1, cpuSeconds: 4, mostPerCall: 1 });
  expect(report.failures).toEqual([]);
  expect(Object.keys(report.calls)).toEqual(
    expect.arrayContaining(['parseManifests', 'checkObject', 'validateObject']),
  );
});
