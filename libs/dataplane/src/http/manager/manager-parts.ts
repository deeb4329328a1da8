import type { Http2Counters } from '@malla/http-codec';
import type { RouteTable } from '@malla/matcher';
import type { AccessLoggers } from '../../access-log/access-loggers.ts';
import type { Tracer } from '../../tracing/tracer.ts';
import type { TracingStats } from '../stats/tracing-stats.ts';
import type { HttpFilter } from '../filters/http-filter.ts';
import type { RequestHeaders } from '../headers/request-headers.ts';
import type { ResponseHeaders } from '../headers/response-headers.ts';
import type { StreamManager } from '../stream/stream.ts';

/** Everything of a connection manager that its connections and streams work with. */
export interface ManagerParts extends StreamManager {
  /** Of the process's HTTP/2 servers together, as in Envoy. */
  readonly http2Counters: Http2Counters;
  readonly requestHeaders: RequestHeaders;
  readonly responseHeaders: ResponseHeaders;
  readonly filters: readonly HttpFilter[];
  /** Those that look at responses, in the order of responses. */
  readonly responseFilters: readonly HttpFilter[];
  readonly endFilters: readonly HttpFilter[];
  readonly loggers: AccessLoggers | undefined;
  /** Undefined: no spans are made. */
  readonly tracer: Tracer | undefined;
  readonly tracingStats: TracingStats | undefined;
  /** Some logger tells times within a request. */
  readonly needsTimings: boolean;
  /** The route table that counts now; undefined until it has come. */
  routes(): RouteTable | undefined;
}
