import { z } from 'zod';
import { labelSelectorSchema } from '../../label-selector.ts';
import { dateTime, int32, int64, openObject } from '../../schema/structural.ts';
import { coreConditions } from './conditions.ts';
import { podTemplateSchema } from './pod-spec.ts';
import { numberOrPercent } from './values.ts';

const selector = labelSelectorSchema.describe(
  'Labels of its pods; those of the template must match. Cannot be changed.',
);
const template = podTemplateSchema.describe('What pods are made from.');
const replicas = int32().min(0).optional().describe('How many pods; default 1.');
const minReadySeconds = int32().min(0).optional().describe('Seconds a new pod must be ready to count; default 0.');
const revisionHistoryLimit = int32().min(0).optional().describe('How many old revisions are kept; default 10.');

const rollingUpdate = openObject({
  maxUnavailable: numberOrPercent.optional().describe('How many pods may be missing meanwhile.'),
  maxSurge: numberOrPercent.optional().describe('How many pods may be too many meanwhile.'),
});

const strategyOf = (types: readonly [string, string]) =>
  openObject({
    type: z.enum(types).optional().describe('How pods are replaced.'),
    rollingUpdate: rollingUpdate.optional().describe('For RollingUpdate.'),
  });

/** apps/v1 Deployment. */
export const deploymentSpecSchema = openObject({
  replicas,
  selector,
  template,
  strategy: strategyOf(['Recreate', 'RollingUpdate'])
    .meta({ 'x-kubernetes-patch-strategy': 'retainKeys' })
    .optional()
    .describe('How pods are replaced; default RollingUpdate.'),
  minReadySeconds,
  revisionHistoryLimit,
  paused: z.boolean().optional().describe('Whether changes wait; default false.'),
  progressDeadlineSeconds: int32().optional().describe('Seconds after which a change counts as failed; default 600.'),
}).describe('Pods that are wanted, and how they are replaced.');

/** apps/v1 ReplicaSet. */
export const replicaSetSpecSchema = openObject({
  replicas,
  selector,
  template: template.optional(),
  minReadySeconds,
}).describe('Pods that are wanted.');

/** apps/v1 StatefulSet. */
export const statefulSetSpecSchema = openObject({
  replicas,
  selector,
  template,
  serviceName: z.string().optional().describe('Headless Service below which its pods have names.'),
  podManagementPolicy: z.enum(['OrderedReady', 'Parallel']).optional().describe('Default OrderedReady.'),
  updateStrategy: strategyOf(['RollingUpdate', 'OnDelete'])
    .optional()
    .describe('How pods are replaced; default RollingUpdate.'),
  minReadySeconds,
  revisionHistoryLimit,
  volumeClaimTemplates: z.array(openObject({})).optional().describe('Claims that each pod gets.'),
}).describe('Pods with names of their own, and how they are replaced.');

/** apps/v1 DaemonSet. */
export const daemonSetSpecSchema = openObject({
  selector,
  template,
  updateStrategy: strategyOf(['RollingUpdate', 'OnDelete'])
    .optional()
    .describe('How pods are replaced; default RollingUpdate.'),
  minReadySeconds,
  revisionHistoryLimit,
}).describe('A pod on each node, and how it is replaced.');

/** batch/v1 Job. */
export const jobSpecSchema = openObject({
  selector: selector.optional(),
  template,
  parallelism: int32().min(0).optional().describe('How many pods at a time; default 1.'),
  completions: int32().min(0).optional().describe('How many pods must end well; default 1.'),
  backoffLimit: int32().min(0).optional().describe('How often it is tried again; default 6.'),
  suspend: z.boolean().optional().describe('Whether it waits; default false.'),
  ttlSecondsAfterFinished: int32().min(0).optional().describe('Seconds after its end until it is deleted.'),
}).describe('Pods that run until they end.');

/** batch/v1 CronJob. */
export const cronJobSpecSchema = openObject({
  schedule: z.string().min(1).describe('When, in the form of cron.'),
  timeZone: z.string().optional().describe('Time zone of schedule; default: that of the control plane.'),
  suspend: z.boolean().optional().describe('Whether it waits; default false.'),
  jobTemplate: z
    .strictObject({
      metadata: podTemplateSchema.shape.metadata,
      spec: jobSpecSchema.optional().describe('The job.'),
    })
    .describe('What jobs are made from.'),
}).describe('When jobs run, and which.');

export type DeploymentSpec = z.input<typeof deploymentSpecSchema>;
export type ReplicaSetSpec = z.input<typeof replicaSetSpecSchema>;
export type StatefulSetSpec = z.input<typeof statefulSetSpecSchema>;
export type DaemonSetSpec = z.input<typeof daemonSetSpecSchema>;
export type JobSpec = z.input<typeof jobSpecSchema>;
export type CronJobSpec = z.input<typeof cronJobSpecSchema>;

const observedGeneration = int64().optional().describe('metadata.generation that the controller has seen.');
const count = (what: string) => int32().optional().describe(what);

/** Status of Deployment, ReplicaSet and StatefulSet as far as it is shown; the rest is kept as sent. */
export const replicasStatusSchema = openObject({
  observedGeneration,
  replicas: count('How many pods there are.'),
  readyReplicas: count('How many of them are ready.'),
  availableReplicas: count('How many of them are ready for minReadySeconds.'),
  conditions: coreConditions.optional(),
});

/** As {@link replicasStatusSchema}, where pods are replaced by newer ones. */
export const updatedReplicasStatusSchema = replicasStatusSchema.extend({
  updatedReplicas: count('How many of them are of the newest template.'),
});

/** Status of DaemonSet. */
export const daemonSetStatusSchema = openObject({
  observedGeneration,
  desiredNumberScheduled: count('How many nodes should have a pod.'),
  currentNumberScheduled: count('How many of them have one.'),
  numberReady: count('How many of them have one that is ready.'),
  numberAvailable: count('How many of them have one that is ready for minReadySeconds.'),
  updatedNumberScheduled: count('How many of them have one of the newest template.'),
  conditions: coreConditions.optional(),
});

/** Status of Job. */
export const jobStatusSchema = openObject({
  active: count('How many pods run.'),
  succeeded: count('How many pods ended well.'),
  failed: count('How many pods failed.'),
  startTime: dateTime().optional().describe('When it began.'),
  completionTime: dateTime().optional().describe('When it ended well.'),
});

/** Status of CronJob. */
export const cronJobStatusSchema = openObject({
  lastScheduleTime: dateTime().optional().describe('When a job was last begun.'),
  lastSuccessfulTime: dateTime().optional().describe('When a job last ended well.'),
});

export type ReplicasStatus = z.input<typeof updatedReplicasStatusSchema>;
export type DaemonSetStatus = z.input<typeof daemonSetStatusSchema>;
export type JobStatus = z.input<typeof jobStatusSchema>;
export type CronJobStatus = z.input<typeof cronJobStatusSchema>;
