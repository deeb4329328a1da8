import { z } from 'zod';
import { dateTime, duplicatesAllowed, int64 } from './schema/structural.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const prefix = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const qualified = new RegExp(`^(?=[^/]{1,253}/|[^/]*$)(${prefix}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`);
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

/** A name as of labels and finalizers: letters, digits, "-", "_" and ".", with a domain and "/" before it or without. */
export const qualifiedNameSchema = z
  .string()
  .regex(qualified, { error: 'must be a name such as app or example.com/app' });

/** Value of a label: at most 63 characters; may be empty. */
export const labelValueSchema = z
  .string()
  .max(63)
  .regex(labelValue, { error: 'must be a label value of letters, digits, "-", "_" and "."' });

/** Labels: a map of qualified names to values of at most 63 characters. */
export const labelsSchema = z.record(qualifiedNameSchema, labelValueSchema).meta({ id: 'Labels' });

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

/** Which fields a manager has; https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
const managedFieldsEntrySchema = z
  .strictObject({
    manager: z.string().optional().describe('Who it is.'),
    operation: z.string().optional().describe('Apply, or Update for any other write.'),
    apiVersion: z.string().optional().describe('Version that the names of the fields are of.'),
    time: dateTime().optional().describe('When the entry last changed.'),
    fieldsType: z.string().optional().describe('FieldsV1.'),
    fieldsV1: z.record(z.string(), z.unknown()).optional().describe('The fields, as a tree of their names.'),
    subresource: z.string().optional().describe('Subresource that was written, such as status.'),
  })
  .meta({ id: 'ManagedFieldsEntry' });

export type ManagedFieldsEntry = z.infer<typeof managedFieldsEntrySchema>;

/** Annotations of an object together may have so many bytes. */
const maxAnnotations = 262_144;

const annotationsSchema = z
  .record(
    z.string().refine((key) => qualified.test(key.toLowerCase()), {
      error: 'must be a name such as note or example.com/note',
    }),
    z.string(),
  )
  .refine((all) => Object.entries(all).reduce((sum, [k, v]) => sum + k.length + v.length, 0) <= maxAnnotations, {
    error: `must not be larger than ${maxAnnotations} bytes together`,
  });

const nameText = 'Name, unique among objects of the kind in its namespace; default: made from generateName.';

const metaFields = {
  name: objectNameSchema.optional().describe(nameText),
  generateName: z
    .string()
    .max(253)
    .optional()
    .describe('Beginning of a name that the server completes, where `name` is left out on creation.'),
  namespace: dnsLabelSchema
    .optional()
    .describe('Namespace; default: that of the request, else `default`. Not on cluster-scoped kinds.'),
  labels: labelsSchema.optional().describe('Labels, for selectors.'),
  annotations: annotationsSchema.optional().describe('Notes for people and tools.'),
  uid: z.string().optional().describe('Set by the server.'),
  resourceVersion: z
    .string()
    .optional()
    .describe(
      'Revision of the last change, set by the server. In a write: the object must still be at it, or the write is refused (409).',
    ),
  generation: int64().optional().describe('Grows with each change of what is wanted; set by the server.'),
  creationTimestamp: dateTime().nullish().describe('Set by the server.'),
  deletionTimestamp: dateTime()
    .nullish()
    .describe('When the deletion was asked for; the object is gone once it has no finalizers. Set by the server.'),
  deletionGracePeriodSeconds: int64().nullish().describe('Set by the server.'),
  finalizers: z
    .array(qualifiedNameSchema)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge', [duplicatesAllowed]: true })
    .describe('Who must clean up before the object goes; each removes its own entry.'),
  ownerReferences: z
    .array(ownerReferenceSchema)
    .refine((owners) => new Set(owners.filter((o) => o.controller === true).map((o) => o.uid)).size <= 1, {
      error: 'must have at most one owner with controller: true',
    })
    .optional()
    .meta({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      [duplicatesAllowed]: true,
      'x-kubernetes-patch-merge-key': 'uid',
      'x-kubernetes-patch-strategy': 'merge',
    })
    .describe('Objects that this one belongs to: it is deleted when all of them are gone.'),
  selfLink: z.string().optional().describe('Accepted from clients and dropped.'),
  managedFields: z
    .array(managedFieldsEntrySchema)
    .nullish()
    .describe('Who manages which fields; kept by the server. An empty entry gives up all that is known.'),
};

/** Kubernetes ObjectMeta of what is made from a template: it needs no name. */
export const templateMetaSchema = z.strictObject(metaFields).meta({ id: 'TemplateMeta' });

export type TemplateMeta = z.infer<typeof templateMetaSchema>;

/**
 * Kubernetes ObjectMeta. Server-set fields are accepted from clients and overwritten. Without `name` there must be a `generateName`.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */
export const objectMetaSchema = named(z.strictObject(metaFields)).meta({ id: 'ObjectMeta' });

/** Of roles and bindings, whose names may be such as `system:basic-user`: whatever can be a part of a path. */
export const rbacMetaSchema = named(
  z.strictObject({
    ...metaFields,
    name: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[^/%]+$/, { error: 'may not contain "/" or "%"' })
      .refine((name) => name !== '.' && name !== '..', { error: 'must not be "." or ".."' })
      .optional()
      .describe(nameText),
  }),
).meta({ id: 'RbacObjectMeta' });

function named<S extends z.ZodType<{ name?: string | undefined; generateName?: string | undefined }>>(schema: S): S {
  return schema.refine(({ name, generateName = '' }) => name !== undefined || generateName !== '', {
    path: ['name'],
    error: 'is required, unless generateName is given',
  });
}

/** As stored: with the name, which before a creation may still be missing where there is a `generateName`. */
export type ObjectMeta = z.infer<typeof objectMetaSchema> & { readonly name: string };
