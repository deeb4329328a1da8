import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Host } from '@malla/balancing';
import type { ClusterConfig } from '@malla/proxy-config';
import type { SocketEnd, TlsInfo } from '../runtime/connection.ts';
import type { Timer, Timers } from '../runtime/services.ts';
import type { ConnectFailure, ConnectHandler, UpstreamConnection } from '../runtime/upstream.ts';
import { endOf, localEnd } from '../transport/socket-end.ts';
import { reportFault, SocketTransport } from '../transport/socket-transport.ts';
import { handshakeFailureText, refusalText } from '../tls/failure-text.ts';
import type { PeerRefusal } from '../tls/peer-check.ts';
import type { ClusterTlsStats, ConnectionStats } from './cluster-stats.ts';
import type { ClientTls, ClientTlsOverrides, ClientVerdict } from '../tls/client-tls.ts';
import { openSocket } from './open-socket.ts';

export interface ConnectAttemptParams {
  readonly host: Host;
  readonly config: ClusterConfig;
  readonly timers: Timers;
  readonly stats: ConnectionStats;
  /** Only asked for with TLS. */
  readonly tlsStats: () => ClusterTlsStats;
  readonly handler: ConnectHandler;
  /** Undefined: plain text. */
  readonly tls: ClientTls | undefined;
  readonly overrides: ClientTlsOverrides;
  /** It carries traffic, and is one of those that the host has had. */
  readonly counted: boolean;
}

/** Bytes that may wait in a connection; more would only hide that the peer is slow. */
const mostHighWaterBytes = 64 * 1024;

/** One try to connect to a host, and the statistics of the connection for as long as it lives. */
export class ConnectAttempt {
  readonly #params: ConnectAttemptParams;
  readonly #socket: Socket | undefined;
  readonly #startedAt: number;
  #timer: Timer | undefined;
  #transport: SocketTransport | undefined;
  #settled = false;
  #peerEnded = false;
  #error: Error | undefined;

  constructor(params: ConnectAttemptParams) {
    this.#params = params;
    const { host, config, timers, stats, tls } = params;
    this.#startedAt = timers.now();
    stats.cxTotal.inc();
    stats.cxActive.inc();
    if (params.counted) {
      host.counts.connections++;
      host.counts.activeConnections++;
    }
    const socketParams = {
      address: host.endpoint.address,
      config,
      onRead: (length: number): void => this.#transport?.received(length),
    };
    this.#timer = timers.set(config.connectTimeoutMs, () => this.#timeout());
    try {
      this.#socket = tls === undefined ? openSocket(socketParams) : tls.open(socketParams, params.overrides);
    } catch (error) {
      // A bug, which costs this attempt: whoever wants to connect is not where it can be caught.
      reportFault(error);
      process.nextTick(cannotOpen, this);
      return;
    }
    if (this.#socket === undefined) process.nextTick(secretMissing, this);
    else this.#listen(this.#socket);
  }

  /** Gives up, if it is not over. The handler hears nothing. */
  cancel(): void {
    if (this.#settled) return;
    this.#settle();
    this.#destroy();
  }

  /** There is no socket, by a fault of ours. */
  onCannotOpen(): void {
    if (!this.#settled) this.#fail({ kind: 'unreachable', detail: '' });
    this.#closed();
  }

  /** A secret that the connection needs has not come: never plain text instead. */
  onSecretMissing(): void {
    this.#params.tlsStats().secretsNotReady.inc();
    if (!this.#settled) this.#fail({ kind: 'tls', detail: 'TLS error: Secret is not supplied by SDS' });
    this.#closed();
  }

  #listen(socket: Socket): void {
    const { tls } = this.#params;
    if (tls === undefined) socket.once('connect', () => this.#established(socket));
    else socket.once('secure', () => this.#secured(socket as TLSSocket, tls));
    socket.on('error', (error: Error) => (this.#error ??= error));
    socket.once('end', () => this.#ended(socket));
    socket.once('close', () => this.#closed());
  }

  #secured(socket: TLSSocket, tls: ClientTls): void {
    if (this.#settled) return;
    const { tlsStats } = this.#params;
    const verdict = this.#verdictOn(socket, tls);
    if ('failure' in verdict) return this.#refuse(verdict);
    const counted = tlsStats();
    counted.countHandshake(verdict.info);
    if (verdict.resumed) counted.sessionReused.inc();
    this.#established(socket, verdict.info);
  }

  /** A certificate that cannot even be looked at is refused. */
  #verdictOn(socket: TLSSocket, tls: ClientTls): ClientVerdict {
    try {
      return tls.verify(socket, this.#params.overrides);
    } catch (error) {
      reportFault(error);
      return { failure: 'error', reason: 'unreadable certificate' };
    }
  }

  #established(socket: Socket, info?: TlsInfo): void {
    if (this.#settled) return;
    const { host, config, stats, handler, timers } = this.#params;
    this.#settle();
    stats.cxConnectMs.record(Math.round(timers.now() - this.#startedAt));
    const transport = new SocketTransport({
      socket,
      tls: info !== undefined,
      highWaterBytes: Math.min(config.perConnectionBufferLimitBytes, mostHighWaterBytes),
    });
    transport.countBytes(stats.cxRxBytes, stats.cxTxBytes);
    this.#transport = transport;
    try {
      transport.start(handler.onConnected(new Connection({ transport, socket, host, tls: info })));
    } catch (error) {
      // A bug, which costs this connection and no other.
      reportFault(error);
      transport.destroy();
    }
  }

  #timeout(): void {
    if (this.#settled) return;
    this.#params.stats.cxConnectTimeout.inc();
    this.#destroy();
    this.#fail({ kind: 'timeout', detail: '' });
  }

  /** Connected, but not to whom it should be. */
  #refuse({ failure, reason }: PeerRefusal): void {
    const stats = this.#params.tlsStats();
    if (failure === 'error') stats.failVerifyError.inc();
    else if (failure === 'no-cert') stats.failVerifyNoCert.inc();
    else if (failure === 'san') stats.failVerifySan.inc();
    else stats.failVerifyCertHash.inc();
    this.#destroy();
    this.#fail({ kind: 'tls', detail: refusalText(reason) });
  }

  /** A peer that ends before the handshake is over leaves nothing to wait for. */
  #ended(socket: Socket): void {
    this.#peerEnded = true;
    if (!this.#settled) socket.destroy();
  }

  #destroy(): void {
    this.#socket?.destroy();
  }

  #fail(failure: ConnectFailure): void {
    this.#settle();
    try {
      this.#params.handler.onFailed(failure);
    } catch (error) {
      reportFault(error);
    }
  }

  #settle(): void {
    this.#settled = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #closed(): void {
    const { stats, timers, tls, tlsStats, host, counted } = this.#params;
    stats.cxActive.dec();
    if (counted) host.counts.activeConnections--;
    if (this.#transport === undefined) {
      stats.cxConnectFail.inc();
      if (counted) host.counts.failedConnections++;
      if (tls !== undefined && isTlsError(this.#error)) tlsStats().connectionError.inc();
    }
    stats.cxDestroy.inc();
    const remote = this.#peerEnded || this.#error !== undefined;
    (remote ? stats.cxDestroyRemote : stats.cxDestroyLocal).inc();
    stats.cxLengthMs.record(Math.round(timers.now() - this.#startedAt));
    if (!this.#settled) this.#fail(failureOf(this.#error, tls !== undefined));
  }
}

/** Why a connection could not be made, by the error of its socket. */
function failureOf(error: Error | undefined, tls: boolean): ConnectFailure {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const words = errnoWords[code];
  if (words !== undefined) {
    return { kind: code === 'ECONNREFUSED' ? 'refused' : 'unreachable', detail: `delayed connect error: ${words}` };
  }
  if (tls) return { kind: 'tls', detail: handshakeFailureText(error) };
  return { kind: 'unreachable', detail: code === '' ? '' : `delayed connect error: ${code}` };
}

/** Envoy's words for errors of connect(2). */
const errnoWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENOENT: 'No such file or directory',
};

function isTlsError(error: Error | undefined): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code?.startsWith('ERR_SSL_') === true;
}

function cannotOpen(attempt: ConnectAttempt): void {
  attempt.onCannotOpen();
}

function secretMissing(attempt: ConnectAttempt): void {
  attempt.onSecretMissing();
}

interface ConnectionParams {
  readonly transport: SocketTransport;
  readonly socket: Socket;
  readonly host: Host;
  readonly tls: TlsInfo | undefined;
}

class Connection implements UpstreamConnection {
  readonly transport: SocketTransport;
  readonly remote: SocketEnd;
  readonly local: SocketEnd;
  readonly host: Host;
  declare readonly tls?: TlsInfo;

  constructor({ transport, socket, host, tls }: ConnectionParams) {
    this.transport = transport;
    this.remote = endOf(host.endpoint.address);
    this.local = localEnd(socket);
    this.host = host;
    if (tls !== undefined) this.tls = tls;
  }
}
