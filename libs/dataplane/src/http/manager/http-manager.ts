import type { Http2Counters } from '@malla/http-codec';
import { compileRouteTable, type RouteTable } from '@malla/matcher';
import type { HttpManagerConfig, RouteTableConfig } from '@malla/proxy-config';
import { compileAccessLogs, type AccessLoggers } from '../../access-log/access-loggers.ts';
import type { DownstreamConnection, TerminalFilter, TerminalReader } from '../../runtime/connection.ts';
import type { StatsScope } from '../../runtime/instruments.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import type { HttpFilter } from '../filters/http-filter.ts';
import { createFilters } from '../filters/create-filters.ts';
import { localAddress } from '../headers/local-address.ts';
import { RequestHeaders } from '../headers/request-headers.ts';
import { ResponseHeaders } from '../headers/response-headers.ts';
import { Deadlines } from '../stream/deadlines.ts';
import { http2Stats } from '../stats/http2-stats.ts';
import { ManagerStats } from '../stats/manager-stats.ts';
import { Tracer } from '../../tracing/tracer.ts';
import { TracingStats } from '../stats/tracing-stats.ts';
import type { ManagerParts } from './manager-parts.ts';
import { SessionReader } from './session-reader.ts';

/** What a connection manager needs to know besides its own configuration. */
export interface HttpManagerOptions {
  /** Of the listener: how much of a body may be held, for filters and retries. Envoy's default is 1 MiB. */
  readonly bufferLimitBytes?: number;
  /** Of the listener: `listener.<address>.`. Absent: nothing is counted there. */
  readonly listenerStats?: StatsScope;
}

/** Speaks HTTP on connections of one filter chain. Everything that is the same for all requests is compiled here, once. */
export class HttpManager implements TerminalFilter, ManagerParts {
  readonly config: HttpManagerConfig;
  readonly services: WorkerServices;
  readonly stats: ManagerStats;
  readonly deadlines: Deadlines;
  /** Of the process's HTTP/2 servers together, as in Envoy. */
  readonly http2Counters: Http2Counters;
  readonly requestHeaders: RequestHeaders;
  readonly responseHeaders: ResponseHeaders;
  readonly filters: readonly HttpFilter[];
  /** Those that look at responses, in the order of responses. */
  readonly responseFilters: readonly HttpFilter[];
  readonly endFilters: readonly HttpFilter[];
  readonly loggers: AccessLoggers | undefined;
  readonly tracer: Tracer | undefined;
  readonly tracingStats: TracingStats | undefined;
  /** Some logger tells times within a request. */
  readonly needsTimings: boolean;
  readonly bufferLimitBytes: number;
  #tableConfig: RouteTableConfig | undefined;
  #table: RouteTable | undefined;

  constructor(config: HttpManagerConfig, services: WorkerServices, options: HttpManagerOptions = {}) {
    this.config = config;
    this.services = services;
    this.bufferLimitBytes = options.bufferLimitBytes ?? 1_048_576;
    const place = {
      prefix: `http.${config.statPrefix}`,
      prometheusPrefix: 'http',
      tags: [['envoy_http_conn_manager_prefix', config.statPrefix]] as const,
    };
    const scope = services.stats.scope(place);
    this.stats = new ManagerStats(scope, options.listenerStats?.scope(place));
    this.deadlines = deadlinesOf(services);
    this.http2Counters = countersOf(services);
    this.requestHeaders = new RequestHeaders({ config, random: services.random, localAddress });
    this.responseHeaders = new ResponseHeaders(config, services.timers);
    this.filters = createFilters(config, { services, scope, stats: this.stats });
    this.responseFilters = this.filters.filter((filter) => filter.onResponse !== undefined).reverse();
    this.endFilters = this.filters.filter((filter) => filter.onEnd !== undefined);
    this.loggers = config.accessLog.length === 0 ? undefined : compileAccessLogs(config.accessLog, services);
    const { tracing } = config;
    const spans = tracing?.spans;
    this.tracingStats = tracing && new TracingStats(scope);
    this.tracer = tracing && spans && new Tracer({ ...tracing, spans }, services, this.deadlines);
    this.needsTimings = this.loggers?.needsTimings ?? false;
  }

  accept(connection: DownstreamConnection): TerminalReader {
    return new SessionReader(this, connection);
  }

  /** The route table that counts now; undefined until it has come. */
  routes(): RouteTable | undefined {
    const { routes } = this.config;
    const config = routes.kind === 'inline' ? routes.table : this.services.routes.get(routes.name);
    if (config !== this.#tableConfig) {
      this.#tableConfig = config;
      this.#table = config === undefined ? undefined : compileRouteTable(config);
    }
    return this.#table;
  }
}

const shared = new WeakMap<WorkerServices, Deadlines>();

function deadlinesOf(services: WorkerServices): Deadlines {
  const known = shared.get(services);
  if (known !== undefined) return known;
  const made = new Deadlines(services.timers);
  shared.set(services, made);
  return made;
}

const counters = new WeakMap<WorkerServices, Http2Counters>();

function countersOf(services: WorkerServices): Http2Counters {
  const known = counters.get(services);
  if (known !== undefined) return known;
  const made = http2Stats(services.stats);
  counters.set(services, made);
  return made;
}
