import type { KindDefinition, Resource } from '@malla/model';

/** One column of `kubectl get`. Priority 1 shows only with `-o wide`. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly description: string;
  readonly priority: 0 | 1;
  readonly value: (object: Resource, now: number) => unknown;
}

const column = (name: string, value: Column['value'], rest: Partial<Column> = {}): Column => ({
  name,
  type: 'string',
  description: name,
  priority: 0,
  value,
  ...rest,
});
const at = (object: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], object);

const nameColumn = column('Name', ({ metadata }) => metadata.name, {
  description: 'Name of the object, unique in its namespace.',
});
const ageColumn = column('Age', ({ metadata }, now) => age(metadata.creationTimestamp, now), {
  description: 'Time since its creation.',
});

/** The columns that Kubernetes and Istio print; kinds that are not here have name and age. */
const columns: Readonly<Record<string, readonly Column[]>> = {
  Namespace: [nameColumn, column('Status', () => 'Active'), ageColumn],
  Service: [
    nameColumn,
    column('Type', (object) => at(object, 'spec', 'type') ?? 'ClusterIP'),
    column('Cluster-IP', (object) => at(object, 'spec', 'clusterIP') ?? '<none>'),
    column('Port(s)', (object) => portsText(at(object, 'spec', 'ports'))),
    ageColumn,
    column('Selector', (object) => pairsText(at(object, 'spec', 'selector')), { priority: 1 }),
  ],
  Secret: [
    nameColumn,
    column('Type', (object) => object['type'] ?? 'Opaque'),
    column('Data', (object) => Object.keys((object['data'] as object | undefined) ?? {}).length, { type: 'integer' }),
    ageColumn,
  ],
  VirtualService: [
    nameColumn,
    column('Gateways', (object) => at(object, 'spec', 'gateways')),
    column('Hosts', (object) => at(object, 'spec', 'hosts')),
    ageColumn,
  ],
  DestinationRule: [nameColumn, column('Host', (object) => at(object, 'spec', 'host')), ageColumn],
  WorkloadEntry: [nameColumn, ageColumn, column('Address', (object) => at(object, 'spec', 'address'))],
  PeerAuthentication: [nameColumn, column('Mode', (object) => at(object, 'spec', 'mtls', 'mode')), ageColumn],
  AuthorizationPolicy: [nameColumn, column('Action', (object) => at(object, 'spec', 'action')), ageColumn],
};

export interface TableParams {
  readonly definition: KindDefinition;
  readonly objects: readonly Resource[];
  /** List metadata. */
  readonly metadata: object;
  /** What each row carries of its object; `Metadata` by default. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** Later tables of a watch leave the columns out. */
  readonly withColumns: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What analysis finds about an object, for `-o wide`; undefined for kinds that it says nothing of. */
  readonly findings?: ((object: Resource) => string) | undefined;
}

/** A Table of meta.k8s.io/v1. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: object;
  readonly columnDefinitions: readonly object[];
  readonly rows: readonly object[];
}

/** A list as a table. */
export function tableOf(params: TableParams): Table {
  const { definition, objects, metadata, includeObject, withColumns, now, findings } = params;
  const known = columns[definition.kind] ?? [nameColumn, ageColumn];
  const chosen = [...known, ...(findings === undefined ? [] : [findingsColumn(findings)])];
  const definitions = chosen.map(({ name, type, description, priority }) => ({
    name,
    type,
    format: name === 'Name' ? 'name' : '',
    description,
    priority,
  }));
  const rows = objects.map((object) => ({
    cells: chosen.map(({ value }) => cell(value(object, now))),
    ...(includeObject === 'None' ? {} : { object: includeObject === 'Object' ? object : partialMetadata(object) }),
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? definitions : [],
    rows,
  };
}

function findingsColumn(value: Column['value']): Column {
  return { name: 'Findings', type: 'string', description: 'Codes of what analysis finds.', priority: 1, value };
}

/** An object's metadata alone. */
export function partialMetadata(object: Resource): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function cell(value: unknown): unknown {
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? JSON.stringify(value) : value;
}

function portsText(ports: unknown): string {
  const list = (ports ?? []) as readonly { port: number; protocol?: string }[];
  return list.map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`).join(',') || '<none>';
}

function pairsText(pairs: unknown): string {
  return (
    Object.entries((pairs ?? {}) as object)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(',') || '<none>'
  );
}

/** As kubectl writes ages: 45s, 5m, 3h, 2d. */
function age(created: string | null | undefined, now: number): string {
  if (created == null) return '<unknown>';
  const seconds = Math.max(0, Math.floor((now - Date.parse(created)) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
