import { z } from 'zod';
import { objectNameSchema } from '../../metadata.ts';
import { pathSegment } from './values.ts';

/** An object of the same namespace, by name. */
export const localObjectReference = z
  .strictObject({ name: z.string().default('').describe('Name of the object.') })
  .meta({ 'x-kubernetes-map-type': 'atomic' });

/** Any object, or a part of it. */
export const objectReference = z
  .strictObject({
    apiVersion: z.string().optional().describe('Version of the API, such as v1.'),
    kind: z.string().optional().describe('Kind, such as Pod.'),
    namespace: z.string().optional().describe('Namespace.'),
    name: z.string().optional().describe('Name.'),
    uid: z.string().optional().describe('Uid: only this very object.'),
    resourceVersion: z.string().optional().describe('Revision of the object.'),
    fieldPath: z.string().optional().describe('A part of the object, such as spec.containers{name}.'),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });

/** An object of the same namespace, by group, kind and name. */
export const typedLocalObjectReference = z
  .strictObject({
    apiGroup: objectNameSchema.optional().describe('API group; default: the core group.'),
    kind: pathSegment.describe('Kind.'),
    name: pathSegment.describe('Name.'),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });
