/** How a field of a message reads. Maps are lists of entries on the wire. A `flag` is told from one that is not set, a `bool` is not. */
export type Field = readonly [
  name: string,
  type:
    'string' | 'texts' | 'bool' | 'flag' | 'int' | 'bytes' | 'strings' | 'bytesMap' | 'empty' | 'intOrString' | Schema,
  repeated?: 'list',
];
export type Schema = Readonly<Record<number, Field>>;

const ownerReference: Schema = {
  1: ['kind', 'string'],
  3: ['name', 'string'],
  4: ['uid', 'string'],
  5: ['apiVersion', 'string'],
  6: ['controller', 'flag'],
  7: ['blockOwnerDeletion', 'flag'],
};
const objectMeta: Schema = {
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  4: ['selfLink', 'string'],
  5: ['uid', 'string'],
  6: ['resourceVersion', 'string'],
  7: ['generation', 'int'],
  8: ['creationTimestamp', 'empty'],
  11: ['labels', 'strings'],
  12: ['annotations', 'strings'],
  13: ['ownerReferences', ownerReference, 'list'],
  14: ['finalizers', 'texts'],
};
const servicePort: Schema = {
  1: ['name', 'string'],
  2: ['protocol', 'string'],
  3: ['port', 'int'],
  4: ['targetPort', 'intOrString'],
  5: ['nodePort', 'int'],
  6: ['appProtocol', 'string'],
};
const serviceSpec: Schema = {
  1: ['ports', servicePort, 'list'],
  2: ['selector', 'strings'],
  3: ['clusterIP', 'string'],
  4: ['type', 'string'],
  7: ['sessionAffinity', 'string'],
  8: ['loadBalancerIP', 'string'],
  10: ['externalName', 'string'],
  11: ['externalTrafficPolicy', 'string'],
  12: ['healthCheckNodePort', 'int'],
  13: ['publishNotReadyAddresses', 'bool'],
};

const objectReference: Schema = {
  1: ['kind', 'string'],
  2: ['namespace', 'string'],
  3: ['name', 'string'],
  4: ['uid', 'string'],
  5: ['apiVersion', 'string'],
  6: ['resourceVersion', 'string'],
  7: ['fieldPath', 'string'],
};
const policyRule: Schema = {
  1: ['verbs', 'texts'],
  2: ['apiGroups', 'texts'],
  3: ['resources', 'texts'],
  4: ['resourceNames', 'texts'],
  5: ['nonResourceURLs', 'texts'],
};
const labelSelector: Schema = {
  1: ['matchLabels', 'strings'],
  2: ['matchExpressions', { 1: ['key', 'string'], 2: ['operator', 'string'], 3: ['values', 'texts'] }, 'list'],
};
const role: Schema = { 1: ['metadata', objectMeta], 2: ['rules', policyRule, 'list'] };
const roleBinding: Schema = {
  1: ['metadata', objectMeta],
  2: [
    'subjects',
    { 1: ['kind', 'string'], 2: ['apiGroup', 'string'], 3: ['name', 'string'], 4: ['namespace', 'string'] },
    'list',
  ],
  3: ['roleRef', { 1: ['apiGroup', 'string'], 2: ['kind', 'string'], 3: ['name', 'string'] }],
};
const accessSpec: Schema = {
  1: [
    'resourceAttributes',
    {
      1: ['namespace', 'string'],
      2: ['verb', 'string'],
      3: ['group', 'string'],
      4: ['version', 'string'],
      5: ['resource', 'string'],
      6: ['subresource', 'string'],
      7: ['name', 'string'],
    },
  ],
  2: ['nonResourceAttributes', { 1: ['path', 'string'], 2: ['verb', 'string'] }],
};
const status: Field = ['status', 'empty'];

/** Kinds that kubectl sends as protobuf, by the field numbers of the `generated.proto` of each group of k8s.io/api. */
export const protobufKinds: Readonly<Record<string, Schema>> = {
  'v1/Namespace': { 1: ['metadata', objectMeta], 2: ['spec', 'empty'], 3: ['status', 'empty'] },
  'v1/Secret': {
    1: ['metadata', objectMeta],
    2: ['data', 'bytesMap'],
    3: ['type', 'string'],
    4: ['stringData', 'strings'],
    5: ['immutable', 'bool'],
  },
  'v1/Service': { 1: ['metadata', objectMeta], 2: ['spec', serviceSpec], 3: ['status', 'empty'] },
  'v1/ConfigMap': {
    1: ['metadata', objectMeta],
    2: ['data', 'strings'],
    3: ['binaryData', 'bytesMap'],
    4: ['immutable', 'bool'],
  },
  'v1/ServiceAccount': {
    1: ['metadata', objectMeta],
    2: ['secrets', objectReference, 'list'],
    3: ['imagePullSecrets', { 1: ['name', 'string'] }, 'list'],
    4: ['automountServiceAccountToken', 'flag'],
  },
  'v1/DeleteOptions': {
    1: ['gracePeriodSeconds', 'int'],
    2: ['preconditions', { 1: ['uid', 'string'], 2: ['resourceVersion', 'string'] }],
    3: ['orphanDependents', 'flag'],
    4: ['propagationPolicy', 'string'],
    5: ['dryRun', 'texts'],
  },
  'rbac.authorization.k8s.io/v1/Role': role,
  'rbac.authorization.k8s.io/v1/ClusterRole': {
    ...role,
    3: ['aggregationRule', { 1: ['clusterRoleSelectors', labelSelector, 'list'] }],
  },
  'rbac.authorization.k8s.io/v1/RoleBinding': roleBinding,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': roleBinding,
  'authorization.k8s.io/v1/SelfSubjectAccessReview': {
    1: ['metadata', objectMeta],
    2: ['spec', accessSpec],
    3: status,
  },
  'authorization.k8s.io/v1/SelfSubjectRulesReview': {
    1: ['metadata', objectMeta],
    2: ['spec', { 1: ['namespace', 'string'] }],
    3: status,
  },
  'authentication.k8s.io/v1/SelfSubjectReview': {
    1: ['metadata', objectMeta],
    2: ['status', { 1: ['userInfo', 'empty'] }],
  },
  'authentication.k8s.io/v1/TokenRequest': {
    1: ['metadata', objectMeta],
    2: ['spec', { 1: ['audiences', 'texts'], 3: ['boundObjectRef', objectReference], 4: ['expirationSeconds', 'int'] }],
    3: status,
  },
};
