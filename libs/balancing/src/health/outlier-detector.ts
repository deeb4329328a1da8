import type { OutlierConfig } from '@malla/proxy-config';
import type { RandomSource } from '../balancers/balancer.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../hosts/host-set.ts';
import { createOutlierStats, type EjectionCause, type OutlierStats } from './outlier-stats.ts';

/** What an exchange or a connection told about a host. */
export type OutlierResult =
  /** Of an HTTP response; gRPC statuses are mapped to HTTP by the caller. */
  | { readonly kind: 'status'; readonly status: number }
  /** `connect-final`: connected, and nothing more will be told (TCP); `connect-success`: a response will tell more. */
  | {
      readonly kind:
        'connect-success' | 'connect-final' | 'connect-failed' | 'connect-timeout' | 'reset' | 'request-timeout';
    };

export interface OutlierDetectorParams {
  readonly config: OutlierConfig;
  /** Ejects and reinstates its hosts; gives the clock. */
  readonly hosts: HostSet;
  readonly random: RandomSource;
  /** Counted into; default: a new one. */
  readonly stats?: OutlierStats;
}

/** Ejections of one host, and its failures in a row. */
class HostRecord {
  failures5xx = 0;
  gatewayFailures = 0;
  localOriginFailures = 0;
  ejectedAt = 0;
  /** Undefined: it has never been ejected and come back. */
  reinstatedAt: number | undefined;
  /** The next ejection lasts so many times the base time. */
  multiplier = 0;
  jitterMs = 0;

  clearFailures(): void {
    this.failures5xx = 0;
    this.gatewayFailures = 0;
    this.localOriginFailures = 0;
  }
}

/**
 * Envoy's passive health checks by consecutive failures, for one cluster in one worker. Call `tick` every `intervalMs`.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/upstream/outlier
 */
export class OutlierDetector {
  readonly stats: OutlierStats;
  readonly #config: OutlierConfig;
  readonly #hosts: HostSet;
  readonly #random: RandomSource;
  /** Only hosts that have failed once. */
  readonly #records = new Map<Host, HostRecord>();

  constructor({ config, hosts, random, stats = createOutlierStats() }: OutlierDetectorParams) {
    this.stats = stats;
    this.#config = config;
    this.#hosts = hosts;
    this.#random = random;
  }

  /** Takes a result; may eject the host at once. */
  report(host: Host, result: OutlierResult): void {
    switch (result.kind) {
      case 'status':
        return this.#onStatus(host, result.status);
      case 'connect-success':
        if (this.#config.splitExternalLocalOriginErrors) this.#onLocalOriginSuccess(host);
        return;
      case 'connect-final':
        if (this.#config.splitExternalLocalOriginErrors) this.#onLocalOriginSuccess(host);
        else this.#onStatus(host, 200);
        return;
      case 'connect-failed':
      case 'reset':
        return this.#onLocalOriginFailure(host, 503);
      case 'connect-timeout':
      case 'request-timeout':
        return this.#onLocalOriginFailure(host, 504);
    }
  }

  /** Brings hosts back whose time is over, and shortens the next ejection of those that behave. */
  tick(): void {
    const now = this.#hosts.now();
    this.#forgetGone();
    for (const [host, record] of this.#records) {
      if (host.ejected) {
        if (now - record.ejectedAt >= this.#ejectionMs(record)) this.#reinstate(host, record);
      } else if (record.multiplier > 0 && record.reinstatedAt !== undefined) {
        if (now - record.reinstatedAt >= this.#config.intervalMs) record.multiplier--;
      }
    }
  }

  /** An active health check has passed: an ejected host comes back at once. */
  onHealthCheckPassed(host: Host): void {
    const record = this.#records.get(host);
    if (record && host.ejected) this.#reinstate(host, record);
  }

  #onStatus(host: Host, status: number): void {
    if (status < 500 || status > 599) {
      const known = this.#records.get(host);
      if (known === undefined) return;
      known.failures5xx = 0;
      known.gatewayFailures = 0;
      return;
    }
    const record = this.#record(host);
    const { consecutiveGatewayFailure, consecutive5xx } = this.#config;
    if (status >= 502 && status <= 504) {
      if (++record.gatewayFailures === consecutiveGatewayFailure) {
        this.#onOutlier(host, record, 'consecutive_gateway_failure');
      }
    } else {
      record.gatewayFailures = 0;
    }
    if (++record.failures5xx === consecutive5xx) this.#onOutlier(host, record, 'consecutive_5xx');
  }

  #onLocalOriginSuccess(host: Host): void {
    const record = this.#records.get(host);
    if (record) record.localOriginFailures = 0;
  }

  #onLocalOriginFailure(host: Host, status: number): void {
    if (!this.#config.splitExternalLocalOriginErrors) return this.#onStatus(host, status);
    const record = this.#record(host);
    if (++record.localOriginFailures === this.#config.consecutiveLocalOriginFailure) {
      this.#onOutlier(host, record, 'consecutive_local_origin_failure');
    }
  }

  #onOutlier(host: Host, record: HostRecord, cause: EjectionCause): void {
    if (host.gone || host.ejected) return;
    this.stats[`ejections_detected_${cause}`]++;
    this.#eject(host, record, cause);
    switch (cause) {
      case 'consecutive_5xx':
        this.stats.ejections_consecutive_5xx++;
        record.failures5xx = 0;
        break;
      case 'consecutive_gateway_failure':
        record.gatewayFailures = 0;
        break;
      case 'consecutive_local_origin_failure':
        record.localOriginFailures = 0;
        break;
    }
  }

  #eject(host: Host, record: HostRecord, cause: EjectionCause): void {
    const { baseEjectionTimeMs, maxEjectionTimeMs, maxEjectionTimeJitterMs, maxEjectionPercent } = this.#config;
    this.#forgetGone();
    if ((100 * (this.stats.ejections_active + 1)) / this.#hosts.size > Math.min(100, maxEjectionPercent)) {
      this.stats.ejections_overflow++;
      return;
    }
    if (cause === 'consecutive_5xx') this.stats.ejections_total++;
    if (this.#random() * 100 >= this.#enforcing(cause)) return;
    this.stats.ejections_active++;
    this.stats.ejections_enforced_total++;
    this.stats[`ejections_enforced_${cause}`]++;
    record.ejectedAt = this.#hosts.now();
    record.jitterMs = Math.floor(this.#random() * (maxEjectionTimeJitterMs + 1));
    if (record.multiplier * baseEjectionTimeMs < maxEjectionTimeMs + baseEjectionTimeMs) record.multiplier++;
    this.#hosts.setEjected(host, true);
  }

  #reinstate(host: Host, record: HostRecord): void {
    this.stats.ejections_active--;
    record.clearFailures();
    record.reinstatedAt = this.#hosts.now();
    this.#hosts.setEjected(host, false);
  }

  #ejectionMs({ multiplier, jitterMs }: HostRecord): number {
    const { baseEjectionTimeMs, maxEjectionTimeMs } = this.#config;
    return Math.min(baseEjectionTimeMs * multiplier, maxEjectionTimeMs) + jitterMs;
  }

  #enforcing(cause: EjectionCause): number {
    switch (cause) {
      case 'consecutive_5xx':
        return this.#config.enforcingConsecutive5xx;
      case 'consecutive_gateway_failure':
        return this.#config.enforcingConsecutiveGatewayFailure;
      case 'consecutive_local_origin_failure':
        return this.#config.enforcingConsecutiveLocalOriginFailure;
    }
  }

  #record(host: Host): HostRecord {
    let record = this.#records.get(host);
    if (record === undefined) {
      record = new HostRecord();
      this.#records.set(host, record);
    }
    return record;
  }

  /** Hosts that have gone are not ejected any more. */
  #forgetGone(): void {
    for (const host of this.#records.keys()) {
      if (!host.gone) continue;
      this.#records.delete(host);
      if (host.ejected) this.stats.ejections_active--;
    }
  }
}
