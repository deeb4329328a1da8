import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  DeltaDiscoveryResponseSchema,
  DiscoveryResponseSchema,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { typeUrls } from '@malla/protos';
import { clusterResource } from '@malla/testkit';
import { describe, expect, it } from 'vitest';
import { deltaFrameSize, frameDeltaResponse, frameSotwResponse } from './frame.ts';

const resources = [clusterResource('a'), clusterResource('b', 'x')];
const typeUrl = typeUrls.cluster;

describe('framed responses', () => {
  it('are what the generated code encodes (delta)', () => {
    const bytes = frameDeltaResponse({ typeUrl, nonce: '7', systemVersion: 'v', resources, removed: ['c', 'd'] });
    const expected = create(DeltaDiscoveryResponseSchema, {
      typeUrl,
      nonce: '7',
      systemVersionInfo: 'v',
      resources: resources.map(({ name, version, any }) => ({ name, version, resource: any })),
      removedResources: ['c', 'd'],
    });
    expect(fromBinary(DeltaDiscoveryResponseSchema, bytes)).toEqual(expected);
    expect(bytes.length).toBe(toBinary(DeltaDiscoveryResponseSchema, expected).length);
  });

  it('are what the generated code encodes (state of the world)', () => {
    const bytes = frameSotwResponse({ typeUrl, nonce: '7', version: 'v', resources });
    const expected = create(DiscoveryResponseSchema, {
      typeUrl,
      nonce: '7',
      versionInfo: 'v',
      resources: resources.map(({ any }) => any),
    });
    expect(fromBinary(DiscoveryResponseSchema, bytes)).toEqual(expected);
    expect(bytes.length).toBe(toBinary(DiscoveryResponseSchema, expected).length);
  });

  it('encode a resource once for everybody', () => {
    const [a] = resources as [ReturnType<typeof clusterResource>];
    const one = frameDeltaResponse({ typeUrl, nonce: '1', systemVersion: '', resources: [a], removed: [] });
    expect(one.length).toBe(
      deltaFrameSize(a) +
        frameDeltaResponse({ typeUrl, nonce: '1', systemVersion: '', resources: [], removed: [] }).length,
    );
  });
});
