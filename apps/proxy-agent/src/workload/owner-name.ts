/** A CronJob's Jobs are named after it and the minute, in this form. */
const jobOfCronJob = /^(.+)-\d{8,10}$/;

/**
 * What a workload is an instance of, as telemetry shows it: the Deployment, StatefulSet, DaemonSet, Job or CronJob of a Pod, as the labels that
 * Kubernetes gives it tell; its own name elsewhere. Discovery tells peers the same from the Pod's owner.
 * Source: https://kubernetes.io/docs/reference/labels-annotations-taints/; Istio, pkg/kube/util.go, GetWorkloadMetaFromPod
 */
export function ownerName(name: string, labels: Readonly<Record<string, string>>): string {
  const override = labels['service.istio.io/workload-name'];
  if (override !== undefined) return override;
  const hash = labels['pod-template-hash'] ?? labels['rollouts-pod-template-hash'];
  // What is generated after the last dash has no dash.
  const template = name.replace(/-[^-]+$/, '');
  if (hash !== undefined) return template.endsWith(`-${hash}`) ? template.slice(0, -hash.length - 1) : name;
  if (labels['statefulset.kubernetes.io/pod-name'] === name) return template;
  const job = labels['batch.kubernetes.io/job-name'] ?? labels['job-name'];
  if (job !== undefined) return jobOfCronJob.exec(job)?.[1] ?? job;
  return labels['controller-revision-hash'] === undefined ? name : template;
}
