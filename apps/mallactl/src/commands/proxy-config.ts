import { X509Certificate } from 'node:crypto';
import {
  clusterCells,
  clusterHeaders,
  clusterPasses,
  clusterRows,
  configuredEndpoints,
  endpointCells,
  endpointHeaders,
  endpointRows,
  listenerCells,
  listenerHeaders,
  listenerRows,
  parseClusterStatuses,
  parseConfigDump,
  renderTable,
  routeCells,
  routeHeaders,
  routeRows,
  secretCells,
  secretHeaders,
  secretRows,
  type CertificateFacts,
  type ConfigDump,
  type EndpointStatus,
} from '@malla/envoy-admin';
import { MallaError } from '@malla/model';
import { toJson, toYaml } from '../output/print-data.ts';
import type { CommandInput } from '../command.ts';
import { openAdmin, type AdminSource } from './proxy-admin.ts';

export interface ProxyConfigOptions {
  readonly file?: string;
  readonly admin?: string;
  readonly output?: 'short' | 'table' | 'json' | 'yaml';
  readonly fqdn?: string;
  readonly port?: number;
  readonly subset?: string;
  readonly direction?: string;
  readonly address?: string;
  readonly type?: string;
  readonly name?: string;
  readonly cluster?: string;
  readonly status?: string;
}

/** One part of a proxy's configuration, as a table and as data. */
interface View {
  readonly table: string;
  readonly data: unknown;
}

type Reader = (source: AdminSource, options: ProxyConfigOptions, now: Date) => Promise<View>;

const readers: Readonly<Record<string, Reader>> = {
  cluster: async (source, options) => {
    const dump = await configDump(source);
    const table = renderTable(clusterHeaders, clusterRows(dump, options).map(clusterCells));
    return { table, data: dump.clusters.filter((c) => clusterPasses(c.name, options)).map((c) => c.config) };
  },
  listener: async (source, options) => {
    const dump = await configDump(source);
    const rows = listenerRows(dump, options);
    const names = new Set(rows.map((r) => r.name));
    return {
      table: renderTable(listenerHeaders, rows.map(listenerCells)),
      data: dump.listeners.filter((l) => names.has(l.name)).map((l) => l.config),
    };
  },
  route: async (source, options) => {
    const dump = await configDump(source);
    const data = dump.routes.filter((r) => options.name === undefined || r.name === options.name).map((r) => r.config);
    return { table: renderTable(routeHeaders, routeRows(dump, options).map(routeCells)), data };
  },
  endpoint: async (source, options) => {
    const rows = endpointRows(await endpoints(source), options);
    return { table: renderTable(endpointHeaders, rows.map(endpointCells)), data: rows };
  },
  secret: async (source, _options, now) => {
    const rows = secretRows(await configDump(source), readCertificate, now);
    return { table: renderTable(secretHeaders, rows.map(secretCells)), data: rows };
  },
  bootstrap: async (source) => {
    const { bootstrap = {} } = await configDump(source);
    return { table: bootstrapSummary(bootstrap), data: bootstrap };
  },
};

const parts = Object.keys(readers);

/** `proxy-config PART`: from the proxy's admin API when it is on this machine, or from a file. */
export function proxyConfig(part: string): (input: CommandInput<ProxyConfigOptions>) => Promise<void> {
  return async (input) => {
    const { options, terminal } = input;
    const source = await openAdmin(input);
    const wanted = part === 'all' ? parts : [part];
    const views: [string, View][] = [];
    for (const name of wanted) {
      // A saved config dump has endpoints only as configured, and no live health: still better than nothing in "all".
      views.push([name, await (readers[name] as Reader)(source, options, terminal.now())]);
    }
    const data =
      part === 'all' ? Object.fromEntries(views.map(([name, view]) => [name, view.data])) : views[0]?.[1].data;
    const output = options.output ?? (part === 'bootstrap' ? 'json' : 'table');
    if (output === 'json') terminal.out(toJson(data));
    else if (output === 'yaml') terminal.out(toYaml(data));
    else terminal.out(views.map(([, view]) => view.table).join('\n'));
  };
}

async function configDump(source: AdminSource): Promise<ConfigDump> {
  return parseAnswer(source, parseConfigDump, await source.read('config_dump?include_eds'));
}

/** Live endpoints; from a file that is a config dump, those that are configured. */
async function endpoints(source: AdminSource): Promise<readonly EndpointStatus[]> {
  const answer = await source.read('clusters?format=json');
  const isDump = source.isFile && typeof answer === 'object' && answer !== null && 'configs' in answer;
  return isDump
    ? configuredEndpoints(parseAnswer(source, parseConfigDump, answer))
    : parseAnswer(source, parseClusterStatuses, answer);
}

function parseAnswer<T>(source: AdminSource, parse: (json: unknown) => T, json: unknown): T {
  try {
    return parse(json);
  } catch (thrown) {
    throw new MallaError('invalid', `${source.name}: ${thrown instanceof Error ? thrown.message : ''}`, {
      cause: thrown,
    });
  }
}

function readCertificate(pem: string): CertificateFacts | undefined {
  try {
    const certificate = new X509Certificate(pem);
    return {
      serialNumber: certificate.serialNumber.toLowerCase(),
      notBefore: certificate.validFromDate,
      notAfter: certificate.validToDate,
      names: (certificate.subjectAltName ?? '').split(', ').filter((n) => n !== ''),
    };
  } catch {
    // The table then has no validity: the proxy may hold what Node cannot read.
    return undefined;
  }
}

function bootstrapSummary(bootstrap: unknown): string {
  const node =
    (
      bootstrap as {
        node?: {
          id?: string;
          cluster?: string;
          user_agent_build_version?: { version?: Record<string, number> };
          metadata?: Record<string, unknown>;
        };
      }
    ).node ?? {};
  const { major_number: major = 0, minor_number: minor = 0, patch = 0 } = node.user_agent_build_version?.version ?? {};
  const lines = [
    ['Node', node.id ?? ''],
    ['Cluster', node.cluster ?? ''],
    ['Malla Version', String(node.metadata?.['MALLA_VERSION'] ?? node.metadata?.['ISTIO_VERSION'] ?? '')],
    ['Envoy Version', `${major}.${minor}.${patch}`],
  ];
  return lines.map(([name, value]) => `${`${name}:`.padEnd(16)} ${value}`.trimEnd() + '\n').join('');
}
