/** A kind that is asked, not stored: only `create` is served. */
export interface ReviewKind {
  readonly group: 'authorization.k8s.io' | 'authentication.k8s.io';
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Questions about access and identity, as Kubernetes has them. */
export const reviewKinds: readonly ReviewKind[] = [
  {
    group: 'authorization.k8s.io',
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    namespaced: false,
  },
  {
    group: 'authorization.k8s.io',
    kind: 'SelfSubjectRulesReview',
    plural: 'selfsubjectrulesreviews',
    namespaced: false,
  },
  { group: 'authorization.k8s.io', kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', namespaced: false },
  {
    group: 'authorization.k8s.io',
    kind: 'LocalSubjectAccessReview',
    plural: 'localsubjectaccessreviews',
    namespaced: true,
  },
  { group: 'authentication.k8s.io', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false },
  { group: 'authentication.k8s.io', kind: 'TokenReview', plural: 'tokenreviews', namespaced: false },
];

/** Version of all of them. */
export const reviewVersion = 'v1';
