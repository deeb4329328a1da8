import { beforeEach, describe, expect, it } from 'vitest';
import { kindRefs } from '@malla/analyze';
import type { KnownResource, Resource } from '@malla/model';
import { AnalysisIndex } from './analysis-index.ts';
import { analysisStatus, describeFinding } from './analysis-status.ts';

const service = (name: string) =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { ports: [{ name: 'http', port: 80 }] },
  }) as KnownResource & Resource;
const rule = (name: string, host: string) =>
  ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace: 'shop' },
    spec: { host },
  }) as KnownResource & Resource;

let index: AnalysisIndex;
beforeEach(() => {
  index = new AnalysisIndex('cluster.local', () => Date.UTC(2026, 8, 1));
  index.set(service('web'));
});

const codes = (object: Resource) => index.findings(object).map((finding) => finding.code);

describe('AnalysisIndex', () => {
  it('finds what is wrong with an object that is not there yet, and leaves nothing behind', () => {
    expect(codes(rule('r', 'web'))).toEqual([]);
    expect(codes(rule('r', 'gone'))).toEqual(['IST0174']);
    expect(index.findingsInList(kindRefs.destinationRule, 'shop', 'r')).toEqual([]);
  });

  it('looks at a new state of an object without taking it', () => {
    const stored = rule('r', 'gone');
    index.set(stored);
    expect(codes(rule('r', 'web'))).toEqual([]);
    expect(codes(stored)).toEqual(['IST0174']);
    expect(index.findingsInList(kindRefs.destinationRule, 'shop', 'r')).toHaveLength(1);
  });

  it('follows what is stored', () => {
    const stored = rule('r', 'later.shop.svc.cluster.local');
    index.set(stored);
    expect(codes(stored)).toEqual(['IST0174']);
    index.set(service('later'));
    expect(codes(stored)).toEqual([]);
    expect(index.findingsInList(kindRefs.destinationRule, 'shop', 'r')).toEqual([]);
    index.delete(service('later'));
    expect(index.findingsInList(kindRefs.destinationRule, 'shop', 'r')).toHaveLength(1);
    index.clear();
    expect(codes(rule('r', 'web'))).toEqual(['IST0174']);
  });

  it('concludes nothing from pods that are not there', () => {
    const subsets = {
      ...rule('r', 'web'),
      spec: { host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
    };
    expect(codes(subsets)).toEqual([]);
    index.set({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1', namespace: 'shop', labels: { version: 'v2' } },
      spec: { containers: [] },
    } as unknown as KnownResource & Resource);
    expect(codes(subsets)).toEqual(['IST0173']);
  });

  it('says nothing of kinds that no analyzer is about', () => {
    expect(index.analyses('/ConfigMap')).toBe(false);
    expect(index.analyses(kindRefs.virtualService)).toBe(true);
  });
});

describe('analysisStatus', () => {
  it('tells findings as Istio does, and passes without any', () => {
    const found = index.findings(rule('r', 'gone'));
    expect(analysisStatus(found)).toEqual({
      validationMessages: [
        {
          type: { name: 'UnknownDestinationRuleHost', code: 'IST0174' },
          level: 'WARNING',
          documentationUrl: 'https://istio.io/latest/docs/reference/config/analysis/ist0174/',
        },
      ],
      condition: {
        type: 'PassedAnalysis',
        status: 'False',
        reason: 'Findings',
        message: found.map(describeFinding).join('; '),
      },
    });
    expect(describeFinding(found[0]!)).toMatch(/^spec\.host: .*gone.* \(IST0174\)$/);
    expect(analysisStatus([]).condition.status).toBe('True');
  });
});
