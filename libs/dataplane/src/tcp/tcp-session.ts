import type { Host } from '@malla/balancing';
import type { Transport, TransportReader } from '@malla/http-codec';
import type { AccessLogType, TcpProxyConfig } from '@malla/proxy-config';
import type { DownstreamConnection, SocketEnd, TerminalReader } from '../runtime/connection.ts';
import type { Timer } from '../runtime/services.ts';
import type { ClusterRuntime, ConnectFailure, ConnectHandler, UpstreamConnection } from '../runtime/upstream.ts';
import { endOf } from '../transport/socket-end.ts';
import type { TcpAccessLog, TcpServices } from './tcp-services.ts';
import { flushThenDestroy } from './flush-then-destroy.ts';
import { tcpLogRecord } from './tcp-log-record.ts';
import type { TcpStats, TcpUpstreamStats } from './tcp-stats.ts';

export interface TcpSessionParams {
  readonly connection: DownstreamConnection;
  readonly config: TcpProxyConfig;
  /** Chosen for this connection. */
  readonly cluster: string;
  readonly services: TcpServices;
  readonly stats: {
    readonly downstream: TcpStats;
    /** Of the cluster with that name in statistics. */
    readonly upstream: (statName: string) => TcpUpstreamStats;
  };
  readonly accessLog: TcpAccessLog | undefined;
}

/**
 * A connection on its way through: connecting, then passing bytes both ways, each chunk with one write. It is itself the reader of the client's
 * side; {@link UpstreamReader} is that of the other. Nothing is read from the client before the upstream connection stands.
 */
export class TcpSession implements TerminalReader, ConnectHandler {
  readonly #params: TcpSessionParams;
  readonly #downstream: Transport;
  readonly #stats: TcpStats;
  #upstream: Transport | undefined;
  #connection: UpstreamConnection | undefined;
  #cluster: ClusterRuntime | undefined;
  #upstreamStats: TcpUpstreamStats | undefined;
  #host: Host | undefined;
  #cancelConnect: (() => void) | undefined;
  /** Where it was, or was to be, connected to. */
  #remote: SocketEnd | undefined;
  #hasSlot = false;
  #clientEnded = false;
  #attempts = 0;
  #over = false;
  #flags: string[] = [];
  #transportFailure = '';
  #bytesReceived = 0;
  #bytesSent = 0;
  readonly #startedAt: number;
  #activeAt: number;
  #idleTimer: Timer | undefined;
  #durationTimer: Timer | undefined;

  constructor(params: TcpSessionParams) {
    this.#params = params;
    this.#downstream = params.connection.transport;
    this.#stats = params.stats.downstream;
    this.#startedAt = params.services.timers.now();
    this.#activeAt = this.#startedAt;
  }

  /** Begins to connect. Once, right after the constructor. */
  begin(): void {
    const { config, services, cluster } = this.#params;
    this.#stats.cxTotal.inc();
    this.#downstream.pause();
    if (config.maxDownstreamConnectionDurationMs !== undefined) {
      this.#durationTimer = services.timers.set(config.maxDownstreamConnectionDurationMs, () => this.#tooLong());
    }
    this.#cluster = services.clusters.get(cluster);
    if (this.#cluster === undefined) {
      this.#stats.cxNoRoute.inc();
      return this.#abort('NC');
    }
    this.#upstreamStats = this.#params.stats.upstream(this.#cluster.config.statName);
    this.#hasSlot = this.#cluster.limits.connections.tryAcquire();
    if (!this.#hasSlot) return this.#abort('UO');
    this.#connect(this.#cluster);
  }

  /** A network filter does not let it pass: it is logged, and nobody connects. */
  refuse(details: string): void {
    this.#stats.cxTotal.inc();
    this.#over = true;
    this.#cluster = this.#params.services.clusters.get(this.#params.cluster);
    this.#log('TcpConnectionEnd', details);
  }

  onConnected(connection: UpstreamConnection): TransportReader {
    this.#cancelConnect = undefined;
    this.#connection = connection;
    this.#upstream = connection.transport;
    this.#upstreamStats?.rqPendingActive.dec();
    this.#upstreamStats?.rqTotal.inc();
    this.#upstreamStats?.rqActive.inc();
    this.#cluster?.report(connection.host, { kind: 'connect-final' });
    if (this.#params.config.flushAccessLogOnConnected) this.#log('TcpUpstreamConnected');
    this.#startIdleTimer();
    this.#downstream.resume();
    if (this.#clientEnded) connection.transport.end();
    return new UpstreamReader(this);
  }

  onFailed(failure: ConnectFailure): void {
    this.#cancelConnect = undefined;
    if (this.#over || this.#cluster === undefined) return;
    this.#upstreamStats?.rqPendingActive.dec();
    this.#upstreamStats?.rqPendingFailureEject.inc();
    this.#transportFailure = failure.detail;
    if (!this.#flags.includes('UF')) this.#flags.push('UF');
    this.#releaseHost((host) => {
      this.#cluster?.report(host, { kind: failure.kind === 'timeout' ? 'connect-timeout' : 'connect-failed' });
    });
    this.#connect(this.#cluster);
  }

  onBytes(chunk: Buffer): void {
    this.#activeAt = this.#params.services.timers.now();
    this.#bytesReceived += chunk.length;
    this.#stats.cxRxBytes.inc(chunk.length);
    if (this.#upstream?.write(chunk) !== false) return;
    this.#stats.pausedReading.inc();
    this.#downstream.pause();
  }

  onEnd(): void {
    this.#clientEnded = true;
    this.#upstream?.end();
  }

  onDrain(): void {
    this.#upstream?.resume();
  }

  onClose(): void {
    if (this.#over) return;
    this.#finish();
    this.#giveUpConnecting();
    if (this.#upstream === undefined) return;
    this.#upstreamStats?.destroyLocalActive.inc();
    if (this.#upstream.bufferedBytes === 0) return this.#upstream.destroy();
    const stats = this.#stats;
    stats.upstreamFlushTotal.inc();
    stats.upstreamFlushActive.inc();
    flushThenDestroy(this.#upstream, this.#params.services.timers, () => stats.upstreamFlushActive.dec());
  }

  /** Bytes pass on until the drain time is over, as in Envoy. */
  drain(): void {}

  onUpstreamBytes(chunk: Buffer): void {
    this.#activeAt = this.#params.services.timers.now();
    this.#bytesSent += chunk.length;
    this.#stats.cxTxBytes.inc(chunk.length);
    if (!this.#downstream.write(chunk)) this.#upstream?.pause();
  }

  onUpstreamEnd(): void {
    this.#downstream.end();
  }

  onUpstreamDrain(): void {
    this.#stats.resumedReading.inc();
    this.#downstream.resume();
  }

  onUpstreamClose(): void {
    if (this.#over) return;
    this.#upstreamStats?.destroyRemoteActive.inc();
    this.#finish();
    flushThenDestroy(this.#downstream, this.#params.services.timers);
  }

  #connect(cluster: ClusterRuntime): void {
    const { config, connection, services } = this.#params;
    if (this.#attempts >= config.maxConnectAttempts) {
      this.#flags.push('URX');
      this.#upstreamStats?.attemptsExceeded.inc();
      return this.#abort();
    }
    const host = cluster.pick({ downstream: connection.info });
    if (host === undefined) {
      this.#upstreamStats?.noneHealthy.inc();
      return this.#abort('UH');
    }
    this.#attempts++;
    this.#upstreamStats?.rqPendingTotal.inc();
    this.#upstreamStats?.rqPendingActive.inc();
    host.activeRequests++;
    host.counts.requests++;
    this.#host = host;
    this.#remote = endOf(host.endpoint.address);
    this.#activeAt = services.timers.now();
    this.#cancelConnect = cluster.connect({ host, handler: this });
  }

  #abort(flag?: string): void {
    if (flag !== undefined) this.#flags.push(flag);
    this.#finish();
    this.#downstream.destroy();
  }

  #tooLong(): void {
    if (this.#over) return;
    this.#stats.maxDuration.inc();
    this.#flags.push('DT');
    this.#closeBoth();
  }

  #startIdleTimer(): void {
    const { config, services } = this.#params;
    if (config.idleTimeoutMs === 0) return;
    this.#activeAt = services.timers.now();
    this.#idleTimer = services.timers.set(config.idleTimeoutMs, () => this.#checkIdle());
  }

  /** One timer for each stretch of activity, not one for each chunk. */
  #checkIdle(): void {
    if (this.#over) return;
    const { config, services } = this.#params;
    const left = this.#activeAt + config.idleTimeoutMs - services.timers.now();
    if (left > 0) {
      this.#idleTimer = services.timers.set(left, () => this.#checkIdle());
      return;
    }
    this.#stats.idleTimeout.inc();
    this.#closeBoth();
  }

  #closeBoth(): void {
    this.#finish();
    this.#giveUpConnecting();
    if (this.#upstream !== undefined) this.#upstreamStats?.destroyLocalActive.inc();
    this.#upstream?.destroy();
    flushThenDestroy(this.#downstream, this.#params.services.timers);
  }

  #giveUpConnecting(): void {
    if (this.#cancelConnect === undefined) return;
    this.#upstreamStats?.rqPendingActive.dec();
    this.#upstreamStats?.rqPendingCancelled.inc();
    this.#cancelConnect();
    this.#cancelConnect = undefined;
  }

  #finish(): void {
    this.#over = true;
    if (this.#connection !== undefined) {
      this.#upstreamStats?.rqActive.dec();
      this.#upstreamStats?.destroyActive.inc();
    }
    this.#idleTimer?.cancel();
    this.#durationTimer?.cancel();
    if (this.#hasSlot) this.#cluster?.limits.connections.release();
    this.#releaseHost();
    this.#log('TcpConnectionEnd');
  }

  #log(type: AccessLogType, terminationDetails = ''): void {
    const { accessLog, connection, cluster, services } = this.#params;
    if (accessLog?.wants(type) !== true) return;
    accessLog.log(
      tcpLogRecord({
        type,
        info: connection.info,
        durationMs: Math.round(services.timers.now() - this.#startedAt),
        flags: this.#flags.slice(),
        cluster: this.#cluster === undefined ? '' : cluster,
        upstream: this.#connection,
        remote: this.#remote,
        attempts: this.#attempts,
        transportFailure: this.#transportFailure,
        terminationDetails,
        bytesReceived: this.#bytesReceived,
        bytesSent: this.#bytesSent,
      }),
    );
  }

  #releaseHost(report?: (host: Host) => void): void {
    const host = this.#host;
    if (host === undefined) return;
    this.#host = undefined;
    host.activeRequests--;
    report?.(host);
  }
}

/** The upstream side's reader: passes everything to its session. */
class UpstreamReader implements TransportReader {
  readonly #session: TcpSession;

  constructor(session: TcpSession) {
    this.#session = session;
  }

  onBytes(chunk: Buffer): void {
    this.#session.onUpstreamBytes(chunk);
  }

  onEnd(): void {
    this.#session.onUpstreamEnd();
  }

  onDrain(): void {
    this.#session.onUpstreamDrain();
  }

  onClose(): void {
    this.#session.onUpstreamClose();
  }
}
