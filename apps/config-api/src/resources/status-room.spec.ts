import { checkObject, kinds, type KindDefinition, type Resource } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { fitStatus } from './status-room.ts';

const condition = { type: 'Reconciled', status: 'True', reason: 'AllAcknowledged', message: '1/1' } as const;
const added = { observedGeneration: 3, validationMessages: [], conditions: [condition] };

function definitionOf(group: string, kind: string): KindDefinition {
  const found = kinds.find((each) => each.group === group && each.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

function objectOf({ group, kind, storageVersion }: KindDefinition): Resource {
  const managedFields = [{ manager: 'a', operation: 'Update', time: '2026-01-02T00:00:00Z' }];
  const metadata = { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z', managedFields };
  return { apiVersion: group === '' ? 'v1' : `${group}/${storageVersion}`, kind, metadata } as unknown as Resource;
}

const fitted = (group: string, kind: string) => {
  const definition = definitionOf(group, kind);
  return fitStatus(definition, objectOf(definition), added);
};

describe('fitStatus', () => {
  it("gives Istio's status whole", () => {
    expect(fitted('networking.istio.io', 'VirtualService')).toEqual(added);
  });

  it('dates conditions of Kubernetes, and leaves out what has no room', () => {
    const time = { lastTransitionTime: '2026-01-02T00:00:00Z', observedGeneration: 3 };
    const dated = { conditions: [{ ...condition, ...time }] };
    expect(fitted('gateway.networking.k8s.io', 'Gateway')).toEqual(dated);
    expect(fitted('', 'Service')).toEqual(dated);
  });

  it('gives nothing to a status without conditions', () => {
    expect(fitted('gateway.networking.k8s.io', 'HTTPRoute')).toBeUndefined();
    expect(fitted('networking.k8s.io', 'Ingress')).toBeUndefined();
  });

  it('fits the schema of each kind that has a status', () => {
    for (const definition of kinds.filter(({ payload }) => Object.hasOwn(payload, 'status'))) {
      const object = objectOf(definition);
      const status = fitStatus(definition, object, added);
      if (status === undefined) continue;
      const problems = checkObject({ ...object, status }, { status: true });
      expect(
        problems.filter(({ path }) => path.startsWith('status')),
        `${definition.group} ${definition.kind}`,
      ).toEqual([]);
    }
  });
});
