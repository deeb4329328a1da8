import { typeUrls } from '@malla/protos';
import {
  anyBad,
  arbitraryMesh,
  arbitrarySteps,
  comparable,
  DeltaModelProxy,
  RelayedModelProxy,
  resourcesOfMesh,
  SotwModelProxy,
} from '@malla/testkit/model-proxy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourcesOf } from './resource-set.ts';

describe.each([
  ['delta', () => new DeltaModelProxy()],
  ['state of the world', () => new SotwModelProxy()],
] as const)('a model proxy over %s', (variant, make) => {
  it('converges, keeps what it refused, and never loses what its routes use', () => {
    fc.assert(
      fc.property(arbitraryMesh, arbitrarySteps, arbitraryMesh, (firstMesh, actions, lastMesh) => {
        const proxy = make();
        proxy.target = resourcesOfMesh(firstMesh);
        proxy.connect();
        proxy.set(resourcesOfMesh(firstMesh));
        for (const action of actions) {
          if (action.kind === 'update') proxy.set(resourcesOfMesh(action.mesh));
          else if (action.kind === 'work') proxy.work();
          else {
            // After a reconnect a state-of-the-world server cannot know what the client has, unless it is the target.
            if (variant !== 'delta') proxy.settled = false;
            proxy.connect();
          }
        }
        proxy.set(resourcesOfMesh(lastMesh));
        proxy.drain();
        if (anyBad(proxy.target)) return;
        const { has, should } = comparable(proxy);
        expect(has).toEqual(should);
        expect(proxy.session.state).toBe('idle');
        for (const delivery of proxy.session.delivery().values()) {
          expect(delivery.ackedVersion).toBe(delivery.wantedVersion);
          expect(delivery.sentVersion).toBe(delivery.wantedVersion);
          expect(delivery.nack).toBeUndefined();
        }
      }),
      { numRuns: Number(process.env['MALLA_RUNS'] ?? 250) },
    );
  });

  it('is sent nothing when it comes back and nothing changed', () => {
    fc.assert(
      fc.property(arbitraryMesh, (services) => {
        const proxy = make();
        const target = resourcesOfMesh(services);
        fc.pre(!anyBad(target) && resourcesOf(target, typeUrls.cluster).size > 0);
        proxy.target = target;
        proxy.connect();
        proxy.set(target);
        proxy.drain();
        proxy.connect();
        expect(proxy.queue).toEqual([]);
      }),
    );
  });
});

describe('a model proxy behind a relay', () => {
  it('converges with discovery, and never loses what its routes use', () => {
    fc.assert(
      fc.property(arbitraryMesh, arbitrarySteps, arbitraryMesh, (firstMesh, actions, lastMesh) => {
        const proxy = new RelayedModelProxy();
        proxy.target = resourcesOfMesh(firstMesh);
        proxy.connect();
        proxy.set(resourcesOfMesh(firstMesh));
        actions.forEach((action, i) => {
          if (action.kind === 'update') proxy.set(resourcesOfMesh(action.mesh));
          else if (action.kind === 'work') proxy.work();
          else if (i % 2 === 0) proxy.connect();
          else proxy.reconnectRelay();
        });
        proxy.set(resourcesOfMesh(lastMesh));
        proxy.drain();
        if (anyBad(proxy.target)) return;
        const { has, should } = comparable(proxy);
        expect(has).toEqual(should);
        for (const delivery of proxy.discovery.delivery().values()) {
          expect(delivery.ackedVersion).toBe(delivery.wantedVersion);
          expect(delivery.nack).toBeUndefined();
        }
      }),
      { numRuns: Number(process.env['MALLA_RUNS'] ?? 250) },
    );
  });
});
