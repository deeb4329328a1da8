import { MallaError } from '@malla/model';
import type { Grant } from '@malla/store-prisma';

/** Who makes a request, once known. */
export interface Caller {
  /** Shown in history, audit and logs: the token's name, or a SPIFFE id. */
  readonly name: string;
  readonly grants: readonly Grant[];
}

/** A verb of Kubernetes' authorization. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export interface AccessRequest {
  readonly verb: Verb;
  /** `plural` or `plural.group`. */
  readonly resource: string;
  /** Undefined: all namespaces, or something cluster-scoped. */
  readonly namespace: string | undefined;
}

const readVerbs: readonly Verb[] = ['get', 'list', 'watch'];

/** What each role may do; the closed list of Malla's rights. */
const roles: Readonly<Record<Grant['role'], (request: AccessRequest) => boolean>> = {
  admin: () => true,
  editor: ({ verb, resource }) =>
    !isAdministrative(resource) && (resource !== 'namespaces' || readVerbs.includes(verb)),
  viewer: ({ verb, resource }) => readVerbs.includes(verb) && resource !== 'secrets' && !isAdministrative(resource),
};

/** Reading namespaces is for everyone who has any grant: tools list them before anything else. */
export function isAllowed(caller: Caller, request: AccessRequest): boolean {
  const { resource, verb, namespace } = request;
  if (resource === 'namespaces' && readVerbs.includes(verb)) return caller.grants.length > 0;
  return caller.grants.some(
    (grant) =>
      (grant.namespace === '*' || (namespace !== undefined && grant.namespace === namespace)) &&
      roles[grant.role](request),
  );
}

/** Throws `permission_denied` in Kubernetes' words. */
export function requireAccess(caller: Caller, request: AccessRequest): void {
  if (isAllowed(caller, request)) return;
  const { verb, resource, namespace } = request;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  throw new MallaError(
    'permission_denied',
    `${resource} is forbidden: "${caller.name}" cannot ${verb} ${resource} ${where}`,
  );
}

/** Tokens and audit are an administrator's business, wherever the grant is for. */
function isAdministrative(resource: string): boolean {
  return resource === 'tokens.malla.io' || resource === 'accesstokens.malla.io' || resource === 'audit.malla.io';
}
