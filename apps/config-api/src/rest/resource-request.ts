import type { KindDefinition, MallaError } from '@malla/model';
import type { ListQuery, ResourceKey } from '@malla/store';
import { accessTo, requireAccess, type Verb } from '../access/caller.ts';
import { isNamespaceKey } from '../resources/namespaces.ts';
import type { ApiRequest } from './api-request.ts';
import { httpError } from './api-status.ts';
import { storedKind } from './event-view.ts';
import { matchesFields, requiredValue } from './field-selector.ts';
import type { ListOptions } from './list-options.ts';
import type { RequestPath } from './request-path.ts';

/** The key of the object that a path names. */
export function keyAt({ definition, namespace = '' }: RequestPath, name: string): ResourceKey {
  const { group, kind } = storedKind(definition);
  return { group, kind, namespace, name };
}

/** `plural` or `plural.group`, as authorization and audit name kinds. */
export function resourceName({ plural, group }: KindDefinition): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** Throws `permission_denied` unless the caller may do this to what the path names. */
export function allow(request: ApiRequest, path: RequestPath, verb: Verb): void {
  const { definition, name, subresource } = path;
  const namespace = isNamespaceKey(definition) ? name : path.namespace;
  requireAccess(
    request.caller,
    accessTo(definition, verb, { namespace, name, ...(subresource === undefined ? {} : { subresource }) }),
  );
}

/** What a list or watch asks the store for. */
export function queryOf(path: RequestPath, options: ListOptions): ListQuery {
  const { definition } = path;
  const { group, kind } = storedKind(definition);
  const { fields, page, selector, limit } = options;
  const namespace = path.namespace ?? requiredValue(fields, 'metadata.namespace');
  return {
    group,
    kind,
    ...(page === undefined ? {} : { after: page.after, ...(page.revision === 0 ? {} : { atRevision: page.revision }) }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(selector === undefined ? {} : { selector }),
    ...(fields === undefined ? {} : { filter: ({ object }) => matchesFields(fields, definition, object) }),
    ...(limit === undefined ? {} : { limit }),
  };
}

export function notAllowed(message: string): MallaError {
  return httpError('unsupported', message, { httpStatus: 405, reason: 'MethodNotAllowed' });
}
