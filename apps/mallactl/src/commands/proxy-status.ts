import { setTimeout as sleep } from 'node:timers/promises';
import colors from 'picocolors';
import { MallaError } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { renderColumns } from '../output/table.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import type { CommandInput } from '../command.ts';
import { withServer } from './connect.ts';

export interface ProxyStatusOptions {
  readonly watch?: boolean;
  readonly output?: 'table' | 'wide' | 'json' | 'yaml';
}

/** What became of one xDS type at one proxy. Times are ISO 8601. */
export interface TypeDelivery {
  readonly sent?: { readonly version: string; readonly nonce: string; readonly time: string };
  readonly acked?: { readonly version: string; readonly time: string };
  readonly nacked?: { readonly message: string; readonly time: string };
}

/** One proxy, as config-api tells it from discovery's delivery map. */
export interface Proxy {
  readonly id: string;
  readonly namespace: string;
  readonly type: string;
  readonly cluster: string;
  readonly version: string;
  readonly dataPlane: string;
  readonly connectedSince: string;
  readonly revision?: string;
  readonly discovery?: string;
  readonly admin?: string;
  readonly types: Readonly<Record<string, TypeDelivery>>;
}

export interface ProxyList {
  readonly items: readonly Proxy[];
}

const allColumns = ['CDS', 'LDS', 'EDS', 'RDS', 'SDS'] as const;
type Column = (typeof allColumns)[number];

const typeNames: Readonly<Record<Column, string>> = {
  CDS: 'envoy.config.cluster.v3.Cluster',
  LDS: 'envoy.config.listener.v3.Listener',
  EDS: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  RDS: 'envoy.config.route.v3.RouteConfiguration',
  SDS: 'envoy.extensions.transport_sockets.tls.v3.Secret',
};

const watchEveryMs = 1000;

/** `proxy-status`: what each proxy was sent and has acknowledged; with a name also versions and the words of refusals. */
export async function proxyStatus({ args, options, terminal }: CommandInput<ProxyStatusOptions>): Promise<void> {
  await withServer(options, terminal, async (client) => {
    let before = '';
    do {
      const list = await readProxies(client, args[0], options.namespace);
      const { output = 'table' } = options;
      const text =
        output === 'json'
          ? toJson(list)
          : output === 'yaml'
            ? toYaml(list)
            : render(list.items, { wide: output === 'wide', detail: args[0] !== undefined });
      if (text !== before) terminal.out(text);
      before = text;
      if (options.watch === true)
        await sleep(watchEveryMs, undefined, { signal: terminal.signal }).catch(() => undefined);
    } while (options.watch === true && !terminal.signal.aborted);
  });
}

/** All proxies, or those of a name (`reviews-v1` or `reviews-v1.bookinfo`). Throws `not_found` for a name without proxy. */
export async function readProxies(
  client: ApiClient,
  name: string | undefined,
  namespace: string | undefined,
): Promise<ProxyList> {
  const { items } = await client.get<ProxyList>('/apis/malla.io/v1/proxies');
  const here = items.filter((p) => namespace === undefined || p.namespace === namespace);
  if (name === undefined) return { items: here };
  const found = here.filter((p) => p.id === name || p.id === `${name}.${p.namespace}`);
  if (found.length > 0) return { items: found };
  throw new MallaError(
    'not_found',
    `no proxy "${name}" is connected; connected are ${here.map((p) => p.id).join(', ') || 'none'}`,
  );
}

function render(proxies: readonly Proxy[], options: { readonly wide: boolean; readonly detail: boolean }): string {
  const columns = columnsOf(proxies);
  const more = options.wide ? ['DATA PLANE', 'REVISION', 'CONNECTED SINCE', 'DISCOVERY'] : [];
  const rows = proxies.map((p) => [
    p.id,
    p.cluster,
    ...columns.map((c) => stateOf(deliveryOf(p, c))),
    p.version,
    ...(options.wide ? [p.dataPlane, p.revision ?? '', p.connectedSince, p.discovery ?? ''] : []),
  ]);
  const table = renderColumns(['NAME', 'CLUSTER', ...columns, 'VERSION', ...more], rows);
  const refusals = proxies.flatMap((p) => columns.flatMap((c) => refusal(p, c)));
  return table + refusals.join('') + (options.detail ? proxies.map((p) => details(p, columns)).join('') : '');
}

/** Agents answer for secrets themselves; the column is there for proxies that ask discovery for some. */
function columnsOf(proxies: readonly Proxy[]): readonly Column[] {
  return allColumns.filter((c) => c !== 'SDS' || proxies.some((p) => deliveryOf(p, c)?.sent !== undefined));
}

function deliveryOf(proxy: Proxy, column: Column): TypeDelivery | undefined {
  return Object.entries(proxy.types).find(
    ([url]) => url.endsWith(`/${typeNames[column]}`) || url === typeNames[column],
  )?.[1];
}

/** Version of a set without resources; see `SetVersion` of `@malla/xds`. */
const emptySet = '0000000000000000';

/**
 * As istioctl names it: what was sent is acknowledged, outstanding, refused, or nothing was sent. A proxy that connects anew says what it
 * has; if that is right nothing is sent, and it is as good as acknowledged.
 */
function stateOf(delivery: TypeDelivery | undefined): 'SYNCED' | 'STALE' | 'ERROR' | 'NOT SENT' {
  if (delivery?.sent === undefined) return (delivery?.acked?.version ?? emptySet) === emptySet ? 'NOT SENT' : 'SYNCED';
  if (delivery.nacked !== undefined) return 'ERROR';
  return delivery.acked?.version === delivery.sent.version ? 'SYNCED' : 'STALE';
}

function refusal(proxy: Proxy, column: Column): string[] {
  const nacked = deliveryOf(proxy, column)?.nacked;
  return nacked === undefined
    ? []
    : [`${colors.red('refused')} ${proxy.id} ${column} since ${nacked.time}: ${nacked.message}\n`];
}

function details(proxy: Proxy, columns: readonly Column[]): string {
  const rows = columns.map((c) => {
    const delivery = deliveryOf(proxy, c);
    return [
      c,
      stateOf(delivery),
      delivery?.sent?.version ?? '',
      delivery?.sent?.time ?? '',
      delivery?.acked?.version ?? '',
      delivery?.acked?.time ?? '',
    ];
  });
  return `\n${proxy.id}\n${renderColumns(['TYPE', 'STATE', 'SENT', 'SENT AT', 'ACKED', 'ACKED AT'], rows)}`;
}
