import type { ConfigDump, DumpEntry } from '../dump/config-dump.ts';
import { at, listAt, textAt, textsAt, type JsonObject } from '../json.ts';
import { istioConfigOf } from './istio-config.ts';

/** One line of `proxy-config route`: a route of a virtual host. */
export interface RouteRow {
  readonly name: string;
  readonly virtualHost: string;
  readonly domains: string;
  readonly match: string;
  /** `name.namespace` of the VirtualService, `404` for a route that answers itself. */
  readonly virtualService: string;
}

/** Routes of a dump, of one route configuration if named, in evaluation order. A configuration without virtual hosts gives one line. */
export function routeRows(dump: ConfigDump, filter: { readonly name?: string } = {}): readonly RouteRow[] {
  return dump.routes
    .filter((r) => filter.name === undefined || r.name === filter.name)
    .toSorted((a, b) => compareNames(a.name, b.name))
    .flatMap(configurationRows);
}

/** Numbers (ports) first and in order, names after, configurations without a name last. */
function compareNames(a: string, b: string): number {
  if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1;
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return !Number.isNaN(x) ? -1 : !Number.isNaN(y) ? 1 : a < b ? -1 : a > b ? 1 : 0;
}

function configurationRows({ name, config }: DumpEntry): RouteRow[] {
  const hosts = listAt(config, 'virtual_hosts');
  if (hosts.length === 0) return [{ name, virtualHost: '', domains: '', match: '', virtualService: '404' }];
  return hosts.flatMap((host) => {
    const base = { name, virtualHost: textAt(host, 'name'), domains: domainsText(textsAt(host, 'domains')) };
    const routes = listAt(host, 'routes');
    if (routes.length === 0) return [{ ...base, match: '', virtualService: '404' }];
    return routes.map((route) => ({ ...base, match: matchText(route), virtualService: sourceOf(route) }));
  });
}

function sourceOf(route: JsonObject): string {
  return istioConfigOf(route) || (at(route, 'direct_response') === undefined ? '' : '404');
}

/** Two domains and how many more; those with a port, and longer forms of one shown before, say nothing new. */
function domainsText(domains: readonly string[]): string {
  if (domains.length === 1) return domains[0] as string;
  const plain = domains.filter((d) => !/:\d+$/.test(d) && !d.endsWith('.'));
  const names = plain.filter(
    (d) => !plain.some((short) => short !== d && ['.svc', '.svc.cluster.local'].some((s) => d === short + s)),
  );
  return names.length > 2 ? `${names.slice(0, 2).join(', ')} + ${names.length - 2} more...` : names.join(', ');
}

/** The condition on the path, then what else must hold, such as `/api* GET`. */
function matchText(route: JsonObject): string {
  const match = at(route, 'match');
  const path =
    textAt(match, 'path') ||
    star(textAt(match, 'prefix')) ||
    star(textAt(match, 'path_separated_prefix')) ||
    textAt(match, 'safe_regex', 'regex') ||
    '/*';
  const methods = listAt(match, 'headers')
    .filter((h) => textAt(h, 'name') === ':method')
    .map((h) => textAt(h, 'string_match', 'exact') || textAt(h, 'exact_match'));
  const others = listAt(match, 'headers').length - methods.length + listAt(match, 'query_parameters').length;
  return [path, ...methods, ...(others > 0 ? [`+${others} condition${others > 1 ? 's' : ''}`] : [])]
    .filter((t) => t !== '')
    .join(' ');
}

const star = (prefix: string) => (prefix === '' ? '' : `${prefix}*`);

/** The table of istioctl. */
export const routeHeaders = ['NAME', 'VHOST NAME', 'DOMAINS', 'MATCH', 'VIRTUAL SERVICE'] as const;

export function routeCells(row: RouteRow): readonly string[] {
  return [row.name, row.virtualHost, row.domains, row.match, row.virtualService];
}
