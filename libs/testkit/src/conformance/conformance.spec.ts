import { describe, expect, it } from 'vitest';
import { coverageGaps, strangers } from './coverage.ts';
import { loadCases } from './load-cases.ts';
import { checkRefusals, runCase } from './run-case.ts';
import { SimulatedWorld } from './simulated-world.ts';
import { unnoticedFields } from './take-away.ts';

const cases = loadCases();
const world = new SimulatedWorld();

describe('conformance: the simulator', () => {
  it.each(cases.map((described) => [described.name, described] as const))('%s', async (_, described) => {
    expect(await runCase(described, world)).toEqual([]);
  });
});

describe('conformance: refused values', () => {
  const refusing = cases.filter(({ refused }) => refused.length > 0);
  it.each(refusing.map((described) => [described.name, described] as const))('%s', (_, described) => {
    expect(checkRefusals(described, world)).toEqual([]);
  });
});

describe('conformance: coverage', () => {
  it('names no field that the model does not accept', () => {
    expect(strangers(cases)).toEqual([]);
  });

  it('has a positive and a negative case for every field that is enforced', () => {
    expect(coverageGaps(cases).map(({ field, sense }) => `${sense} ${field}`)).toEqual([]);
  });

  it('notices in a positive case of every field when the field is taken away', async () => {
    expect(await unnoticedFields(cases, world)).toEqual([]);
  });
});
