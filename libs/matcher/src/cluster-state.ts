import type { ConnectionPoolIr, DestinationIr, EndpointIr, OutlierDetectionIr } from '@malla/ir';
import type { TryOutcome } from './retry-plan.ts';

/** What a caller's proxy remembers of one cluster between requests: turns, requests in flight, failures and ejections. */
export class ClusterState {
  #turn = 0;
  #busy: { readonly endpoint: string; readonly from: number; readonly until: number }[] = [];
  readonly #records = new Map<string, EndpointRecord>();

  /** Counts requests, for round robin. */
  nextTurn(): number {
    return this.#turn++;
  }

  /**
   * Takes a place in the connection pool at a time for a duration. Returns how long the request waits for a connection, or undefined
   * when pool and queue are full. HTTP/1.1: maxConnections and maxPendingRequests; HTTP/2: maxRequests. Calls must come in order of time.
   */
  enterPool(destination: DestinationIr, { endpoint, atMs, durationMs }: PoolEntry): number | undefined {
    const key = keyOf(endpoint);
    this.#busy = this.#busy.filter((request) => request.until > atMs);
    const limits = poolLimits(destination);
    const active = this.#busy.filter((request) => request.from <= atMs).length;
    // Envoy always allows an endpoint its first connection.
    const first = limits.perConnection && !this.#busy.some((request) => request.endpoint === key);
    if (active < limits.active || first) return this.#occupy(key, { atMs, from: atMs, durationMs });
    const queued = this.#busy.filter((request) => request.from > atMs).length;
    if (queued >= limits.queued) return undefined;
    const ends = this.#busy.map((request) => request.until).sort((a, b) => a - b);
    return this.#occupy(key, { atMs, from: ends[queued] ?? atMs, durationMs });
  }

  /** Endpoints that are not ejected now. */
  admitted(endpoints: readonly EndpointIr[], atMs: number): readonly EndpointIr[] {
    return endpoints.filter((endpoint) => (this.#records.get(keyOf(endpoint))?.ejectedUntil ?? 0) <= atMs);
  }

  /** Counts the outcome of a try and ejects the endpoint when its failures in a row reach a threshold. */
  report(
    outlier: OutlierDetectionIr | undefined,
    params: { endpoint: EndpointIr; all: readonly EndpointIr[]; outcome: TryOutcome; atMs: number },
  ): void {
    if (outlier === undefined || params.outcome.kind === 'overflow') return;
    const record = this.#records.get(keyOf(params.endpoint)) ?? {
      serverErrors: 0,
      gatewayErrors: 0,
      localFailures: 0,
      ejections: 0,
      ejectedUntil: 0,
    };
    this.#records.set(keyOf(params.endpoint), record);
    count(record, params.outcome, outlier.splitLocalOriginErrors);
    const due =
      reached(record.serverErrors, outlier.consecutive5xx) ||
      reached(record.gatewayErrors, outlier.consecutiveGatewayErrors) ||
      (outlier.splitLocalOriginErrors && reached(record.localFailures, outlier.consecutiveLocalOriginFailures));
    if (!due || !this.#mayEject(outlier, params)) return;
    record.ejections += 1;
    record.ejectedUntil = params.atMs + outlier.baseEjectionMs * record.ejections;
    record.serverErrors = record.gatewayErrors = record.localFailures = 0;
  }

  /** One ejection is always allowed, however small the percentage, unless it is 0. Source: Envoy's outlier detection, max_ejection_percent. */
  #mayEject(outlier: OutlierDetectionIr, { all, atMs }: { all: readonly EndpointIr[]; atMs: number }): boolean {
    const ejected = all.length - this.admitted(all, atMs).length;
    if (outlier.maxEjectionPercent === 0) return false;
    return ejected === 0 || ((ejected + 1) / all.length) * 100 <= outlier.maxEjectionPercent;
  }

  #occupy(endpoint: string, { atMs, from, durationMs }: { atMs: number; from: number; durationMs: number }): number {
    this.#busy.push({ endpoint, from, until: from + durationMs });
    return from - atMs;
  }
}

/** A request that asks for a place. */
export interface PoolEntry {
  readonly endpoint: EndpointIr;
  readonly atMs: number;
  readonly durationMs: number;
}

interface EndpointRecord {
  serverErrors: number;
  gatewayErrors: number;
  localFailures: number;
  ejections: number;
  ejectedUntil: number;
}

function keyOf(endpoint: EndpointIr): string {
  return `${endpoint.address}|${endpoint.port}`;
}

function reached(count: number, threshold: number): boolean {
  return threshold > 0 && count >= threshold;
}

/** Without split, failures to connect count as 5xx and gateway errors. */
function count(record: EndpointRecord, outcome: TryOutcome, split: boolean): void {
  if (outcome.kind !== 'response') {
    if (split) record.localFailures += 1;
    else {
      record.serverErrors += 1;
      record.gatewayErrors += 1;
    }
    return;
  }
  const { status } = outcome.response;
  record.localFailures = 0;
  record.serverErrors = status >= 500 ? record.serverErrors + 1 : 0;
  record.gatewayErrors = status >= 502 && status <= 504 ? record.gatewayErrors + 1 : 0;
}

function poolLimits({ pool, protocol }: { pool: ConnectionPoolIr; protocol: DestinationIr['protocol'] }): {
  active: number;
  queued: number;
  perConnection: boolean;
} {
  const unlimited = Number.POSITIVE_INFINITY;
  if (protocol === 'http2' || protocol === 'grpc')
    return { active: pool.maxRequests ?? unlimited, queued: 0, perConnection: false };
  return {
    active: pool.maxConnections ?? unlimited,
    queued: pool.maxPendingRequests ?? unlimited,
    perConnection: true,
  };
}
