import type { Resource } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { enforcementCondition } from './enforcement-condition.ts';

const metadata = { name: 'a', namespace: 'n' };
const virtualService = (http: object): Resource => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata,
  spec: { hosts: ['a'], http: [http] },
});

describe('enforcementCondition', () => {
  it('tells how much of an object is acted on', () => {
    expect(enforcementCondition(virtualService({ timeout: '1s' }))).toMatchObject({
      status: 'True',
      reason: 'Enforced',
    });
    expect(enforcementCondition(virtualService({ timeout: '1s', corsPolicy: {} }))).toMatchObject({
      status: 'False',
      reason: 'PartlyEnforced',
      message: 'spec.http[0].corsPolicy: is valid, but not enforced yet: it does nothing',
    });
    expect(enforcementCondition({ apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', metadata })).toMatchObject({
      status: 'False',
      reason: 'NotEnforced',
    });
  });

  it('names five parts and counts the rest', () => {
    const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, {}]));
    expect(enforcementCondition(virtualService({ timeout: '1s', ...many }))?.message).toMatch(
      /http\[0\]\.e: .*; and 2 more$/,
    );
  });

  it('says nothing of kinds that ask nothing of the mesh', () => {
    expect(enforcementCondition({ apiVersion: 'v1', kind: 'ConfigMap', metadata })).toBeUndefined();
  });
});
