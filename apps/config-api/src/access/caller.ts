import { MallaError, type KindDefinition } from '@malla/model';
import type { Grant } from '@malla/store-prisma';

/** Who somebody is. */
export interface Identity {
  /** Shown in history, audit and logs: the name of a token or account, or a SPIFFE id. */
  readonly name: string;
  readonly groups: readonly string[];
  /** Roles that the token itself carries, beside those of role bindings. */
  readonly grants: readonly Grant[];
  /** More of what the authenticator knows. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Who makes a request, once known, and what they may do. */
export interface Caller extends Identity {
  readonly decide: (request: AccessRequest) => Decision;
  /** Who acts as this caller by impersonation. */
  readonly impersonatedBy?: string;
}

/** A verb of Kubernetes' authorization. */
export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  | 'bind'
  | 'escalate'
  | 'impersonate';

/** What somebody wants to do to objects. https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
export interface AccessRequest {
  /** A {@link Verb}, or any other that a role names. */
  readonly verb: string;
  /** API group; empty for core. */
  readonly group: string;
  /** Plural name of the kind. */
  readonly resource: string;
  /** Such as `status`; empty for the object itself. */
  readonly subresource?: string;
  /** Undefined: all namespaces, or something cluster-scoped. */
  readonly namespace: string | undefined;
  /** Undefined: no object in particular. */
  readonly name?: string | undefined;
}

export interface Decision {
  readonly allowed: boolean;
  /** What allows it, for reviews and the audit trail. */
  readonly reason: string;
}

/** Access to what a kind's objects are. */
export function accessTo(
  { group, plural }: Pick<KindDefinition, 'group' | 'plural'>,
  verb: string,
  rest: Pick<AccessRequest, 'namespace' | 'name' | 'subresource'>,
): AccessRequest {
  return { verb, group, resource: plural, ...rest };
}

/** Throws `permission_denied` in Kubernetes' words. */
export function requireAccess(caller: Caller, request: AccessRequest): void {
  if (caller.decide(request).allowed) return;
  throw new MallaError('permission_denied', describeRefusal(caller, request), {
    ...(request.name === undefined ? {} : { details: { key: keyOfRequest(request) } }),
  });
}

/** `user "x" cannot ...`, as Kubernetes says it. */
export function describeRefusal(caller: Pick<Caller, 'name'>, request: AccessRequest): string {
  const { verb, group, resource, subresource = '', namespace, name } = request;
  const plural = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = group === '' ? resource : `${resource}.${group}`;
  const subject = name === undefined ? what : `${what} "${name}"`;
  return `${subject} is forbidden: User "${caller.name}" cannot ${verb} resource "${plural}" in API group "${group}" ${where}`;
}

function keyOfRequest({ group, resource, namespace = '', name = '' }: AccessRequest) {
  return { group, kind: resource, namespace, name };
}
