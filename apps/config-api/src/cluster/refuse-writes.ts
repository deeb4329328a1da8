import { findKind, MallaError } from '@malla/model';
import type { ResourceKey } from '@malla/store';
import type { WriteContext } from '../resources/commits.ts';
import { isOwnKind } from './mirrored-kinds.ts';

/** Decides whether something may be written; throws if not. */
export type WriteGate = (key: Pick<ResourceKey, 'group' | 'kind' | 'name'>, context: WriteContext) => void;

/** Everything may be written. */
export const openGate: WriteGate = () => undefined;

/** Where a cluster is the source, callers write there; config-api itself keeps events, and whoever governs it its roles. */
export function clusterGate(server: string): WriteGate {
  return (key, { caller }) => {
    if (caller === undefined || isOwnKind(key)) return;
    const { plural = key.kind } = findKind(key.group, key.kind) ?? {};
    const what = key.group === '' ? plural : `${plural}.${key.group}`;
    throw new MallaError(
      'permission_denied',
      `${what} "${key.name}" cannot be written here: the Kubernetes cluster at ${server} is the source of the configuration (MALLA_KUBERNETES); write it there, with kubectl`,
      { details: { key } },
    );
  };
}
