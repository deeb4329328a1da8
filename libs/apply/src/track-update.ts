import type { ApplyType } from './apply-type.ts';
import { compareTyped } from './compare.ts';
import { FieldSet } from './field-set.ts';
import { capManagers, managerId, withoutPaths, type ManagerName, type Managers } from './managers.ts';

/** Fields that nobody manages: the server sets them, or they name the object. */
export const unmanagedFields: FieldSet = FieldSet.of(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ].map((field) => ['f:metadata', `f:${field}`]),
);

export interface TrackUpdateParams {
  readonly type: ApplyType;
  /** Undefined for a creation. */
  readonly before: unknown;
  readonly after: unknown;
  readonly managers: Managers;
  readonly by: ManagerName;
  /** ISO 8601 in whole seconds. */
  readonly time: string;
}

/**
 * Who manages what after a write that is no apply: the writer takes what it added or changed, and what is gone is nobody's any more.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function trackUpdate({ type, before, after, managers, by, time }: TrackUpdateParams): Managers {
  const { added, modified, removed } = compareTyped(type, before ?? {}, after);
  const taken = added.union(modified);
  const gone = taken.union(removed);
  const others = gone.isEmpty ? new Map(managers) : withoutPaths(managers, () => gone);
  const taking = taken.difference(unmanagedFields);
  if (taking.isEmpty) return others;
  const id = managerId(by);
  const mine = managers.get(id);
  const set = mine === undefined ? taking : mine.set.difference(removed).union(taking);
  others.set(id, { ...by, time, set });
  return capManagers(others);
}
