import { typeUrls } from '@malla/protos';
import { clusterResource, endpointsResource, listenerResource, resourceSet, routesResource } from '@malla/testkit';
import { describe, expect, it } from 'vitest';
import { danglingReferences } from './consistent.ts';

describe('danglingReferences', () => {
  it('finds none in a whole set', () => {
    const set = resourceSet(
      clusterResource('c'),
      endpointsResource('c'),
      listenerResource('l', 'r'),
      routesResource('r', 'c'),
    );
    expect(danglingReferences(set)).toEqual([]);
  });

  it('names what is missing, and who needs it', () => {
    expect(danglingReferences(resourceSet(clusterResource('c'), listenerResource('l', 'r')))).toEqual([
      { from: { typeUrl: typeUrls.cluster, name: 'c' }, to: { typeUrl: typeUrls.endpoint, name: 'c' } },
      { from: { typeUrl: typeUrls.listener, name: 'l' }, to: { typeUrl: typeUrls.route, name: 'r' } },
    ]);
  });
});
