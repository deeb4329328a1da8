import type { ConfigDump } from '../dump/config-dump.ts';
import { textAt } from '../json.ts';
import { istioConfigOf } from './istio-config.ts';

/** One line of `proxy-config cluster`. */
export interface ClusterRow {
  /** Host of the service, or the name of a cluster that is not Istio's kind. */
  readonly fqdn: string;
  readonly port: string;
  readonly subset: string;
  readonly direction: string;
  readonly type: string;
  /** `name.namespace` of the DestinationRule behind it. */
  readonly destinationRule: string;
}

export interface ClusterFilter {
  readonly fqdn?: string;
  readonly port?: number;
  readonly subset?: string;
  readonly direction?: string;
}

/** Parts of a cluster's name such as `outbound|9080|v1|reviews.default.svc.cluster.local`, or of its SNI form `outbound_.9080_.v1_.host`. */
export function parseClusterName(name: string): Omit<ClusterRow, 'type' | 'destinationRule'> {
  const parts = name.includes('|') ? name.split('|') : name.split('_.');
  const [direction = '', port = '', subset = '', fqdn = ''] = parts;
  if (parts.length !== 4 || !/^(inbound|outbound)/.test(direction))
    return { fqdn: name, port: '-', subset: '-', direction: '-' };
  return { fqdn, port, subset: subset || '-', direction };
}

/** Clusters of a dump that pass the filter, by host, port, subset and direction. */
export function clusterRows(dump: ConfigDump, filter: ClusterFilter = {}): readonly ClusterRow[] {
  const rows = dump.clusters.map(({ name, config }) => ({
    ...parseClusterName(name),
    type: textAt(config, 'type') || textAt(config, 'cluster_type', 'name') || 'STATIC',
    destinationRule: istioConfigOf(config),
  }));
  return rows.filter((row) => passes(row, filter)).sort(compare);
}

/** Whether a cluster of this name passes the filter: the choice of rows, for JSON output. */
export function clusterPasses(name: string, filter: ClusterFilter): boolean {
  return passes(parseClusterName(name), filter);
}

function passes(
  row: Omit<ClusterRow, 'type' | 'destinationRule'>,
  { fqdn, port, subset, direction }: ClusterFilter,
): boolean {
  return (
    (fqdn === undefined || row.fqdn === fqdn) &&
    (port === undefined || row.port === String(port)) &&
    (subset === undefined || row.subset === subset) &&
    (direction === undefined || row.direction.startsWith(direction.toLowerCase()))
  );
}

function compare(a: ClusterRow, b: ClusterRow): number {
  const key = (r: ClusterRow) => [r.fqdn, r.port.padStart(5, '0'), r.subset, r.direction].join('|');
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

/** The table of istioctl. */
export const clusterHeaders = ['SERVICE FQDN', 'PORT', 'SUBSET', 'DIRECTION', 'TYPE', 'DESTINATION RULE'] as const;

export function clusterCells(row: ClusterRow): readonly string[] {
  return [row.fqdn, row.port, row.subset, row.direction, row.type, row.destinationRule];
}
