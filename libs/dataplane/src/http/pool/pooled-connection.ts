import { Http2ClientConnection, type ClientConnectionHandler, type TransportReader } from '@malla/http-codec';
import type { Host } from '@malla/balancing';
import type { SocketEnd, TlsInfo } from '../../runtime/connection.ts';
import type { ClusterRuntime, ConnectFailure, ConnectHandler, UpstreamConnection } from '../../runtime/upstream.ts';
import type { Deadline, DeadlineOwner, Deadlines } from '../stream/deadlines.ts';
import { Http2Care } from '../stream/http2-care.ts';
import { clientCodec, type ClientCodec } from './client-codec.ts';
import type { PoolVariant } from './pool-variant.ts';
import type { ClusterStats } from '../stats/cluster-stats.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import type { PoolClient, StreamConnection } from './pool-client.ts';

const deadlines = { idle: 1, duration: 2, closing: 3 } as const;

/** A host that does not end an HTTP/2 connection which is over for us is not waited for longer, or it would count for ever. In milliseconds. */
const closingMs = 1_000;

/** The pool of a connection. */
export interface ConnectionOwner {
  readonly cluster: ClusterRuntime;
  readonly host: Host;
  readonly variant: PoolVariant;
  readonly stats: ClusterStats;
  readonly services: WorkerServices;
  readonly deadlines: Deadlines;
  now(): number;
  onConnected(connection: PooledConnection): void;
  onConnectFailed(connection: PooledConnection, failure: ConnectFailure): void;
  /** It may have room again. */
  onRoom(connection: PooledConnection): void;
  /** It takes no further requests. */
  unlist(connection: PooledConnection): void;
  onClosed(connection: PooledConnection): void;
}

/** One connection of a pool, from the attempt to connect to its end. */
export class PooledConnection implements ConnectHandler, ClientConnectionHandler, StreamConnection, DeadlineOwner {
  readonly host: Host;
  version: '1' | '2' = '1';
  remote: SocketEnd | undefined;
  local: SocketEnd | undefined;
  tls: TlsInfo | undefined;
  /** Stands in the pool's list of connections with room. */
  listed = false;
  codec: ClientCodec | undefined;
  /** It took a unit of the limit of connections. */
  readonly counted: boolean;
  readonly #pool: ConnectionOwner;
  #giveUp: (() => void) | undefined;
  #requests = 0;
  #draining = false;
  #over = false;
  #idle: Deadline | undefined;
  #duration: Deadline | undefined;
  #closing: Deadline | undefined;
  #care: Http2Care | undefined;

  constructor(pool: ConnectionOwner, counted: boolean) {
    this.#pool = pool;
    this.host = pool.host;
    this.counted = counted;
  }

  connect(): void {
    const { cluster, host, variant } = this.#pool;
    // By ALPN the protocol is known later.
    if (variant.protocol !== 'alpn') this.#count(variant.protocol === 'http2');
    const giveUp = cluster.connect({ host, handler: this, ...variant.connect });
    if (this.codec === undefined && !this.#over) this.#giveUp = giveUp;
  }

  /** What goes wrong in here is thrown to whoever made the connection, and ends it; those that wait for it, or have it, hear of it first. */
  onConnected(connection: UpstreamConnection): TransportReader {
    this.#giveUp = undefined;
    let codec: ClientCodec;
    try {
      codec = this.#begin(connection);
    } catch (error) {
      this.#giveDeadlines();
      this.onFailed({ kind: 'unreachable', detail: 'connection cannot be used' });
      throw error;
    }
    try {
      this.#pool.onConnected(this);
      // Whoever it was for may have gone.
      if (codec.activeExchanges === 0) this.#startIdling();
    } catch (error) {
      codec.destroy();
      codec.onClose();
      throw error;
    }
    return codec;
  }

  #begin(connection: UpstreamConnection): ClientCodec {
    const pool = this.#pool;
    this.remote = connection.remote;
    this.local = connection.local;
    this.tls = connection.tls;
    const { protocol } = pool.variant;
    const http2 = protocol === 'http2' || (protocol === 'alpn' && connection.tls?.alpn === 'h2');
    this.version = http2 ? '2' : '1';
    if (protocol === 'alpn') this.#count(http2);
    const codec = clientCodec({
      http2,
      transport: connection.transport,
      handler: this,
      config: pool.cluster.config.http,
      services: pool.services,
      counters: http2 ? pool.stats.http2 : undefined,
    });
    if (codec instanceof Http2ClientConnection) {
      const { connectionKeepalive } = pool.cluster.config.http.http2;
      this.#care = Http2Care.begin({
        codec,
        deadlines: pool.deadlines,
        keepalive: connectionKeepalive,
        stalledMs: 0,
      });
    }
    const { maxConnectionDurationMs } = pool.cluster.config.http;
    if (maxConnectionDurationMs) {
      this.#duration = pool.deadlines.take(this, deadlines.duration, maxConnectionDurationMs, pool.now());
    }
    this.codec = codec;
    return codec;
  }

  onFailed(failure: ConnectFailure): void {
    this.#giveUp = undefined;
    this.#over = true;
    this.#pool.onConnectFailed(this, failure);
  }

  /** May take one more request. */
  get hasRoom(): boolean {
    const { codec } = this;
    return codec !== undefined && !this.#draining && !this.#over && codec.activeExchanges < codec.capacity;
  }

  /** Gives the connection to a request. */
  attach(client: PoolClient): void {
    const codec = this.codec as ClientCodec;
    const { stats, cluster } = this.#pool;
    this.#requests++;
    this.#idle?.drop();
    stats.total.inc();
    stats.active.inc();
    this.host.activeRequests++;
    this.host.counts.requests++;
    const exchange = codec.open(client);
    try {
      client.onPoolReady(exchange, this);
    } catch (error) {
      exchange.reset();
      throw error;
    }
    const { maxRequestsPerConnection } = cluster.config.http;
    if (maxRequestsPerConnection && this.#requests >= maxRequestsPerConnection && !this.#draining) {
      stats.connectionMaxRequests.inc();
      this.drain();
    }
  }

  onStreamOver(): void {
    const { stats, cluster } = this.#pool;
    stats.active.dec();
    cluster.limits.requests.release();
    this.host.activeRequests--;
    this.#closeSoon();
  }

  /** No further requests; ends when those that run are over. */
  drain(): void {
    if (this.#draining || this.#over) return;
    this.#draining = true;
    this.#pool.unlist(this);
    if (this.codec !== undefined) this.codec.drain();
    this.#closeSoon();
  }

  /** Nobody wants it any more before it stands. */
  abandon(): void {
    const giveUp = this.#giveUp;
    if (giveUp === undefined || this.#over) return;
    this.#over = true;
    this.#giveUp = undefined;
    giveUp();
  }

  onAvailable(): void {
    if (this.codec?.activeExchanges === 0) this.#startIdling();
    this.#pool.onRoom(this);
    this.#closeSoon();
  }

  onProtocolError(): void {
    this.#pool.stats.protocolError.inc();
    this.#closeSoon();
  }

  onClose(): void {
    if (this.#over) return;
    this.#over = true;
    this.#giveDeadlines();
    this.#pool.onClosed(this);
  }

  #giveDeadlines(): void {
    const { deadlines: all } = this.#pool;
    if (this.#idle !== undefined) all.give(this.#idle);
    if (this.#duration !== undefined) all.give(this.#duration);
    if (this.#closing !== undefined) all.give(this.#closing);
    this.#idle = undefined;
    this.#duration = undefined;
    this.#closing = undefined;
    this.#care?.end();
  }

  onDeadline(kind: number): void {
    if (kind === deadlines.closing) return this.#endClosing();
    if (kind === deadlines.idle) {
      if (this.codec === undefined || this.codec.activeExchanges > 0) return;
      this.#pool.stats.connectionIdleTimeout.inc();
    }
    this.drain();
  }

  /** It takes nothing more: when its last request is over the host has a little time to end it. HTTP/1 connections are destroyed by their codec. */
  #closeSoon(): void {
    if (this.version === '1' || this.#over || this.#closing !== undefined || this.codec?.capacity !== 0) return;
    this.#closing = this.#pool.deadlines.take(this, deadlines.closing, closingMs, this.#pool.now());
  }

  #endClosing(): void {
    const { codec } = this;
    // A host that allowed no streams for a while may allow some again.
    const ends = codec !== undefined && codec.capacity === 0;
    if (ends && codec.activeExchanges === 0) return codec.destroy();
    if (!ends) {
      if (this.#closing !== undefined) this.#pool.deadlines.give(this.#closing);
      this.#closing = undefined;
      return;
    }
    const now = this.#pool.now();
    this.#closing?.moveTo(now + closingMs, now);
  }

  #count(http2: boolean): void {
    const { stats } = this.#pool;
    (http2 ? stats.http2Connections : stats.http1Connections).inc();
  }

  #startIdling(): void {
    const { idleTimeoutMs } = this.#pool.cluster.config.http;
    if (idleTimeoutMs === 0 || this.#over || this.#draining) return;
    const now = this.#pool.now();
    if (this.#idle === undefined) this.#idle = this.#pool.deadlines.take(this, deadlines.idle, idleTimeoutMs, now);
    else this.#idle.moveTo(now + idleTimeoutMs, now);
  }
}
