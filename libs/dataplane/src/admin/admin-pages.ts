import type { JsonObject } from '@bufbuild/protobuf';
import type { Address } from '@malla/proxy-config';
import type { ProgramOptions } from '../program/command-line.ts';
import type { LogLevel } from '../worker/protocol.ts';
import type { Configuration } from '../xds/configuration.ts';
import type { AdminAnswer, AdminPage } from './admin-server.ts';
import { certsJson } from './certs-page.ts';
import { clustersPage, type ClusterView } from './clusters-page.ts';
import { serverInfo, type ServerStateName } from './server-info.ts';

/** What the pages tell. */
export interface AdminView {
  readonly options: ProgramOptions;
  readonly configuration: Configuration;
  readonly bootstrapText: string;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  readonly node: () => JsonObject;
  readonly state: () => ServerStateName;
  readonly clusters: () => Promise<readonly ClusterView[]>;
}

/** What the pages do. */
export interface AdminActions {
  failHealthChecks(fail: boolean): void;
  drain(params: { readonly graceful: boolean; readonly skipExit: boolean; readonly inboundOnly: boolean }): void;
  quit(): void;
  reopenLogs(): void;
  /** The level now; with an argument, after it was changed. */
  logLevel(level?: LogLevel): LogLevel;
}

const ok: AdminAnswer = { body: 'OK\n' };

/** All pages besides those of the statistics. */
export function adminPages(view: AdminView, actions: AdminActions): readonly AdminPage[] {
  return [...readingPages(view), ...changingPages(actions)];
}

function readingPages(view: AdminView): readonly AdminPage[] {
  return [
    {
      path: '/ready',
      help: 'print server state, return 200 if LIVE, otherwise return 503',
      answer: () => ({ status: view.state() === 'LIVE' ? 200 : 503, body: `${view.state()}\n` }),
    },
    {
      path: '/server_info',
      help: 'print server version/status information',
      answer: () => {
        const uptimeMs = Date.now() - view.startedAt;
        return pretty(serverInfo({ options: view.options, state: view.state(), uptimeMs, node: view.node() }));
      },
    },
    {
      path: '/clusters',
      help: 'upstream cluster status',
      answer: async (query) => clustersPage(await view.clusters(), query),
    },
    { path: '/listeners', help: 'print listener info', answer: (query) => listeners(view, query) },
    { path: '/config_dump', help: 'dump current Envoy configs', answer: (query) => dump(view, query) },
    {
      path: '/certs',
      help: 'print certs on machine',
      answer: () =>
        pretty(
          certsJson(
            view.configuration.secrets.values().map(({ config }) => config),
            Date.now(),
          ),
        ),
    },
    {
      path: '/memory',
      help: 'print current allocation/heap usage',
      answer: () => {
        const { heapUsed, heapTotal, rss } = process.memoryUsage();
        return pretty({ allocated: String(heapUsed), heap_size: String(heapTotal), total_physical_bytes: String(rss) });
      },
    },
    {
      path: '/hot_restart_version',
      help: 'print the hot restart compatibility version',
      answer: () => ({ body: 'disabled\n' }),
    },
    { path: '/runtime', help: 'print runtime values', answer: () => pretty({ entries: {}, layers: [] }) },
  ];
}

function changingPages(actions: AdminActions): readonly AdminPage[] {
  const page = (path: string, help: string, act: (query: URLSearchParams) => void): AdminPage => ({
    path,
    help,
    post: true,
    answer: (query) => {
      act(query);
      return ok;
    },
  });
  return [
    page('/healthcheck/fail', 'cause the server to fail health checks', () => actions.failHealthChecks(true)),
    page('/healthcheck/ok', 'cause the server to pass health checks', () => actions.failHealthChecks(false)),
    page('/drain_listeners', 'drain listeners', (query) =>
      actions.drain({
        graceful: query.has('graceful'),
        skipExit: query.has('skip_exit'),
        inboundOnly: query.has('inboundonly'),
      }),
    ),
    page('/quitquitquit', 'exit the server', () => actions.quit()),
    page('/reopen_logs', 'reopen access logs', () => actions.reopenLogs()),
    { path: '/logging', help: 'query/change logging levels', post: true, answer: (query) => logging(actions, query) },
  ];
}

const loggers = ['admin', 'config', 'connection', 'http', 'main', 'upstream'];
const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

/** All loggers have one level here, so a change of one is refused rather than misunderstood. */
function logging(actions: AdminActions, query: URLSearchParams): AdminAnswer {
  const wanted = query.get('level');
  const level = levels.find((each) => each === wanted);
  if ([...query.keys()].some((key) => key !== 'level') || (wanted !== null && wanted !== '' && level === undefined))
    return {
      status: 400,
      body: `error: unknown logger name or level\nusage: /logging?level=<level> (change all levels)\nlevels: ${levels.join(' ')}\n`,
    };
  const now = actions.logLevel(level);
  return { body: `active loggers:\n${loggers.map((name) => `  ${name}: ${now}\n`).join('')}\n` };
}

function listeners({ configuration }: AdminView, query: URLSearchParams): AdminAnswer {
  const active = [...configuration.activeListeners.values()].map(({ config }) => config);
  if (query.get('format') !== 'json')
    return {
      body: active.flatMap(({ name, addresses }) => addresses.map((each) => `${name}::${text(each)}\n`)).join(''),
    };
  const statuses = active.map(({ name, addresses: [first, ...more] }) => ({
    name,
    ...(first && { local_address: json(first) }),
    ...(more.length > 0 && { additional_local_addresses: more.map(json) }),
  }));
  return pretty({ listener_statuses: statuses });
}

async function dump(view: AdminView, query: URLSearchParams): Promise<AdminAnswer> {
  // Loaded when it is asked for: the code for JSON of all messages is large, and most programs never dump.
  const [{ configDump }, { queryDump }] = await Promise.all([import('./config-dump.ts'), import('./dump-query.ts')]);
  const answer = queryDump(configDump(view, query.has('include_eds')), query);
  return 'configs' in answer ? pretty(answer) : { status: answer.status, body: answer.message };
}

function text(address: Address): string {
  if (address.kind === 'pipe') return address.path;
  return address.address.includes(':') ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

function json(address: Address): object {
  return address.kind === 'pipe'
    ? { pipe: { path: address.path } }
    : { socket_address: { address: address.address, port_value: address.port } };
}

function pretty(value: object): AdminAnswer {
  return { json: true, body: `${JSON.stringify(value, undefined, 1)}\n` };
}
