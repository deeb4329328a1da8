import { z } from 'zod';

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** RFC 1123 label, at most 63 characters: names of namespaces, ports, subsets. */
export const dnsLabelSchema = z.string().max(63).regex(dnsLabel, {
  error: 'must be a DNS label: lower-case letters, digits and "-", starting and ending with a letter or digit',
});

/** RFC 1123 subdomain, at most 253 characters: names of objects. */
export const objectNameSchema = z
  .string()
  .min(1)
  .max(253)
  .regex(dnsSubdomain, { error: 'must be a DNS subdomain: lower-case letters, digits, "-" and "."' });

/** Labels: a map of qualified names to values of at most 63 characters. */
export const labelsSchema = z
  .record(
    z.string().regex(labelName, { error: 'must be a label name such as app or example.com/app' }),
    z.string().max(63).regex(labelValue, { error: 'must be a label value of letters, digits, "-", "_" and "."' }),
  )
  .meta({ id: 'Labels' });

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/ */
const ownerReferenceSchema = z
  .strictObject({
    apiVersion: z.string().min(1).describe('Version of the owner, such as apps/v1.'),
    kind: z.string().min(1).describe('Kind of the owner.'),
    name: z.string().min(1).describe('Name of the owner; in the same namespace, or of a cluster-scoped kind.'),
    uid: z.string().min(1).describe('Uid of the owner; another object of the same name is no owner.'),
    controller: z.boolean().optional().describe('This owner is the one that manages the object; at most one is.'),
    blockOwnerDeletion: z
      .boolean()
      .optional()
      .describe('A foreground deletion of the owner waits until this object is gone.'),
  })
  .meta({ id: 'OwnerReference', 'x-kubernetes-map-type': 'atomic' });

export type OwnerReference = z.infer<typeof ownerReferenceSchema>;

/** Kubernetes ObjectMeta, as far as Malla uses it. Server-set fields are accepted from clients and overwritten. */
export const objectMetaSchema = z
  .strictObject({
    name: objectNameSchema.describe('Name, unique among objects of the kind in its namespace.'),
    namespace: dnsLabelSchema
      .optional()
      .describe('Namespace; default: that of the request, else `default`. Not on cluster-scoped kinds.'),
    labels: labelsSchema.optional().describe('Labels, for selectors.'),
    annotations: z
      .record(z.string(), z.string())
      .optional()
      .describe('Notes for people and tools; the mesh does not read them.'),
    uid: z.string().optional().describe('Set by the server.'),
    resourceVersion: z
      .string()
      .optional()
      .describe(
        'Revision of the last change, set by the server. In a write: the object must still be at it, or the write is refused (409).',
      ),
    generation: z.int().optional().describe('Grows with each change of what is wanted; set by the server.'),
    creationTimestamp: z.string().nullish().describe('Set by the server.'),
    generateName: z
      .string()
      .max(253)
      .optional()
      .describe('Beginning of a name that the server completes, where `name` is left out on creation.'),
    deletionTimestamp: z
      .string()
      .nullish()
      .describe('When the deletion was asked for; the object is gone once it has no finalizers. Set by the server.'),
    deletionGracePeriodSeconds: z.int().nullish().describe('Set by the server.'),
    finalizers: z
      .array(z.string().min(1).max(316))
      .optional()
      .meta({ 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' })
      .describe('Who must clean up before the object goes; each removes its own entry.'),
    ownerReferences: z
      .array(ownerReferenceSchema)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['uid'] })
      .describe('Objects that this one belongs to: it is deleted when all of them are gone.'),
    selfLink: z.string().optional().describe('Accepted from clients and dropped.'),
    managedFields: z
      .array(z.unknown())
      .nullish()
      .describe('Who manages which fields; kept by the server. An empty entry gives up all that is known.'),
  })
  .meta({ id: 'ObjectMeta' });

export type ObjectMeta = z.infer<typeof objectMetaSchema>;

/** Selects workloads by all of these labels; empty selects every workload of the namespace. */
export const workloadSelectorSchema = z
  .strictObject({
    matchLabels: labelsSchema
      .optional()
      .describe(
        'All of these labels; empty selects every workload of the namespace (of the mesh, in the root namespace).',
      ),
  })
  .meta({ id: 'WorkloadSelector' });

/** A TCP port. */
export const portNumberSchema = z.int().min(1).max(65535);
