import type { KindDefinition, Resource } from '@malla/model';

type ValueOf = (object: Resource) => string;

const text = (value: unknown): string =>
  value === undefined || value === null ? '' : String(value as string | number | boolean);
const at =
  (...path: readonly string[]): ValueOf =>
  (object) =>
    text(path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object));

/** By these every object can be chosen. */
const common: Readonly<Record<string, ValueOf>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
};

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const event: Readonly<Record<string, ValueOf>> = {
  ...Object.fromEntries(involved.map((field) => [`involvedObject.${field}`, at('involvedObject', field)])),
  ...Object.fromEntries(involved.map((field) => [`regarding.${field}`, at('involvedObject', field)])),
  reason: at('reason'),
  type: at('type'),
  source: at('source', 'component'),
  reportingComponent: at('reportingComponent'),
  reportingController: at('reportingComponent'),
};

/** What Kubernetes has beyond, by `kind.group`. */
const ofKind: Readonly<Record<string, Readonly<Record<string, ValueOf>>>> = {
  'Secret.': { type: (object) => text(object['type'] ?? 'Opaque') },
  'Event.': event,
  'Event.events.k8s.io': event,
  'Namespace.': { 'status.phase': ({ metadata }) => (metadata.deletionTimestamp == null ? 'Active' : 'Terminating') },
  'Service.': {
    'spec.clusterIP': at('spec', 'clusterIP'),
    'spec.type': (object) => at('spec', 'type')(object) || 'ClusterIP',
  },
  'Pod.': {
    'spec.nodeName': at('spec', 'nodeName'),
    'spec.serviceAccountName': at('spec', 'serviceAccountName'),
    'status.phase': at('status', 'phase'),
    'status.podIP': at('status', 'podIP'),
  },
  'Node.': {},
};

/** The fields by which objects of a kind can be chosen, and how each is read. */
export function valueOfFields({ kind, group }: KindDefinition): Readonly<Record<string, ValueOf>> {
  return { ...common, ...ofKind[`${kind}.${group}`] };
}
