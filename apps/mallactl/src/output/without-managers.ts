import type { Resource } from '@malla/model';

/** An object as people read it: without the list of who manages which fields, as kubectl shows it. */
export function withoutManagers(object: Resource): Resource {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
