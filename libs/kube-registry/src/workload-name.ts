import type { OwnerReference } from '@malla/model';
import type { Labels } from '@malla/snapshot';

/** What of a pod's metadata tells what runs it. */
export interface Owned {
  readonly name: string;
  readonly labels: Labels;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
}

const overrideLabel = 'service.istio.io/workload-name';
const templateHashLabel = 'pod-template-hash';
const rolloutHashLabel = 'rollouts-pod-template-hash';
/** A CronJob's Jobs are named after it and the minute, in this form. */
const jobOfCronJob = /^(.+)-\d{8,10}$/;

/**
 * The Deployment, StatefulSet, CronJob, ... that a pod belongs to, as telemetry shows it; the pod's own name when nothing controls it.
 * Source: Istio, pkg/kube/util.go, GetWorkloadMetaFromPod.
 */
export function workloadNameOf(pod: Owned): string {
  const override = pod.labels[overrideLabel];
  if (override !== undefined) return override;
  const controller = pod.ownerReferences?.find((owner) => owner.controller === true);
  if (controller === undefined) return pod.name;
  const { kind, name } = controller;
  if (kind === 'ReplicaSet') return nameOfDeployment(name, pod.labels);
  if (kind === 'Job') return jobOfCronJob.exec(name)?.[1] ?? name;
  return name;
}

/** A ReplicaSet of a Deployment (or Rollout) bears its name and the hash of its template. */
function nameOfDeployment(replicaSet: string, labels: Labels): string {
  const hash = labels[templateHashLabel] ?? labels[rolloutHashLabel];
  const suffix = `-${hash ?? ''}`;
  return hash !== undefined && hash !== '' && replicaSet.endsWith(suffix)
    ? replicaSet.slice(0, -suffix.length)
    : replicaSet;
}
