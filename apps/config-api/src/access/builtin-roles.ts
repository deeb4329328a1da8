import { kinds, type ClusterRole, type ClusterRoleBinding, type KindDefinition, type PolicyRule } from '@malla/model';
import type { Grant } from '@malla/store-prisma';

const rbac = 'rbac.authorization.k8s.io';
const readVerbs = ['get', 'list', 'watch'];
const writeVerbs = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Kinds that only who governs the whole mesh or cluster may change. */
const isGoverning = ({ group }: KindDefinition): boolean =>
  [rbac, 'admissionregistration.k8s.io', 'apiextensions.k8s.io'].includes(group);
const isSecret = ({ group, kind }: KindDefinition): boolean => group === '' && kind === 'Secret';
const isEvent = ({ kind, group }: KindDefinition): boolean =>
  kind === 'Event' && (group === '' || group === 'events.k8s.io');

/** One rule for each API group that has such kinds. */
function rulesOver(
  verbs: readonly string[],
  chosen: (kind: KindDefinition) => boolean,
  alsoStatus = false,
): PolicyRule[] {
  const byGroup = Map.groupBy(kinds.filter(chosen), ({ group }) => group);
  return [...byGroup].map(([group, ofGroup]) => ({
    verbs: [...verbs],
    apiGroups: [group],
    resources: ofGroup.flatMap(({ plural }) => (alsoStatus ? [plural, `${plural}/status`] : [plural])),
  }));
}

const view: readonly PolicyRule[] = [
  ...rulesOver(readVerbs, (kind) => !isSecret(kind) && kind.group !== rbac, true),
  { verbs: ['get', 'list'], apiGroups: ['malla.io'], resources: ['proxies', 'workloads'] },
  { verbs: ['create'], apiGroups: ['malla.io'], resources: ['analyses'] },
];
const edit: readonly PolicyRule[] = [
  ...view,
  ...rulesOver(readVerbs, isSecret),
  ...rulesOver(writeVerbs, (kind) => kind.namespaced && !isGoverning(kind) && !isEvent(kind)),
  { verbs: ['create'], apiGroups: [''], resources: ['serviceaccounts/token'] },
];
const admin: readonly PolicyRule[] = [
  ...edit,
  { verbs: [...readVerbs, ...writeVerbs], apiGroups: [rbac], resources: ['roles', 'rolebindings'] },
  { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'] },
  { verbs: ['create'], apiGroups: ['malla.io'], resources: ['tokens'] },
];
const basicUser: readonly PolicyRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  { verbs: ['get'], apiGroups: ['malla.io'], resources: ['whoami'] },
];
const paths = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/docs',
  '/docs/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
];
const discovery: readonly PolicyRule[] = [{ verbs: ['get'], nonResourceURLs: paths }];

const clusterRoleRules: Readonly<Record<string, readonly PolicyRule[]>> = {
  'cluster-admin': everything,
  admin,
  edit,
  view,
  'system:basic-user': basicUser,
  'system:discovery': discovery,
};

/** The group whose members may do everything. */
export const mastersGroup = 'system:masters';
/** The group of everybody who is known. */
export const authenticatedGroup = 'system:authenticated';

const bindings: Readonly<Record<string, string>> = {
  'cluster-admin': mastersGroup,
  'system:basic-user': authenticatedGroup,
  'system:discovery': authenticatedGroup,
};

/** What a role that a token carries allows, whatever becomes of the roles in the store. */
export const grantRules: Readonly<Record<Grant['role'], readonly PolicyRule[]>> = {
  admin: everything,
  editor: edit,
  viewer: view,
};

const metadata = (name: string) => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
});

/** The roles and bindings that are always there, as Kubernetes names them; they follow the kinds that are served. */
export function builtinRoles(): readonly (ClusterRole | ClusterRoleBinding)[] {
  const apiVersion = `${rbac}/v1` as const;
  return [
    ...Object.entries(clusterRoleRules).map(([name, rules]): ClusterRole => ({
      apiVersion,
      kind: 'ClusterRole',
      metadata: metadata(name),
      rules: [...rules],
    })),
    ...Object.entries(bindings).map(([name, group]): ClusterRoleBinding => ({
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: metadata(name),
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'Group', apiGroup: rbac, name: group }],
    })),
  ];
}
