// Where the API server is, and how it knows us
export { kubeAccess, kubeSettings, type KubeSettings } from './access/kube-settings.ts';
export { inClusterAccess, type InClusterParams } from './access/in-cluster.ts';
export { kubeconfigAccess } from './access/kubeconfig.ts';
export type { KubeAccess, KubeCredentials, KubeTls } from './access/kube-access.ts';
// Kinds
export { apiVersionOf, kindText, kubeKind, objectPath, type KubeKind, type KubeObject } from './kube-kind.ts';
// Requests
export {
  fieldManager,
  KubeClient,
  type KubePage,
  type KubeRequest,
  type ListOptions,
  type ObjectName,
} from './client/kube-client.ts';
export { kubeErrorDetails, type KubeErrorDetails } from './client/kube-error.ts';
export { reviewToken, type ReviewedToken } from './client/token-review.ts';
// Lists that are watched
export { ListWatch, type ListWatchHandler, type ListWatchParams, type ListWatchState } from './watch/list-watch.ts';
