import type { KindDefinition, Resource } from '@malla/model';
import { viewOf } from './event-view.ts';
import { isNamespaceKey, isTerminating } from '../resources/namespaces.ts';

/** `v1` or `group/version`. */
export function apiVersionOf(definition: KindDefinition, version: string): string {
  return definition.group === '' ? version : `${definition.group}/${version}`;
}

/**
 * A stored object as a version of the API shows it: the versions of a kind have one schema, so only apiVersion differs.
 * What the control plane knows of it becomes its status.
 */
export function presentObject(definition: KindDefinition, version: string, object: Resource): Resource {
  const shown: Resource & { status?: unknown } = {
    ...viewOf(definition, object),
    apiVersion: apiVersionOf(definition, version),
  };
  return isNamespaceKey(definition)
    ? {
        ...shown,
        status: { ...(shown.status as object | undefined), phase: isTerminating(object) ? 'Terminating' : 'Active' },
      }
    : shown;
}

/** True for kinds whose objects have a status. */
export function hasStatus({ payload }: KindDefinition): boolean {
  return Object.hasOwn(payload, 'status');
}
