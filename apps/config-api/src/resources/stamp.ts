import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '@malla/model';

/** What the server alone sets in an object's metadata. */
export interface StampParams {
  readonly newUid: () => string;
  readonly now: () => Date;
}

/** The object with fresh server-set metadata, for a creation. */
export function stampNew(object: Resource, { newUid, now }: StampParams): Resource {
  const { resourceVersion: _, ...metadata } = object.metadata;
  const creationTimestamp = now()
    .toISOString()
    .replace(/\.\d{3}Z$/, 'Z');
  return { ...object, metadata: { ...metadata, uid: newUid(), creationTimestamp, generation: 1 } };
}

/** The object with the server-set metadata of its predecessor; generation grows when more than metadata changes. */
export function stampNext(object: Resource, current: Resource): Resource {
  const {
    resourceVersion: _,
    uid: _uid,
    creationTimestamp: _created,
    generation: _generation,
    ...sent
  } = object.metadata;
  const { uid, creationTimestamp, generation = 1 } = current.metadata;
  const same = isDeepStrictEqual(withoutMetadata(object), withoutMetadata(current));
  const kept = { ...(uid === undefined ? {} : { uid }), ...(creationTimestamp == null ? {} : { creationTimestamp }) };
  return { ...object, metadata: { ...sent, ...kept, generation: same ? generation : generation + 1 } };
}

/** True if writing the object would change nothing but its revision. */
export function isSame(object: Resource, current: Resource): boolean {
  const { resourceVersion: _, ...before } = current.metadata;
  const { resourceVersion: _other, ...after } = object.metadata;
  return isDeepStrictEqual(after, before) && isDeepStrictEqual(withoutMetadata(object), withoutMetadata(current));
}

function withoutMetadata({ metadata: _, status: _status, ...rest }: Resource): object {
  return rest;
}
