import { z } from 'zod';
import { defineKind, type KindDefinition } from '../kind-definition.ts';
import type { FieldsOf } from './fields-of.ts';

const group = 'rbac.authorization.k8s.io';
const source = 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/';
const texts = z.array(z.string());

const policyRule = z.strictObject({
  verbs: texts
    .min(1)
    .describe('What may be done: get, list, watch, create, update, patch, delete, deletecollection; * for all.'),
  apiGroups: texts.optional().describe('API groups of the resources; "" is the core group, * is all.'),
  resources: texts.optional().describe('Plural names of kinds, with a subresource as kinds/status; * is all.'),
  resourceNames: texts.optional().describe('Only these objects; default: all.'),
  nonResourceURLs: texts
    .optional()
    .describe('Paths that are no objects, such as /metrics; * at the end is any rest. Only in a ClusterRole.'),
});

const labelSelector = z
  .strictObject({
    matchLabels: z.record(z.string(), z.string()).optional().describe('All of these labels.'),
    matchExpressions: z
      .array(
        z.strictObject({
          key: z.string().describe('Label.'),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How its value is compared.'),
          values: texts.optional().describe('Values for In and NotIn.'),
        }),
      )
      .optional()
      .describe('All of these conditions.'),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });

const subject = z
  .strictObject({
    kind: z.enum(['User', 'Group', 'ServiceAccount']).describe('User, Group or ServiceAccount.'),
    apiGroup: z
      .string()
      .optional()
      .describe('rbac.authorization.k8s.io for User and Group; left out for ServiceAccount.'),
    name: z.string().min(1).describe('Name.'),
    namespace: z.string().optional().describe('Namespace of a ServiceAccount.'),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });

const roleRef = (kinds: readonly [string, ...string[]]) =>
  z
    .strictObject({
      apiGroup: z.literal(group).describe('Always rbac.authorization.k8s.io.'),
      kind: z.enum(kinds).describe('Role (of the same namespace) or ClusterRole.'),
      name: z.string().min(1).describe('Name of the role.'),
    })
    .meta({ 'x-kubernetes-map-type': 'atomic' })
    .describe('The role that is given; it cannot be changed.');

const rules = z.array(policyRule).nullish().describe('What may be done; all rules add up.');
const subjects = z.array(subject).optional().describe('Who is given the role.');

const roleFields = { rules };
const clusterRoleFields = {
  rules,
  aggregationRule: z
    .strictObject({
      clusterRoleSelectors: z.array(labelSelector).optional().describe('ClusterRoles whose rules count as its own.'),
    })
    .optional()
    .describe('Takes the rules of other ClusterRoles, by their labels.'),
};
const roleBindingFields = { subjects, roleRef: roleRef(['Role', 'ClusterRole']) };
const clusterRoleBindingFields = { subjects, roleRef: roleRef(['ClusterRole']) };

const roleColumn = {
  name: 'Role',
  type: 'string',
  jsonPath: '.roleRef.name',
  description: 'The role that is given.',
} as const;
const subjectsColumn = {
  name: 'Subjects',
  type: 'string',
  jsonPath: '.subjects[*].name',
  description: 'Who is given it.',
  priority: 1,
} as const;

/** Who may do what: roles and their bindings. */
export const accessKinds: readonly KindDefinition[] = [
  defineKind({ group, kind: 'Role', plural: 'roles', versions: ['v1'], payload: roleFields, source }),
  defineKind({
    group,
    kind: 'ClusterRole',
    plural: 'clusterroles',
    versions: ['v1'],
    namespaced: false,
    payload: clusterRoleFields,
    source,
  }),
  defineKind({
    group,
    kind: 'RoleBinding',
    plural: 'rolebindings',
    versions: ['v1'],
    payload: roleBindingFields,
    columns: [roleColumn, subjectsColumn],
    source,
  }),
  defineKind({
    group,
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    versions: ['v1'],
    namespaced: false,
    payload: clusterRoleBindingFields,
    columns: [roleColumn, subjectsColumn],
    source,
  }),
];

export type PolicyRule = z.infer<typeof policyRule>;
export type RbacSubject = z.infer<typeof subject>;
export type Role = FieldsOf<typeof group, 'Role', typeof roleFields>;
export type ClusterRole = FieldsOf<typeof group, 'ClusterRole', typeof clusterRoleFields>;
export type RoleBinding = FieldsOf<typeof group, 'RoleBinding', typeof roleBindingFields>;
export type ClusterRoleBinding = FieldsOf<typeof group, 'ClusterRoleBinding', typeof clusterRoleBindingFields>;

/** Any object of rbac.authorization.k8s.io. */
export type AccessResource = Role | ClusterRole | RoleBinding | ClusterRoleBinding;
