import { addressOf } from '../dump/cluster-statuses.ts';
import type { ConfigDump, DumpEntry } from '../dump/config-dump.ts';
import { at, isObject, listAt, objectAt, textAt, textsAt, type JsonObject } from '../json.ts';

/** One line of `proxy-config listener`: a filter chain of a listener. */
export interface ListenerRow {
  readonly name: string;
  readonly address: string;
  readonly port: string;
  /** What a connection must be to enter the chain; `ALL` without conditions. */
  readonly match: string;
  readonly destination: string;
  readonly type: 'HTTP' | 'TCP' | 'UNKNOWN';
}

export interface ListenerFilter {
  readonly address?: string;
  readonly port?: number;
  readonly type?: string;
}

/** Filter chains of all listeners that pass the filter, by port and address, chains in evaluation order. */
export function listenerRows(dump: ConfigDump, filter: ListenerFilter = {}): readonly ListenerRow[] {
  return dump.listeners
    .filter((l) => l.state !== 'draining')
    .flatMap(chainRows)
    .filter((r) => filter.address === undefined || r.address === filter.address)
    .filter((r) => filter.port === undefined || r.port === String(filter.port))
    .filter((r) => filter.type === undefined || r.type === filter.type.toUpperCase())
    .map((row, index) => ({ row, index }))
    .sort(
      (a, b) => Number(a.row.port) - Number(b.row.port) || compare(a.row.address, b.row.address) || a.index - b.index,
    )
    .map(({ row }) => row);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function chainRows({ name, config }: DumpEntry): ListenerRow[] {
  const { address, port } = addressOf(objectAt(config, 'address'));
  const host = port === undefined ? address : address.slice(0, address.lastIndexOf(':'));
  const fallback = at(config, 'default_filter_chain');
  const chains = [...listAt(config, 'filter_chains'), ...(isObject(fallback) ? [fallback] : [])];
  const base = { name, address: host, port: String(port ?? 0) };
  if (chains.length === 0) return [{ ...base, match: 'ALL', destination: '', type: 'UNKNOWN' }];
  return chains.map((chain) => ({
    ...base,
    match: matchText(objectAt(chain, 'filter_chain_match')),
    ...destinationOf(chain),
  }));
}

function matchText(match: JsonObject): string {
  const parts: string[] = [];
  const names = textsAt(match, 'server_names');
  if (names.length > 0) parts.push(`SNI: ${names.join(',')}`);
  if (textAt(match, 'transport_protocol') !== '') parts.push(`Trans: ${textAt(match, 'transport_protocol')}`);
  const protocols = textsAt(match, 'application_protocols');
  if (protocols.length > 0) parts.push(`App: ${protocols.join(',')}`);
  const port = textAt(match, 'destination_port');
  const ranges = listAt(match, 'prefix_ranges').map((r) => `${textAt(r, 'address_prefix')}/${textAt(r, 'prefix_len')}`);
  if (ranges.length > 0) parts.push(`Addr: ${ranges.join(',')}${port === '' ? '' : `:${port}`}`);
  else if (port !== '') parts.push(`Addr: *:${port}`);
  return parts.length === 0 ? 'ALL' : parts.join('; ');
}

function destinationOf(chain: JsonObject): Pick<ListenerRow, 'destination' | 'type'> {
  for (const filter of listAt(chain, 'filters')) {
    const config = objectAt(filter, 'typed_config');
    const type = textAt(config, '@type');
    if (type.endsWith('.HttpConnectionManager')) return { destination: routeText(config), type: 'HTTP' };
    if (type.endsWith('.TcpProxy')) return { destination: tcpText(config), type: 'TCP' };
  }
  return { destination: 'Non-HTTP/Non-TCP', type: 'UNKNOWN' };
}

function routeText(manager: JsonObject): string {
  const rds = textAt(manager, 'rds', 'route_config_name');
  if (rds !== '') return `Route: ${rds}`;
  const hosts = listAt(manager, 'route_config', 'virtual_hosts');
  const clusters = new Set(
    hosts.flatMap((h) => listAt(h, 'routes').map((r) => textAt(r, 'route', 'cluster'))).filter((c) => c !== ''),
  );
  return clusters.size === 1 ? `Cluster: ${[...clusters][0]}` : 'Inline Route';
}

function tcpText(proxy: JsonObject): string {
  const cluster = textAt(proxy, 'cluster');
  if (cluster !== '') return /^(inbound|outbound)\|/.test(cluster) ? `Cluster: ${cluster}` : cluster;
  return `Clusters: ${listAt(proxy, 'weighted_clusters', 'clusters')
    .map((c) => textAt(c, 'name'))
    .join(', ')}`;
}

/** The table of istioctl. */
export const listenerHeaders = ['ADDRESSES', 'PORT', 'MATCH', 'DESTINATION'] as const;

export function listenerCells(row: ListenerRow): readonly string[] {
  return [row.address, row.port, row.match, row.destination];
}
