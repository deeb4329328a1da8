import { typeUrls, type EncodedResource } from '@malla/protos';
import type { ResourceSet } from '@malla/xds';
import fc from 'fast-check';
import {
  clusterResource,
  endpointsResource,
  listenerResource,
  resourceSet,
  routesResource,
} from './sample-resources.ts';

/** A tag that the model proxy refuses. */
const bad = 'bad';

/** What one service of a random mesh looks like. */
export interface ServiceState {
  readonly clusterTag: string;
  readonly endpointsTag: string;
  readonly routeTag: string;
  /** Which cluster the service's routes go to: its own, or that of another service that exists. */
  readonly to: number;
}

/** A mesh: at each position a service, or none. Every reference is to something that exists. */
export type Mesh = readonly (ServiceState | undefined)[];

const tag = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('1', '2', '3') },
  { weight: 1, arbitrary: fc.constant(bad) },
);
const service = fc.record({ clusterTag: tag, endpointsTag: fc.constantFrom('1', '2'), routeTag: tag, to: fc.nat(3) });
/** Any mesh of up to four services. */
export const arbitraryMesh: fc.Arbitrary<Mesh> = fc.array(fc.option(service, { nil: undefined }), {
  minLength: 4,
  maxLength: 4,
});

/** Clusters, endpoints, listeners and routes of a mesh. */
export function resourcesOfMesh(services: Mesh): ResourceSet {
  return resourceSet(
    ...services.flatMap((state, i): EncodedResource[] => {
      if (!state) return [];
      const to = services[state.to] ? state.to : i;
      return [
        clusterResource(`c${i}.`, state.clusterTag),
        endpointsResource(`c${i}.`, state.endpointsTag),
        listenerResource(`l${i}.`, `r${i}.`),
        routesResource(`r${i}.`, `c${to}.`, state.routeTag),
      ];
    }),
  );
}

/** What happens to a proxy: its target changes, it takes a response, its stream breaks. */
export type Step =
  { readonly kind: 'update'; readonly mesh: Mesh } | { readonly kind: 'work' } | { readonly kind: 'reconnect' };
/** Any course of events. */
export const arbitrarySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: arbitraryMesh.map((services) => ({ kind: 'update' as const, mesh: services })) },
    { weight: 8, arbitrary: fc.constant({ kind: 'work' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reconnect' as const }) },
  ),
  { maxLength: 40 },
);

/** Whether the model proxy refuses a resource. */
export function isBad({ typeUrl, any }: EncodedResource): boolean {
  return (typeUrl === typeUrls.cluster || typeUrl === typeUrls.route) && Buffer.from(any.value).includes(bad);
}
