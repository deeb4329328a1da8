import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '@malla/model';

/** What the server alone sets in an object's metadata. */
export interface StampParams {
  readonly newUid: () => string;
  readonly now: () => Date;
}

/** The object with fresh server-set metadata, for a creation. */
export function stampNew(object: Resource, { newUid, now }: StampParams): Resource {
  const metadata = { ...withoutServerFields(object.metadata), uid: newUid(), creationTimestamp: timeText(now()) };
  return { ...object, metadata: { ...metadata, generation: 1 } };
}

/** The object with the server-set metadata of its predecessor; generation grows when more than metadata and status changes. */
export function stampNext(object: Resource, current: Resource): Resource {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation = 1 } = current.metadata;
  const same = isDeepStrictEqual(wantedParts(object), wantedParts(current));
  const kept = {
    ...(uid === undefined ? {} : { uid }),
    ...(creationTimestamp == null ? {} : { creationTimestamp }),
    ...(deletionTimestamp == null ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds == null ? {} : { deletionGracePeriodSeconds }),
  };
  const metadata = { ...withoutServerFields(object.metadata), ...kept, generation: same ? generation : generation + 1 };
  return { ...object, metadata };
}

/** The object as one that goes: once its finalizers are gone. */
export function stampDeleting(object: Resource, finalizers: readonly string[], now: Date): Resource {
  const { generation = 1, deletionTimestamp } = object.metadata;
  const metadata = {
    ...object.metadata,
    finalizers: [...finalizers],
    deletionTimestamp: deletionTimestamp ?? timeText(now),
    deletionGracePeriodSeconds: 0,
    generation: deletionTimestamp == null ? generation + 1 : generation,
  };
  return { ...object, metadata };
}

/** True if writing the object would change nothing but its revision. Managers are compared elsewhere. */
export function isSame(object: Resource, current: Resource): boolean {
  const { resourceVersion: _, managedFields: _before, ...before } = current.metadata;
  const { resourceVersion: _other, managedFields: _after, ...after } = object.metadata;
  return (
    isDeepStrictEqual(after, before) &&
    isDeepStrictEqual(wantedParts(object), wantedParts(current)) &&
    isDeepStrictEqual(object['status'], current['status'])
  );
}

/** ISO 8601 in whole seconds, as Kubernetes writes times. */
export function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function withoutServerFields(metadata: Resource['metadata']): Resource['metadata'] {
  const {
    resourceVersion: _,
    uid: _uid,
    creationTimestamp: _created,
    generation: _generation,
    selfLink: _link,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    ...sent
  } = metadata;
  return sent;
}

function wantedParts({ metadata: _, status: _status, ...rest }: Resource): object {
  return rest;
}
