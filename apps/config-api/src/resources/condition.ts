/** A condition as Kubernetes and Istio write them. Source: https://kubernetes.io/docs/reference/using-api/api-conventions (typical status properties) */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** One word in CamelCase, for machines. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
}
