import { isDeepStrictEqual } from 'node:util';
import { groupOf, MallaError, type PolicyRule, type Resource } from '@malla/model';
import type { Authorizer } from './authorizer.ts';
import { mastersGroup } from './builtin-roles.ts';
import type { Caller } from './caller.ts';
import { rulesCover } from './policy-rules.ts';

const group = 'rbac.authorization.k8s.io';

/**
 * Nobody gives what they do not have: a role may hold only rules that its writer holds (or the verb `escalate` on it), and a binding may
 * give only such a role (or one that its writer has the verb `bind` on).
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export class EscalationCheck {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  /** Throws `permission_denied`. `current` is the stored object that is replaced. */
  check(caller: Caller, object: Resource, current: Resource | undefined): void {
    if (groupOf(object.apiVersion) !== group || caller.groups.includes(mastersGroup)) return;
    if (object.kind === 'Role' || object.kind === 'ClusterRole') this.#checkRole(caller, object, current);
    else this.#checkBinding(caller, object, current);
  }

  #checkRole(caller: Caller, object: Resource, current: Resource | undefined): void {
    const same =
      current !== undefined &&
      ['rules', 'aggregationRule'].every((field) => isDeepStrictEqual(object[field], current[field]));
    if (same || this.#may(caller, 'escalate', object, object.metadata.name)) return;
    if (object['aggregationRule'] !== undefined) throw refusal(object, caller, ['the rules of any ClusterRole']);
    const rules = (object['rules'] ?? []) as readonly PolicyRule[];
    this.#mustHold(caller, object, rules);
  }

  #checkBinding(caller: Caller, object: Resource, current: Resource | undefined): void {
    const same =
      current !== undefined &&
      ['roleRef', 'subjects'].every((field) => isDeepStrictEqual(object[field], current[field]));
    if (same) return;
    const { kind, name } = object['roleRef'] as { kind: string; name: string };
    const plural = kind === 'Role' ? 'roles' : 'clusterroles';
    const { namespace } = object.metadata;
    if (caller.decide({ verb: 'bind', group, resource: plural, namespace, name }).allowed) return;
    const rules = this.#authorizer.rulesOfRole(kind, name, namespace ?? '');
    if (rules === undefined)
      throw new MallaError(
        'not_found',
        `${kind} "${name}" not found: a role that does not exist yet can be given only by who may bind it`,
      );
    this.#mustHold(caller, object, rules);
  }

  #mustHold(caller: Caller, object: Resource, rules: readonly PolicyRule[]): void {
    const held = [...this.#authorizer.rulesFor(caller, object.metadata.namespace)].map(({ rule }) => rule);
    const missing = rules.filter((rule) => !rulesCover(held, rule));
    if (missing.length > 0)
      throw refusal(
        object,
        caller,
        missing.map((rule) => JSON.stringify(rule)),
      );
  }

  #may(caller: Caller, verb: 'escalate', { kind, metadata }: Resource, name: string): boolean {
    const resource = kind === 'Role' ? 'roles' : 'clusterroles';
    return caller.decide({ verb, group, resource, namespace: metadata.namespace, name }).allowed;
  }
}

function refusal({ kind, metadata }: Resource, caller: Caller, missing: readonly string[]): MallaError {
  return new MallaError(
    'permission_denied',
    `${kind} "${metadata.name}" is forbidden: user "${caller.name}" is attempting to grant RBAC permissions not currently held: ${missing.join('; ')}`,
  );
}
