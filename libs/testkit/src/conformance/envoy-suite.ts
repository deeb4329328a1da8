import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestEnvoyParams } from '../envoy/test-envoy.ts';
import { buildDataPlane } from '../programs/build-data-plane.ts';
import { findEnvoy } from '../programs/find-program.ts';
import { builtinProgram } from '../programs/proxy-programs.ts';
import { acceptedResources } from './accepted-resources.ts';
import { agreementResources, arbitraryRequest, comparable } from './agreement.ts';
import { arbitraryResources } from './arbitrary-resources.ts';
import { EnvoyWorld } from './envoy-world.ts';
import { gatewayRequest, gatewayWithCertificate } from './gateway-certificate.ts';
import { loadCases } from './load-cases.ts';
import { runCase } from './run-case.ts';
import { SimulatedWorld } from './simulated-world.ts';

const binary = findEnvoy();
const cases = loadCases().filter(({ requests, observe }) => requests.length + observe.length > 0);

/** The same inputs in every run: a build must not depend on luck. To search for disagreements, leave it out and raise the numbers of runs. */
const seed = 20_261_122;

/** Every case against real Envoys that speak one variant of ADS; shown as skipped where there is no Envoy. */
export function describeEnvoyConformance(xds: 'delta' | 'sotw'): void {
  describe.skipIf(binary === undefined)(`conformance: Envoy over ${xds} ADS`, () =>
    defineCases(xds, () => binary as string),
  );
}

/** Every case against the built-in data plane, which is built first. */
export function describeBuiltinConformance(xds: 'delta' | 'sotw'): void {
  describe(`conformance: the built-in data plane over ${xds} ADS`, () =>
    defineCases(xds, () => {
      buildDataPlane();
      return builtinProgram().command;
    }));
}

function defineCases(xds: 'delta' | 'sotw', program: () => TestEnvoyParams['binary']): void {
  let world: EnvoyWorld;
  beforeAll(async () => {
    world = await EnvoyWorld.start(program(), xds);
  }, 240_000);
  afterAll(() => world?.[Symbol.asyncDispose]());

  it.each(cases.map((described) => [described.name, described] as const))('%s', async (_, described) => {
    expect(await runCase(described, world)).toEqual([]);
  });

  it('shows a new certificate of a gateway from the next connection on', async () => {
    const request = { ...gatewayRequest(), expect: {} };
    const shown = [];
    for (const certificate of ['web', 'shop']) {
      await world.prepare(gatewayWithCertificate(certificate, world.placeholders), {});
      shown.push((await world.send(request)).outcomes[0]?.serverCertificate);
    }
    expect(shown).toEqual(['web.example', 'shop.example']);
  });

  it('agrees with the simulator on arbitrary requests', async () => {
    const simulated = new SimulatedWorld();
    await simulated.prepare(agreementResources(), {});
    await world.prepare(agreementResources(), {});
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (request) => {
        expect(comparable(await world.send(request))).toEqual(comparable(await simulated.send(request)));
      }),
      { numRuns: 1_000, seed },
    );
  });

  it('agrees with the simulator on arbitrary routes and policies', async () => {
    const simulated = new SimulatedWorld();
    const requests = fc.array(arbitraryRequest, { minLength: 20, maxLength: 20, size: 'max' });
    await fc.assert(
      fc.asyncProperty(arbitraryResources, requests, async (resources, sent) => {
        await simulated.prepare(resources, {});
        await world.prepare(resources, {});
        for (const request of sent) {
          expect({ request, answer: comparable(await world.send(request)) }).toEqual({
            request,
            answer: comparable(await simulated.send(request)),
          });
        }
      }),
      { numRuns: 40, seed },
    );
  });

  it('acknowledges whatever validation accepts', async () => {
    const { nacks } = world.deliveries;
    await fc.assert(
      fc.asyncProperty(acceptedResources, async (resources) => {
        await world.prepare(resources, {});
        expect(world.deliveries.nacks).toBe(nacks);
      }),
      { numRuns: Number(process.env['MALLA_RUNS'] ?? 12), seed, endOnFailure: true },
    );
  });

  it('acknowledges every configuration it was sent', () => {
    expect(world.deliveries.sent).toBeGreaterThan(cases.length);
    expect(world.deliveries.nacks).toBe(0);
  });
}
