import { resolve } from 'node:path';
import { optionalSetting, port, setting, text, type SettingsOf } from '@malla/settings';
import { inClusterAccess } from './in-cluster.ts';
import type { KubeAccess } from './kube-access.ts';
import { kubeconfigAccess } from './kubeconfig.ts';

/** The settings of a service that may have a Kubernetes cluster as its source. */
export const kubeSettings = {
  kubernetes: setting({
    env: 'MALLA_KUBERNETES',
    schema: text(),
    default: 'off',
    description:
      'The Kubernetes cluster that this is the mesh of: off, in-cluster (by the service account of the pod), or the path of a kubeconfig.',
  }),
  kubernetesHost: optionalSetting({
    env: 'KUBERNETES_SERVICE_HOST',
    flag: null,
    schema: text(),
    description: 'API server of in-cluster; Kubernetes sets it in every pod. If not set: kubernetes.default.svc.',
  }),
  kubernetesPort: setting({
    env: 'KUBERNETES_SERVICE_PORT',
    flag: null,
    schema: port(),
    default: '443',
    description: 'Port of it; Kubernetes sets it in every pod.',
  }),
};

/** See {@link kubeSettings}. */
export type KubeSettings = SettingsOf<typeof kubeSettings>;

/**
 * The cluster that the settings name; undefined for `off`.
 * @throws MallaError `invalid` if what they name cannot be used
 */
export function kubeAccess({ kubernetes, kubernetesHost, kubernetesPort }: KubeSettings): KubeAccess | undefined {
  if (kubernetes === 'off') return undefined;
  if (kubernetes === 'in-cluster') return inClusterAccess({ host: kubernetesHost, port: kubernetesPort });
  return kubeconfigAccess(resolve(kubernetes));
}
