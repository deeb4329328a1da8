import { create } from '@bufbuild/protobuf';
import { typeUrls } from '@malla/protos';
import {
  DeltaDiscoveryRequestSchema,
  DiscoveryRequestSchema,
  type DeltaDiscoveryRequest,
  type DiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { describe, expect, it } from 'vitest';
import { DeltaGate } from './delta-gate.ts';
import type { Knowledge } from './gate.ts';
import { SotwGate } from './sotw-gate.ts';

class Known implements Knowledge {
  readonly types = new Set<string>();
  readonly names = new Set<string>();

  type(typeUrl: string): boolean {
    return this.types.has(typeUrl);
  }

  name(typeUrl: string, name: string): boolean {
    return this.types.has(typeUrl) || this.names.has(name);
  }
}

const { cluster, endpoint, listener } = typeUrls;

function delta(typeUrl: string, subscribe: string[], more: Partial<DeltaDiscoveryRequest> = {}): DeltaDiscoveryRequest {
  return { ...create(DeltaDiscoveryRequestSchema, { typeUrl, resourceNamesSubscribe: subscribe }), ...more };
}

function sotw(typeUrl: string, resourceNames: string[], more: Partial<DiscoveryRequest> = {}): DiscoveryRequest {
  return { ...create(DiscoveryRequestSchema, { typeUrl, resourceNames }), ...more };
}

describe('DeltaGate', () => {
  it('holds a request for everything until everything is known', () => {
    const known = new Known();
    const gate = new DeltaGate(known);
    const first = delta(cluster, [], { initialResourceVersions: { a: '1' } });
    expect(gate.admit(first)).toBeUndefined();
    expect(gate.release()).toEqual([]);
    known.types.add(cluster);
    expect(gate.release()).toEqual([first]);
    expect(gate.release()).toEqual([]);
  });

  it('passes known names at once and the others when they are known', () => {
    const known = new Known();
    known.names.add('a');
    const gate = new DeltaGate(known);
    expect(gate.admit(delta(endpoint, ['a', 'b', 'c']))?.resourceNamesSubscribe).toEqual(['a']);
    known.names.add('b');
    expect(gate.release().map((each) => each.resourceNamesSubscribe)).toEqual([['b']]);
    expect([...gate.names(endpoint)]).toEqual(['a', 'b', 'c']);
  });

  it('never turns a request for unknown names into one for everything', () => {
    const known = new Known();
    const gate = new DeltaGate(known);
    expect(gate.admit(delta(listener, ['a'], { initialResourceVersions: { a: '1' } }))).toBeUndefined();
    known.names.add('a');
    expect(gate.release()[0]).toMatchObject({ resourceNamesSubscribe: ['a'], initialResourceVersions: { a: '1' } });
  });

  it('lets answers through while it holds names, and forgets names that are dropped', () => {
    const gate = new DeltaGate(new Known());
    expect(gate.admit(delta(endpoint, ['a'], { responseNonce: '7' }))).toMatchObject({
      responseNonce: '7',
      resourceNamesSubscribe: [],
    });
    gate.admit(delta(endpoint, [], { resourceNamesUnsubscribe: ['a'] }));
    expect([...gate.names(endpoint)]).toEqual([]);
  });
});

describe('SotwGate', () => {
  it('holds clusters and listeners until all is known', () => {
    const known = new Known();
    const gate = new SotwGate(known);
    expect(gate.admit(sotw(listener, []))).toBeUndefined();
    known.types.add(listener);
    expect(gate.release()).toEqual([sotw(listener, [])]);
    expect(gate.admit(sotw(listener, [], { responseNonce: '1' }))?.responseNonce).toBe('1');
  });

  it('holds names that are not known, and releases them without acknowledging anything', () => {
    const known = new Known();
    known.names.add('a');
    const gate = new SotwGate(known);
    expect(gate.admit(sotw(listener, ['b']))).toBeUndefined();
    expect(gate.admit(sotw(listener, ['a', 'b']))?.resourceNames).toEqual(['a']);
    expect(gate.admit(sotw(listener, ['a', 'b'], { responseNonce: '1' }))).toMatchObject({
      resourceNames: ['a'],
      responseNonce: '1',
    });
    expect(gate.release()).toEqual([]);
    known.names.add('b');
    expect(gate.release()).toEqual([sotw(listener, ['a', 'b'])]);
    expect(gate.release()).toEqual([]);
  });

  it('lets other types through: their sessions are silent on what they do not have', () => {
    const gate = new SotwGate(new Known());
    const request = sotw(endpoint, ['a']);
    expect(gate.admit(request)).toBe(request);
  });
});
