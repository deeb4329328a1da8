import { findKind, MallaError } from '@malla/model';
import type { ResourceKey } from '@malla/store';

/** The one answer for an object that is not there, in Kubernetes' words: `virtualservices.networking.istio.io "x" not found`. */
export function notFound(key: ResourceKey): MallaError {
  const definition = findKind(key.group, key.kind);
  const plural = definition?.plural ?? key.kind;
  const resource = key.group === '' ? plural : `${plural}.${key.group}`;
  return new MallaError('not_found', `${resource} "${key.name}" not found`, {
    details: { key: { ...key, kind: plural } },
  });
}
