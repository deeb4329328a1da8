import { addressOf, localityText, type EndpointStatus } from '../dump/cluster-statuses.ts';
import type { ConfigDump } from '../dump/config-dump.ts';
import { listAt, objectAt, textAt } from '../json.ts';

export interface EndpointFilter {
  readonly address?: string;
  readonly port?: number;
  readonly cluster?: string;
  readonly status?: string;
}

/** Endpoints that pass the filter, by cluster and address. */
export function endpointRows(
  statuses: readonly EndpointStatus[],
  filter: EndpointFilter = {},
): readonly EndpointStatus[] {
  const { address, port, cluster, status } = filter;
  return statuses
    .filter((s) => address === undefined || s.address === address || s.address.replace(/:\d+$/, '') === address)
    .filter((s) => port === undefined || s.port === port)
    .filter((s) => cluster === undefined || s.cluster === cluster)
    .filter((s) => status === undefined || s.status.toLowerCase() === status.toLowerCase())
    .toSorted((a, b) => compare(`${a.cluster} ${a.address}`, `${b.cluster} ${b.address}`));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The table of istioctl for live endpoints. */
export const endpointHeaders = ['ENDPOINT', 'STATUS', 'OUTLIER CHECK', 'CLUSTER'] as const;

export function endpointCells(row: EndpointStatus): readonly string[] {
  return [row.address, row.status, row.ejected ? 'FAILED' : 'OK', row.cluster];
}

/** Endpoints as configured: from a dump taken with include_eds, without what the proxy found out since. */
export function configuredEndpoints(dump: ConfigDump): readonly EndpointStatus[] {
  return dump.endpoints.flatMap(({ config }) =>
    listAt(config, 'endpoints').flatMap((group) =>
      listAt(group, 'lb_endpoints').map((endpoint) => ({
        ...addressOf(objectAt(endpoint, 'endpoint', 'address')),
        cluster: textAt(config, 'cluster_name'),
        status: textAt(endpoint, 'health_status') || 'HEALTHY',
        ejected: false,
        locality: localityText(objectAt(group, 'locality')),
        weight: Number(textAt(endpoint, 'load_balancing_weight') || 1),
        stats: {},
      })),
    ),
  );
}
