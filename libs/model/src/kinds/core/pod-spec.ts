import { z } from 'zod';
import { templateMetaSchema } from '../../metadata.ts';
import { int32, int64, mergeList, openObject } from '../../schema/structural.ts';
import { coreConditions } from './conditions.ts';
import { containers, ephemeralContainers } from './container.ts';
import { localObjectReference } from './references.ts';
import { podSecurityContext } from './security-context.ts';
import { volumes } from './volume.ts';

/** Core v1 PodSpec as far as analysis and sidecar injection read it; the rest is kept as sent. */
export const podSpecSchema = openObject({
  containers: containers.min(1).describe('Its containers.'),
  initContainers: containers.optional().describe('Containers that run before the others, one after the other.'),
  ephemeralContainers: ephemeralContainers.optional().describe('Containers for looking into the running pod.'),
  volumes: volumes.optional().describe('Its volumes.'),
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).optional().describe('Default Always.'),
  terminationGracePeriodSeconds: int64().min(0).optional().describe('Seconds to end in; default 30.'),
  dnsPolicy: z
    .enum(['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'])
    .optional()
    .describe('How names are looked up; default ClusterFirst.'),
  dnsConfig: openObject({
    nameservers: z.array(z.string()).optional().describe('Addresses of DNS servers.'),
    searches: z.array(z.string()).optional().describe('Domains that short names are tried in.'),
  })
    .optional()
    .describe('More about names.'),
  nodeSelector: z
    .record(z.string(), z.string())
    .meta({ 'x-kubernetes-map-type': 'atomic' })
    .optional()
    .describe('Labels of the node that it runs on.'),
  nodeName: z.string().optional().describe('Node that it runs on; the scheduler sets it.'),
  serviceAccountName: z.string().optional().describe('Its ServiceAccount; default `default`.'),
  serviceAccount: z.string().optional().describe('Old name of serviceAccountName.'),
  automountServiceAccountToken: z
    .boolean()
    .optional()
    .describe('Whether it gets a token of its account; default true.'),
  hostNetwork: z
    .boolean()
    .optional()
    .describe('Whether it has the network of the node: no sidecar then. Default false.'),
  hostPID: z.boolean().optional().describe('Whether it sees processes of the node; default false.'),
  hostIPC: z.boolean().optional().describe('Whether it shares memory with the node; default false.'),
  shareProcessNamespace: z
    .boolean()
    .optional()
    .describe('Whether containers see each other’s processes; default false.'),
  securityContext: podSecurityContext.optional().describe('Rights of all containers.'),
  imagePullSecrets: mergeList(z.array(localObjectReference), ['name'], { duplicates: 'allowed' })
    .optional()
    .describe('Secrets with which images are pulled.'),
  hostname: z.string().optional().describe('Its host name; default: its name.'),
  subdomain: z.string().optional().describe('Headless Service below which its host name is found.'),
  hostAliases: mergeList(
    z.array(
      openObject({
        ip: z.string().describe('Address.'),
        hostnames: z.array(z.string()).optional().describe('Its names.'),
      }),
    ),
    ['ip'],
    { duplicates: 'allowed' },
  )
    .optional()
    .describe('Lines of /etc/hosts.'),
  priorityClassName: z.string().optional().describe('Its priority.'),
  priority: int32().optional().describe('Its priority as a number; the server sets it.'),
  topologySpreadConstraints: mergeList(
    z.array(
      openObject({
        topologyKey: z.string().describe('Label of nodes.'),
        whenUnsatisfiable: z.string().describe('DoNotSchedule or ScheduleAnyway.'),
        maxSkew: int32().describe('How uneven it may be.'),
      }),
    ),
    ['topologyKey', 'whenUnsatisfiable'],
  )
    .optional()
    .describe('How pods are spread over nodes.'),
}).describe('Containers and how they run.');

export type PodSpec = z.input<typeof podSpecSchema>;

/** What pods are made from. */
export const podTemplateSchema = z.strictObject({
  metadata: templateMetaSchema.optional().describe('Labels and annotations of the pods.'),
  spec: podSpecSchema.optional().describe('Containers and the rest.'),
});

export type PodTemplate = z.input<typeof podTemplateSchema>;

/** Core v1 PodStatus as far as the mesh reads it. */
export const podStatusSchema = openObject({
  phase: z.string().optional().describe('Pending, Running, Succeeded, Failed or Unknown.'),
  podIP: z.string().optional().describe('Its address.'),
  podIPs: mergeList(z.array(openObject({ ip: z.string().describe('Address.') })), ['ip'], { duplicates: 'allowed' })
    .optional()
    .describe('Its addresses, the first of which is podIP.'),
  hostIP: z.string().optional().describe('Address of its node.'),
  conditions: coreConditions.optional(),
});

export type PodStatus = z.input<typeof podStatusSchema>;
