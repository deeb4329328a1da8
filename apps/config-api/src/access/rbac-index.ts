import {
  groupOf,
  type ClusterRole,
  type ClusterRoleBinding,
  type PolicyRule,
  type RbacSubject,
  type Resource,
  type Role,
  type RoleBinding,
} from '@malla/model';
import { matchesLabels, parseLabelSelector } from '@malla/store';
import type { Identity } from './caller.ts';

const group = 'rbac.authorization.k8s.io';

/** A rule that somebody has, and by which binding. */
export interface HeldRule {
  readonly rule: PolicyRule;
  /** For people: `RoleBinding "x/y"`. */
  readonly by: string;
}

/** Roles and bindings of the store by who has them. Follows the mirror. */
export class RbacIndex {
  readonly #roles = new Map<string, Role>();
  readonly #clusterRoles = new Map<string, ClusterRole>();
  readonly #bindings = new Map<string, RoleBinding>();
  readonly #clusterBindings = new Map<string, ClusterRoleBinding>();

  clear(): void {
    for (const map of [this.#roles, this.#clusterRoles, this.#bindings, this.#clusterBindings]) map.clear();
  }

  set(object: Resource): void {
    this.#mapOf(object)?.set(nameOf(object), object as never);
  }

  delete(object: Resource): void {
    this.#mapOf(object)?.delete(nameOf(object));
  }

  /** Every rule that somebody has in a namespace; undefined: for the whole cluster. */
  *rulesFor(identity: Identity, namespace: string | undefined): Iterable<HeldRule> {
    for (const binding of this.#clusterBindings.values()) {
      if (!binding.subjects?.some((subject) => isSubject(subject, identity, ''))) continue;
      const by = `ClusterRoleBinding "${binding.metadata.name}" of ClusterRole "${binding.roleRef.name}"`;
      for (const rule of this.#rulesOf(binding.roleRef, '')) yield { rule, by };
    }
    if (namespace === undefined) return;
    for (const binding of this.#bindings.values()) {
      if (binding.metadata.namespace !== namespace) continue;
      if (!binding.subjects?.some((subject) => isSubject(subject, identity, namespace))) continue;
      const { kind, name } = binding.roleRef;
      const by = `RoleBinding "${binding.metadata.name}/${namespace}" of ${kind} "${name}"`;
      for (const rule of this.#rulesOf(binding.roleRef, namespace)) yield { rule, by };
    }
  }

  /** The rules of a role; undefined if there is no such role. */
  rulesOfRole(kind: string, name: string, namespace: string): readonly PolicyRule[] | undefined {
    if (kind === 'Role') return this.#roles.get(`${namespace}/${name}`)?.rules ?? undefined;
    const role = this.#clusterRoles.get(`/${name}`);
    return role === undefined ? undefined : this.#rulesOfCluster(role);
  }

  #rulesOf({ kind, name }: { kind: string; name: string }, namespace: string): readonly PolicyRule[] {
    return this.rulesOfRole(kind, name, namespace) ?? [];
  }

  /** With the rules of roles that it takes in by their labels; these do not take in others in turn. */
  #rulesOfCluster({ rules, aggregationRule }: ClusterRole): readonly PolicyRule[] {
    const selectors = aggregationRule?.clusterRoleSelectors ?? [];
    if (selectors.length === 0) return rules ?? [];
    const chosen = [...this.#clusterRoles.values()].filter(({ metadata }) =>
      selectors.some((selector) => matchesLabels(selectorOf(selector), metadata.labels)),
    );
    return [...(rules ?? []), ...chosen.flatMap((role) => role.rules ?? [])];
  }

  #mapOf({ apiVersion, kind }: Resource): Map<string, unknown> | undefined {
    if (groupOf(apiVersion) !== group) return undefined;
    if (kind === 'Role') return this.#roles;
    if (kind === 'ClusterRole') return this.#clusterRoles;
    return kind === 'RoleBinding' ? this.#bindings : this.#clusterBindings;
  }
}

function nameOf({ metadata }: Resource): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function isSubject(subject: RbacSubject, { name, groups }: Identity, namespace: string): boolean {
  if (subject.kind === 'User') return subject.name === name;
  if (subject.kind === 'Group') return groups.includes(subject.name);
  return name === serviceAccountName(subject.namespace ?? namespace, subject.name);
}

/** The user name of a service account. */
export function serviceAccountName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

type Selector = NonNullable<NonNullable<ClusterRole['aggregationRule']>['clusterRoleSelectors']>[number];

function selectorOf({ matchLabels = {}, matchExpressions = [] }: Selector) {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return parseLabelSelector([...equal, ...others].join(','));
}
