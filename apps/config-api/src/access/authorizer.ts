import type { PolicyRule } from '@malla/model';
import { authenticatedGroup, grantRules, mastersGroup } from './builtin-roles.ts';
import type { AccessRequest, Caller, Decision, Identity } from './caller.ts';
import { ruleAllows, ruleAllowsPath } from './policy-rules.ts';
import type { HeldRule, RbacIndex } from './rbac-index.ts';

const accountPrefix = 'system:serviceaccount:';

/** Decides who may do what: by the roles that a token carries, and by role bindings. */
export class Authorizer {
  readonly #rbac: RbacIndex;

  constructor(rbac: RbacIndex) {
    this.#rbac = rbac;
  }

  /** Somebody with the groups that everybody is in, and with what they may do. */
  callerOf(identity: Identity, rest: Pick<Caller, 'impersonatedBy'> = {}): Caller {
    const known = { ...identity, groups: groupsOf(identity) };
    return { ...known, ...rest, decide: (request) => this.decide(known, request) };
  }

  decide(identity: Identity, request: AccessRequest): Decision {
    if (identity.groups.includes(mastersGroup)) return { allowed: true, reason: `member of ${mastersGroup}` };
    // Reading namespaces is for everyone whose token carries a role: tools list them before anything else.
    if (identity.grants.length > 0 && request.group === '' && request.resource === 'namespaces' && isRead(request.verb))
      return { allowed: true, reason: 'holder of a role' };
    for (const { rule, by } of this.rulesFor(identity, request.namespace))
      if (ruleAllows(rule, request)) return { allowed: true, reason: `RBAC: allowed by ${by}` };
    return { allowed: false, reason: '' };
  }

  decidePath(identity: Identity, verb: string, path: string): Decision {
    if (identity.groups.includes(mastersGroup)) return { allowed: true, reason: `member of ${mastersGroup}` };
    for (const { rule, by } of this.rulesFor(identity, undefined))
      if (ruleAllowsPath(rule, verb, path)) return { allowed: true, reason: `RBAC: allowed by ${by}` };
    return { allowed: false, reason: '' };
  }

  /** Every rule that somebody has in a namespace; undefined: for the whole cluster. */
  *rulesFor(identity: Identity, namespace: string | undefined): Iterable<HeldRule> {
    for (const grant of identity.grants) {
      if (grant.namespace !== '*' && (namespace === undefined || grant.namespace !== namespace)) continue;
      for (const rule of grantRules[grant.role]) yield { rule, by: `role ${grant.role} of the token` };
    }
    yield* this.#rbac.rulesFor(identity, namespace);
  }

  /** The rules of a role; undefined if there is no such role. */
  rulesOfRole(kind: string, name: string, namespace: string): readonly PolicyRule[] | undefined {
    return this.#rbac.rulesOfRole(kind, name, namespace);
  }
}

function groupsOf({ name, groups, grants }: Identity): readonly string[] {
  const [namespace] = name.startsWith(accountPrefix) ? name.slice(accountPrefix.length).split(':') : [];
  const accounts = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const isMaster = grants.some((grant) => grant.role === 'admin' && grant.namespace === '*');
  return [...new Set([...groups, ...(isMaster ? [mastersGroup] : []), ...accounts, authenticatedGroup])];
}

function isRead(verb: string): boolean {
  return verb === 'get' || verb === 'list' || verb === 'watch';
}
