import type { ObjectMeta } from '@malla/model';

interface Aged {
  readonly metadata: ObjectMeta;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Milliseconds since the epoch; an object without a timestamp counts as oldest, so that order never depends on arrival. */
function bornAt({ metadata }: Aged): number {
  const time = metadata.creationTimestamp == null ? 0 : Date.parse(metadata.creationTimestamp);
  return Number.isNaN(time) ? 0 : time;
}

/** Oldest first, then by name and namespace: Istio's order wherever two resources compete. Source: Istio pilot/pkg/model, config sorting by creation time. */
export function compareAge(a: Aged, b: Aged): number {
  return (
    bornAt(a) - bornAt(b) ||
    compareText(a.metadata.name, b.metadata.name) ||
    compareText(a.metadata.namespace ?? '', b.metadata.namespace ?? '')
  );
}

/** A copy of a list without `before` and with `after`, kept in order of age. */
export function replaceByAge<T extends Aged>(
  list: readonly T[],
  before: T | undefined,
  after: T | undefined,
): readonly T[] {
  const kept = list.filter((item) => item !== before);
  return after === undefined ? kept : [...kept, after].sort(compareAge);
}
