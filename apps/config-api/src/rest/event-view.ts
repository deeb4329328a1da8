import { findKind, type KindDefinition, type Resource } from '@malla/model';
import { isObject } from './merge-patch.ts';

/** A kind that shows the objects of another one. */
const viewGroup = 'events.k8s.io';

/** Names of fields in events.k8s.io, by their names in the core group. https://pkg.go.dev/k8s.io/api/events/v1#Event */
const names: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
};
const coreNames = Object.fromEntries(Object.entries(names).map(([core, view]) => [view, core]));

/** The kind whose objects are stored: of both kinds of events the core one. */
export function storedKind(definition: KindDefinition): KindDefinition {
  return definition.group === viewGroup ? (findKind('', 'Event') as KindDefinition) : definition;
}

/** A stored object as its kind shows it. */
export function viewOf(definition: KindDefinition, object: Resource): Resource {
  return definition.group === viewGroup ? renamed(object, names) : object;
}

/** What is stored of an object that a kind's client sent. */
export function storedForm(definition: KindDefinition, object: Resource): Resource {
  // A patch may make anything of an object; what is none is refused by admission.
  if (definition.group !== viewGroup || !isObject(object)) return object;
  const { apiVersion: _, ...fields } = renamed(object, coreNames);
  return { involvedObject: {}, ...fields, apiVersion: 'v1' } as unknown as Resource;
}

function renamed(object: Resource, by: Readonly<Record<string, string>>): Resource {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [by[name] ?? name, value]),
  ) as unknown as Resource;
}
