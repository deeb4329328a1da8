import type { SignalKey } from './access-record.ts';

/** The fields of a key, in the order in which ids are made of them. */
export const signalKeyFields = [
  'reporter',
  'protocol',
  'sourceNamespace',
  'sourceWorkload',
  'sourceAccount',
  'sourceApp',
  'sourceVersion',
  'destinationNamespace',
  'destinationService',
  'destinationSubset',
  'destinationWorkload',
  'destinationVersion',
  'connectionSecurity',
] as const satisfies readonly (keyof SignalKey)[];

/** Names of Kubernetes and DNS end here; longer texts come from requests that nobody answers for. */
const mostLength = 253;

/** The key of a record, without what else the record has, and without what no database holds. */
export function signalKeyOf(record: SignalKey): SignalKey {
  return Object.fromEntries(signalKeyFields.map((field) => [field, clean(record[field])])) as unknown as SignalKey;
}

function clean(text: string): string {
  const short = text.length > mostLength ? text.slice(0, mostLength) : text;
  return short.replaceAll('\u0000', '').toWellFormed();
}

/** One text for one key. */
export function signalKeyId(key: SignalKey): string {
  return signalKeyFields.map((field) => key[field]).join('\u0000');
}

/** The short name that both sides agree on: the first label of a service's host; hosts outside the mesh stay whole. */
export function serviceNameOf({ destinationService, destinationNamespace }: SignalKey): string {
  const [name = '', namespace, svc] = destinationService.split('.');
  const inMesh = namespace === destinationNamespace && (svc === undefined || svc === 'svc');
  return inMesh ? name : destinationService;
}

/** What a query asks for; absent fields ask for everything. */
export interface SignalFilter {
  /** Source workload. */
  readonly source?: string;
  /** Destination service: its host or its short name. */
  readonly destination?: string;
  /** Namespace of source or destination. */
  readonly namespace?: string;
}

export function matchesFilter(key: SignalKey, { source, destination, namespace }: SignalFilter): boolean {
  if (source !== undefined && key.sourceWorkload !== source) return false;
  if (namespace !== undefined && key.sourceNamespace !== namespace && key.destinationNamespace !== namespace)
    return false;
  if (destination === undefined) return true;
  return key.destinationService === destination || key.destinationService.split('.')[0] === destination;
}
