import { describe, expect, it } from 'vitest';
import type { KindDefinition } from '../kinds/kind-definition.ts';
import { findKind, kinds } from '../registry.ts';
import { acceptedFields } from './accepted-fields.ts';

const paths = (group: string, kind: string, options = {}) =>
  acceptedFields(findKind(group, kind) as KindDefinition, options).map((f) => f.path);

describe('acceptedFields', () => {
  it('lists branches, leaves, lists, maps and values of enums', () => {
    const found = paths('networking.istio.io', 'VirtualService');
    for (const path of [
      'spec.hosts',
      'spec.http[].match[].headers{}.exact',
      'spec.http[].redirect.derivePort=FROM_REQUEST_PORT',
      'spec.http[].route[].destination.port.number',
    ]) {
      expect(found).toContain(path);
    }
    expect(found.filter((p) => p.startsWith('metadata') || p.startsWith('status'))).toEqual([]);
  });

  it('can leave out values of enums and add metadata', () => {
    const found = paths('security.istio.io', 'PeerAuthentication', { enumValues: false, metadata: true });
    expect(found.some((p) => p.includes('='))).toBe(false);
    expect(found).toContain('metadata.labels');
    expect(found).toContain('spec.portLevelMtls{}.mode');
  });

  it('names no field twice, for any kind', () => {
    for (const kind of kinds) {
      const found = acceptedFields(kind).map((f) => f.path);
      expect(new Set(found).size).toBe(found.length);
    }
  });
});
