import { formatWorkloadId, parseWorkloadId } from './workload-id.ts';

/** The namespace that Malla's own services live in. */
export const controlPlaneNamespace = 'malla-system';

/** Malla's own services; each is also the name of its service account. */
export const controlPlaneServices = ['config-api', 'discovery', 'certificate-authority', 'policy-telemetry'] as const;

export type ControlPlaneService = (typeof controlPlaneServices)[number];

/** The SPIFFE id of one of Malla's own services. */
export function controlPlaneId(service: ControlPlaneService, trustDomain: string): string {
  return formatWorkloadId({ trustDomain, namespace: controlPlaneNamespace, serviceAccount: service });
}

/** Which of Malla's services of this trust domain an id belongs to; undefined for workloads and for other trust domains. */
export function controlPlaneServiceOf(spiffeId: string, trustDomain: string): ControlPlaneService | undefined {
  const identity = parseWorkloadId(spiffeId);
  if (identity === undefined || identity.trustDomain !== trustDomain || identity.namespace !== controlPlaneNamespace)
    return undefined;
  return controlPlaneServices.find((service) => service === identity.serviceAccount);
}
