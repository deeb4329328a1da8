import { HealthCheckState, type HealthCheckResult, type Host } from '@malla/balancing';
import type { Transport } from '@malla/http-codec';
import type { HealthCheckConfig } from '@malla/proxy-config';
import type { TransportReader } from '@malla/http-codec';
import type { Counter, Gauge, StatsScope } from '../runtime/instruments.ts';
import type { Timer, Timers } from '../runtime/services.ts';
import type { ConnectHandler, UpstreamConnection } from '../runtime/upstream.ts';

/** Asks a host that is connected, in HTTP or gRPC. The transport is destroyed once `done` was called. */
export type HealthProbe = (params: {
  readonly check: Exclude<HealthCheckConfig['check'], { kind: 'tcp' }>;
  readonly cluster: string;
  readonly connection: UpstreamConnection;
  readonly done: (result: HealthCheckResult) => void;
}) => TransportReader;

export interface HealthCheckerParams {
  readonly cluster: string;
  readonly config: HealthCheckConfig;
  readonly scope: StatsScope;
  readonly timers: Timers;
  readonly random: () => number;
  readonly hasTraffic: () => boolean;
  readonly connect: (host: Host, handler: ConnectHandler) => () => void;
  readonly probe: HealthProbe;
  /** The verdict on a host has changed. */
  readonly onChange: (host: Host, healthy: boolean) => void;
  /** A check has passed, whether or not that changed anything. */
  readonly onPassed: (host: Host) => void;
}

/** Active health checks of all hosts of a cluster, each check by a connection of its own. */
export class HealthChecker {
  readonly #params: HealthCheckerParams;
  readonly #stats: HealthCheckStats;
  readonly #checks = new Map<Host, HostCheck>();

  constructor(params: HealthCheckerParams) {
    this.#params = params;
    this.#stats = new HealthCheckStats(params.scope);
  }

  add(hosts: readonly Host[]): void {
    for (const host of hosts) {
      const check = new HostCheck(host, this.#params, this.#stats);
      this.#checks.set(host, check);
      check.run();
    }
  }

  remove(hosts: readonly Host[]): void {
    for (const host of hosts) {
      this.#checks.get(host)?.stop();
      this.#checks.delete(host);
    }
  }

  stop(): void {
    this.remove([...this.#checks.keys()]);
  }
}

class HealthCheckStats {
  readonly attempt: Counter;
  readonly success: Counter;
  readonly failure: Counter;
  readonly networkFailure: Counter;
  readonly healthy: Gauge;

  constructor(scope: StatsScope) {
    this.attempt = scope.counter('health_check.attempt');
    this.success = scope.counter('health_check.success');
    this.failure = scope.counter('health_check.failure');
    this.networkFailure = scope.counter('health_check.network_failure');
    this.healthy = scope.gauge('health_check.healthy');
  }
}

/** The check of one host: again and again, at most one at a time. */
class HostCheck implements ConnectHandler {
  readonly #host: Host;
  readonly #params: HealthCheckerParams;
  readonly #stats: HealthCheckStats;
  readonly #state: HealthCheckState;
  #timer: Timer | undefined;
  #giveUp: (() => void) | undefined;
  #transport: Transport | undefined;
  #running = false;
  #stopped = false;

  constructor(host: Host, params: HealthCheckerParams, stats: HealthCheckStats) {
    this.#host = host;
    this.#params = params;
    this.#stats = stats;
    this.#state = new HealthCheckState({
      config: params.config,
      random: params.random,
      hasTraffic: params.hasTraffic,
      onChange: (healthy) => {
        if (healthy) stats.healthy.inc();
        else stats.healthy.dec();
        params.onChange(host, healthy);
      },
    });
  }

  run(): void {
    if (this.#stopped) return;
    const { config, timers, connect } = this.#params;
    this.#running = true;
    this.#stats.attempt.inc();
    this.#timer = timers.set(config.timeoutMs, () => this.#done('network'));
    this.#giveUp = connect(this.#host, this);
  }

  onConnected(connection: UpstreamConnection): TransportReader {
    const { config, probe, cluster } = this.#params;
    this.#giveUp = undefined;
    this.#transport = connection.transport;
    const { check } = config;
    if (check.kind !== 'tcp') return probe({ check, cluster, connection, done: (result) => this.#done(result) });
    this.#done('passed');
    return deaf;
  }

  onFailed(): void {
    this.#giveUp = undefined;
    this.#done('network');
  }

  stop(): void {
    this.#stopped = true;
    this.#end();
    if (this.#state.healthy) this.#stats.healthy.dec();
  }

  #done(result: HealthCheckResult): void {
    if (!this.#running) return;
    this.#end();
    if (result === 'passed') this.#stats.success.inc();
    else this.#stats.failure.inc();
    if (result === 'network') this.#stats.networkFailure.inc();
    const next = this.#state.onResult(result);
    if (result === 'passed') this.#params.onPassed(this.#host);
    this.#timer = this.#params.timers.set(next, () => this.run());
  }

  #end(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#giveUp?.();
    this.#giveUp = undefined;
    this.#transport?.destroy();
    this.#transport = undefined;
  }
}

const deaf: TransportReader = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};
