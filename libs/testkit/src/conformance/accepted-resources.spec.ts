import { validateObject } from '@malla/validate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptedResources } from './accepted-resources.ts';
import { SimulatedWorld } from './simulated-world.ts';

const seed = 20_261_128;

describe('acceptedResources', () => {
  it('are accepted, and fuller than what they began with', () => {
    const fields = new Set<string>();
    for (const resources of fc.sample(acceptedResources, { numRuns: 20, seed })) {
      for (const resource of resources) {
        expect(validateObject(resource).filter(({ level }) => level === 'error')).toEqual([]);
        const rules = (resource as { spec?: { http?: readonly object[] } }).spec?.http ?? [];
        for (const field of rules.flatMap(Object.keys)) fields.add(field);
      }
    }
    expect([...fields]).toEqual(
      expect.arrayContaining(['corsPolicy', 'fault', 'headers', 'mirrors', 'retries', 'timeout']),
    );
  });

  it('are translated without an exception', async () => {
    const world = new SimulatedWorld();
    await fc.assert(
      fc.asyncProperty(acceptedResources, async (resources) => {
        await world.prepare(resources, {});
      }),
      { numRuns: 40, seed, endOnFailure: true },
    );
  });
});
