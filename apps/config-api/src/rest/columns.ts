import type { KindDefinition, PrinterColumn, Resource } from '@malla/model';
import { ageText } from './age.ts';
import { parseJsonPath } from './json-path.ts';

/** One column of `kubectl get`. Priority 1 shows only with `-o wide`. */
export interface Column {
  readonly name: string;
  readonly type: PrinterColumn['type'];
  readonly description: string;
  readonly priority: number;
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
const ageColumn = column('Age', ({ metadata }, now) => ageText(metadata.creationTimestamp, now), {
  description: 'Time since its creation.',
});

/** What Kubernetes prints by code, by `kind.group`: more than a path can say. */
const computed: Readonly<Record<string, readonly Column[]>> = {
  'Service.': [
    column('Type', (object) => at(object, 'spec', 'type') ?? 'ClusterIP'),
    column('Cluster-IP', (object) => at(object, 'spec', 'clusterIP') ?? '<none>'),
    column(
      'External-IP',
      (object) => at(object, 'spec', 'externalName') ?? listText(at(object, 'spec', 'externalIPs')),
    ),
    column('Port(s)', (object) => portsText(at(object, 'spec', 'ports'))),
    ageColumn,
    column('Selector', (object) => pairsText(at(object, 'spec', 'selector')), { priority: 1 }),
  ],
  'Secret.': [column('Type', (object) => object['type'] ?? 'Opaque'), countColumn('Data', ['data']), ageColumn],
  'ConfigMap.': [countColumn('Data', ['data', 'binaryData']), ageColumn],
  'ServiceAccount.': [countColumn('Secrets', ['secrets']), ageColumn],
  'Event.': eventColumns('involvedObject', 'message', 'lastTimestamp'),
  'Event.events.k8s.io': eventColumns('regarding', 'note', 'deprecatedLastTimestamp'),
  'Role.rbac.authorization.k8s.io': [column('Created At', ({ metadata }) => metadata.creationTimestamp)],
  'ClusterRole.rbac.authorization.k8s.io': [column('Created At', ({ metadata }) => metadata.creationTimestamp)],
  'RoleBinding.rbac.authorization.k8s.io': bindingColumns(),
  'ClusterRoleBinding.rbac.authorization.k8s.io': bindingColumns(),
};

const known = new Map<KindDefinition, readonly Column[]>();

/** The columns of a kind: its name, those of its definition or what Kubernetes prints by code, and the age. */
export function columnsOf(definition: KindDefinition): readonly Column[] {
  const before = known.get(definition);
  if (before !== undefined) return before;
  const own = computed[`${definition.kind}.${definition.group}`] ?? declared(definition.columns);
  // Names of events say nothing, so Kubernetes does not print them.
  const columns = definition.kind === 'Event' ? own : [nameColumn, ...own];
  known.set(definition, columns);
  return columns;
}

/** With the age before those that only `-o wide` shows, unless a column is the age already. */
function declared(columns: readonly PrinterColumn[]): readonly Column[] {
  const own = columns.map(({ name, type, jsonPath, description = name, priority = 0 }) => {
    const read = parseJsonPath(jsonPath);
    return column(name, (object, now) => shown(read(object), type, now), { type, description, priority });
  });
  if (own.some(({ name }) => name === 'Age')) return own;
  return [...own.filter(({ priority }) => priority === 0), ageColumn, ...own.filter(({ priority }) => priority > 0)];
}

function shown(values: readonly unknown[], type: PrinterColumn['type'], now: number): unknown {
  const [first] = values;
  if (first === undefined) return '';
  if (type === 'date') return ageText(String(first as string), now);
  if (type !== 'string') return first;
  const texts = values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value as string)));
  return texts.join(',');
}

function countColumn(name: string, fields: readonly string[]): Column {
  const count = (object: Resource): number =>
    fields.reduce((sum, field) => sum + Object.keys((object[field] as object | undefined) ?? {}).length, 0);
  return column(name, count, { type: 'integer' });
}

function eventColumns(object: string, message: string, last: string): readonly Column[] {
  const subject = (event: Resource): string =>
    `${String(at(event, object, 'kind') ?? '').toLowerCase()}/${String(at(event, object, 'name') ?? '')}`;
  const seen = (event: Resource): string | undefined =>
    (event[last] ?? event['eventTime'] ?? undefined) as string | undefined;
  return [
    column('Last Seen', (event, now) => ageText(seen(event), now)),
    column('Type', (event) => event['type']),
    column('Reason', (event) => event['reason']),
    column('Object', subject),
    column('Source', (event) => event['reportingComponent'] ?? event['reportingController'], { priority: 1 }),
    column('Message', (event) => event[message]),
    column('Count', (event) => event['count'] ?? event['deprecatedCount'], { priority: 1, type: 'integer' }),
  ];
}

function bindingColumns(): readonly Column[] {
  const subjects = (kind: string) => (object: Resource) =>
    ((object['subjects'] ?? []) as readonly { kind: string; name: string; namespace?: string }[])
      .filter((each) => each.kind === kind)
      .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
      .join(', ');
  return [
    column('Role', (object) => `${String(at(object, 'roleRef', 'kind'))}/${String(at(object, 'roleRef', 'name'))}`),
    ageColumn,
    column('Users', subjects('User'), { priority: 1 }),
    column('Groups', subjects('Group'), { priority: 1 }),
    column('ServiceAccounts', subjects('ServiceAccount'), { priority: 1 }),
  ];
}

function portsText(ports: unknown): string {
  const list = (ports ?? []) as readonly { port: number; protocol?: string; nodePort?: number }[];
  return (
    list
      .map(
        ({ port, protocol = 'TCP', nodePort }) => `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol}`,
      )
      .join(',') || '<none>'
  );
}

function listText(values: unknown): string {
  return Array.isArray(values) && values.length > 0 ? values.join(',') : '<none>';
}

function pairsText(pairs: unknown): string {
  return (
    Object.entries((pairs ?? {}) as object)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(',') || '<none>'
  );
}
