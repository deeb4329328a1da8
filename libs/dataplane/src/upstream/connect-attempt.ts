import type { Socket } from 'node:net';
import type { Host } from '@malla/balancing';
import type { ClusterConfig } from '@malla/proxy-config';
import type { SocketEnd, TlsInfo } from '../runtime/connection.ts';
import type { Timer, Timers } from '../runtime/services.ts';
import type { ConnectFailure, ConnectHandler, UpstreamConnection } from '../runtime/upstream.ts';
import { endOf, localEnd } from '../transport/socket-end.ts';
import { SocketTransport } from '../transport/socket-transport.ts';
import type { ClusterStats } from './cluster-stats.ts';
import type { ClientTls } from '../tls/client-tls.ts';
import { openSocket } from './open-socket.ts';

export interface ConnectAttemptParams {
  readonly host: Host;
  readonly config: ClusterConfig;
  readonly timers: Timers;
  readonly stats: ClusterStats;
  readonly handler: ConnectHandler;
  /** Absent: plain text. */
  readonly tls?: ClientTls;
  /** Over, either way. */
  readonly onSettled: (failure?: ConnectFailure) => void;
}

/** Bytes that may wait in a connection; more would only hide that the peer is slow. */
const mostHighWaterBytes = 64 * 1024;

/** One try to connect to a host, and the statistics of the connection for as long as it lives. */
export class ConnectAttempt {
  readonly #params: ConnectAttemptParams;
  readonly #socket: Socket;
  readonly #startedAt: number;
  #timer: Timer | undefined;
  #transport: SocketTransport | undefined;
  #settled = false;
  #timedOut = false;
  #peerEnded = false;
  #error: Error | undefined;

  constructor(params: ConnectAttemptParams) {
    this.#params = params;
    const { host, config, timers, stats, tls } = params;
    this.#startedAt = timers.now();
    stats.cxTotal.inc();
    stats.cxActive.inc();
    const socketParams = {
      address: host.endpoint.address,
      config,
      onRead: (length: number): void => this.#transport?.received(length),
    };
    const socket = tls === undefined ? openSocket(socketParams) : tls.open(socketParams);
    this.#socket = socket;
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => this.#connected());
    socket.on('error', (error: Error) => (this.#error ??= error));
    socket.once('end', () => (this.#peerEnded = true));
    socket.once('close', () => this.#closed());
    this.#timer = timers.set(config.connectTimeoutMs, () => this.#timeout());
  }

  /** Gives up, if it is not over. The handler hears nothing. */
  cancel(): void {
    if (this.#settled) return;
    this.#settle();
    this.#socket.destroy();
  }

  #connected(): void {
    if (this.#settled) return;
    const { host, config, stats, handler, timers, tls } = this.#params;
    let info: TlsInfo | undefined;
    if (tls !== undefined) {
      const verdict = tls.verify(this.#socket, stats);
      if ('failure' in verdict) return this.#refuse(verdict.failure);
      info = verdict.info;
    }
    this.#settle();
    stats.cxConnectMs.record(Math.round(timers.now() - this.#startedAt));
    const transport = new SocketTransport({
      socket: this.#socket,
      tls: tls !== undefined,
      highWaterBytes: Math.min(config.perConnectionBufferLimitBytes, mostHighWaterBytes),
    });
    transport.countBytes(stats.cxRxBytes, stats.cxTxBytes);
    this.#transport = transport;
    transport.start(handler.onConnected(new Connection({ transport, socket: this.#socket, host, tls: info })));
  }

  #timeout(): void {
    if (this.#settled) return;
    this.#timedOut = true;
    this.#params.stats.cxConnectTimeout.inc();
    this.#socket.destroy();
    this.#fail({ kind: 'timeout', detail: '' });
  }

  /** Connected, but not to whom it should be. */
  #refuse(detail: string): void {
    this.#socket.destroy();
    this.#fail({ kind: 'tls', detail });
  }

  #fail(failure: ConnectFailure): void {
    this.#settle(failure);
    this.#params.handler.onFailed(failure);
  }

  #settle(failure?: ConnectFailure): void {
    this.#settled = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#params.onSettled(failure);
  }

  #closed(): void {
    const { stats, timers, tls } = this.#params;
    stats.cxActive.dec();
    if (this.#transport === undefined) {
      stats.cxConnectFail.inc();
      if (tls !== undefined && this.#error !== undefined && !this.#timedOut) stats.sslConnectionError.inc();
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
  if (tls) return { kind: 'tls', detail: tlsDetail(error) };
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

/** Like Envoy's `TLS_error:|...:TLS_error_end`, with the library's own reason. */
function tlsDetail(error: Error | undefined): string {
  const { reason, code } = (error ?? {}) as { reason?: string; code?: string };
  const word = (reason ?? code ?? 'connection closed').replaceAll(/[^A-Za-z0-9_]+/g, '_').toUpperCase();
  return `TLS_error:|${word}:TLS_error_end`;
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
