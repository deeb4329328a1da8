import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findEnvoy } from '../programs/find-program.ts';
import { EnvoyWorld } from './envoy-world.ts';
import { loadCases } from './load-cases.ts';
import { runCase } from './run-case.ts';

const binary = findEnvoy();
const cases = loadCases().filter(({ requests, observe }) => requests.length + observe.length > 0);

describe.skipIf(binary === undefined).each(['delta', 'sotw'] as const)('conformance: Envoy over %s ADS', (xds) => {
  let world: EnvoyWorld;
  beforeAll(async () => {
    world = await EnvoyWorld.start(binary as string, xds);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  it.each(cases.map((described) => [described.name, described] as const))('%s', async (_, described) => {
    expect(await runCase(described, world)).toEqual([]);
  });

  it('acknowledges every configuration it was sent', () => {
    expect(world.deliveries.sent).toBeGreaterThan(cases.length);
    expect(world.deliveries.nacks).toBe(0);
  });
});
