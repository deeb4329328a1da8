import { z } from 'zod';
import { int32, mergeList, openObject } from '../../schema/structural.ts';
import { lifecycle, probe } from './probe.ts';
import { containerSecurityContext } from './security-context.ts';
import { dnsLabelSchema } from '../../metadata.ts';
import { port, portName, protocol, quantity } from './values.ts';

/** Replaced as a whole by server-side apply. */
const atomic = { 'x-kubernetes-map-type': 'atomic' };

const keyOf = (what: string) =>
  openObject({
    name: z.string().optional().describe(`Name of the ${what}.`),
    key: z.string().describe('Name of the entry.'),
    optional: z.boolean().optional().describe('Whether it may be missing; default false.'),
  }).meta(atomic);

const envVar = openObject({
  name: z.string().min(1).describe('Name of the variable.'),
  value: z.string().optional().describe('Value; $(NAME) stands for another variable. Default empty.'),
  valueFrom: openObject({
    fieldRef: openObject({
      apiVersion: z.string().optional().describe('Version that fieldPath is for; default v1.'),
      fieldPath: z.string().describe('Field of the pod, such as metadata.name.'),
    })
      .meta(atomic)
      .optional()
      .describe('A field of the pod.'),
    resourceFieldRef: openObject({
      containerName: z.string().optional().describe('The container; default: this one.'),
      resource: z.string().describe('The resource, such as limits.cpu.'),
      divisor: quantity.optional().describe('Unit of the value; default 1.'),
    })
      .meta(atomic)
      .optional()
      .describe('A resource of a container.'),
    configMapKeyRef: keyOf('ConfigMap').optional().describe('An entry of a ConfigMap.'),
    secretKeyRef: keyOf('Secret').optional().describe('An entry of a Secret.'),
  })
    .optional()
    .describe('Where the value is, instead of value.'),
});

const containerPort = openObject({
  name: portName.optional().describe('Name, for targetPort of a Service.'),
  containerPort: port.describe('Port on the address of the pod.'),
  protocol,
  hostPort: int32().min(0).max(65535).optional().describe('Port of the node that leads to it.'),
  hostIP: z.string().optional().describe('Address of the node for hostPort.'),
});

const quantities = z.record(z.string(), quantity);

const volumeMount = openObject({
  name: z.string().describe('Name of the volume of the pod.'),
  mountPath: z.string().describe('Path in the container.'),
  readOnly: z.boolean().optional().describe('Default false.'),
  subPath: z.string().optional().describe('A path in the volume, instead of all of it.'),
});

const fields = {
  name: dnsLabelSchema.describe('Name, unique in the pod.'),
  image: z.string().optional().describe('Image; `auto` for a sidecar that injection fills in.'),
  imagePullPolicy: z.string().optional().describe('Always, IfNotPresent or Never.'),
  command: z.array(z.string()).optional().describe('Program; default: the entry point of the image.'),
  args: z.array(z.string()).optional().describe('Arguments of the program.'),
  workingDir: z.string().optional().describe('Folder that it starts in.'),
  ports: mergeList(z.array(containerPort), ['containerPort', 'protocol'], { duplicates: 'allowed' })
    .optional()
    .describe('Ports that it listens on; for people, and for names.'),
  env: mergeList(z.array(envVar), ['name'], { duplicates: 'allowed' }).optional().describe('Variables.'),
  envFrom: z
    .array(
      openObject({
        prefix: z.string().optional().describe('Beginning of the names of the variables.'),
        configMapRef: openObject({ name: z.string().optional().describe('Name.') })
          .optional()
          .describe('A ConfigMap, each entry of which is a variable.'),
        secretRef: openObject({ name: z.string().optional().describe('Name.') })
          .optional()
          .describe('A Secret, each entry of which is a variable.'),
      }),
    )
    .optional()
    .describe('Variables from whole objects.'),
  resources: openObject({
    requests: quantities.optional().describe('What it needs, such as cpu and memory.'),
    limits: quantities.optional().describe('What it may use at most.'),
  })
    .optional()
    .describe('What it needs and may use.'),
  volumeMounts: mergeList(z.array(volumeMount), ['mountPath']).optional().describe('Where volumes are.'),
  livenessProbe: probe.optional().describe('Whether it lives; else it is started again.'),
  readinessProbe: probe.optional().describe('Whether it takes requests.'),
  startupProbe: probe.optional().describe('Whether it has started; the others wait for it.'),
  lifecycle: lifecycle.optional().describe('What it does after its start and before its end.'),
  securityContext: containerSecurityContext.optional().describe('Its rights.'),
  restartPolicy: z
    .string()
    .optional()
    .describe('Always makes an init container run beside the others, as a native sidecar.'),
};

/** One container of a pod. Fields that neither analysis nor injection reads are kept as sent. */
export const container = openObject(fields);

export type Container = z.input<typeof container>;

/** Containers of a pod. */
export const containers = mergeList(z.array(container), ['name']);

/** Containers that are put into a running pod to look into it. */
export const ephemeralContainers = mergeList(
  z.array(
    openObject({ ...fields, targetContainerName: z.string().optional().describe('Container that it looks into.') }),
  ),
  ['name'],
);
