import type { Host } from '@malla/balancing';
import type { WorkerServices } from '../../runtime/services.ts';
import type { ClusterRuntime, ConnectFailure } from '../../runtime/upstream.ts';
import { reportFault } from '../../transport/socket-transport.ts';
import type { ClusterStats } from '../stats/cluster-stats.ts';
import type { Deadlines } from '../stream/deadlines.ts';
import { PooledConnection, type ConnectionOwner } from './pooled-connection.ts';
import type { PoolClient } from './pool-client.ts';
import type { PoolVariant } from './pool-variant.ts';

interface Params {
  readonly cluster: ClusterRuntime;
  readonly host: Host;
  readonly variant: PoolVariant;
  readonly stats: ClusterStats;
  readonly services: WorkerServices;
  readonly deadlines: Deadlines;
  /** Nothing is left in the pool; whoever keeps it may forget it. */
  readonly onEmpty: (pool: HostPool) => void;
}

/**
 * Connections to one host in one way (protocol, server name). The one that was used last is used first, so that surplus connections can grow old. A
 * request without a connection waits in line; there are as many attempts to connect as the line needs.
 * Source: Envoy's source/common/conn_pool/conn_pool_base.cc.
 */
export class HostPool implements ConnectionOwner {
  readonly cluster: ClusterRuntime;
  readonly host: Host;
  readonly variant: PoolVariant;
  readonly stats: ClusterStats;
  readonly services: WorkerServices;
  readonly deadlines: Deadlines;
  /** Connections with room; the last is the next. */
  readonly #ready: PooledConnection[] = [];
  readonly #connecting = new Set<PooledConnection>();
  readonly #all = new Set<PooledConnection>();
  readonly #pending: PoolClient[] = [];
  readonly #onEmpty: (pool: HostPool) => void;
  #draining = false;

  constructor(params: Params) {
    this.cluster = params.cluster;
    this.host = params.host;
    this.variant = params.variant;
    this.stats = params.stats;
    this.services = params.services;
    this.deadlines = params.deadlines;
    this.#onEmpty = params.onEmpty;
  }

  now(): number {
    return this.services.timers.now();
  }

  /** Gives the client a connection now or later, or tells it why there is none. */
  newStream(client: PoolClient): void {
    const connection = this.#nextReady();
    if (connection !== undefined) {
      this.#attach(connection, client);
      return;
    }
    if (!this.cluster.limits.pendingRequests.tryAcquire()) {
      this.#tellWhenEmpty();
      client.onPoolFailure({ reason: 'overflow', detail: '' });
      return;
    }
    this.stats.pendingTotal.inc();
    this.stats.pendingActive.inc();
    this.#pending.push(client);
    this.#connectForPending();
  }

  /** The client does not wait any more. What was to be its connection is still made, for the next one, as in Envoy. */
  cancel(client: PoolClient): void {
    const at = this.#pending.indexOf(client);
    if (at < 0) return;
    this.#pending.splice(at, 1);
    this.#leavesLine();
    this.stats.cancelled.inc();
  }

  /** The host is gone: connections end when their requests are over. */
  drain(): void {
    this.#draining = true;
    for (const connection of [...this.#all]) if (!this.#connecting.has(connection)) connection.drain();
    if (this.#pending.length === 0) while (this.#connecting.size > 0) this.#abandonOne();
  }

  onConnected(connection: PooledConnection): void {
    this.#connecting.delete(connection);
    this.onRoom(connection);
  }

  onConnectFailed(connection: PooledConnection, failure: ConnectFailure): void {
    this.#connecting.delete(connection);
    // All that wait hear of it, so that each can go elsewhere.
    const waiting = this.#pending.splice(0);
    this.#forget(connection);
    const reason = failure.kind === 'timeout' ? 'connection-timeout' : 'connection-failure';
    for (const client of waiting) {
      this.#leavesLine();
      this.stats.pendingFailureEject.inc();
      try {
        client.onPoolFailure({ reason, detail: failure.detail });
      } catch (error) {
        // The next one may be of another connection.
        reportFault(error);
      }
    }
  }

  /** A connection may have room again: the line comes first. */
  onRoom(connection: PooledConnection): void {
    while (this.#pending.length > 0 && connection.hasRoom) {
      const client = this.#pending.shift() as PoolClient;
      this.#leavesLine();
      this.#attachWaiting(connection, client);
    }
    if (this.#draining) connection.drain();
    else if (connection.hasRoom) this.#list(connection);
  }

  unlist(connection: PooledConnection): void {
    if (!connection.listed) return;
    connection.listed = false;
    const at = this.#ready.lastIndexOf(connection);
    if (at >= 0) this.#ready.splice(at, 1);
  }

  onClosed(connection: PooledConnection): void {
    this.unlist(connection);
    this.#forget(connection);
    if (this.#pending.length > 0) this.#connectForPending();
  }

  /** What a client does wrong is its own affair: the connection, and the others in the line, belong to other connections. */
  #attachWaiting(connection: PooledConnection, client: PoolClient): void {
    try {
      this.#attach(connection, client);
    } catch (error) {
      reportFault(error);
      client.onReset('local-reset');
    }
  }

  #attach(connection: PooledConnection, client: PoolClient): void {
    if (!this.cluster.limits.requests.tryAcquire()) {
      // Nothing has happened to the connection: the next request may have it.
      if (connection.hasRoom) this.#list(connection);
      client.onPoolFailure({ reason: 'overflow', detail: '' });
      return;
    }
    connection.attach(client);
  }

  /** The connection to use next, still in the list when it has room for more. */
  #nextReady(): PooledConnection | undefined {
    const ready = this.#ready;
    while (ready.length > 0) {
      const connection = ready[ready.length - 1] as PooledConnection;
      if (connection.version === '1' || !connection.hasRoom) {
        ready.pop();
        connection.listed = false;
      }
      if (connection.hasRoom) return connection;
    }
    return undefined;
  }

  #list(connection: PooledConnection): void {
    if (connection.listed) return;
    connection.listed = true;
    this.#ready.push(connection);
  }

  #connectForPending(): void {
    const { limits } = this.cluster;
    while (this.#pending.length > this.#connecting.size * this.variant.streamsPerConnection) {
      const allowed = limits.connections.tryAcquire();
      // A host without any connection gets one all the same, or its line would never move.
      if (!allowed && this.#all.size > 0) return;
      const connection = new PooledConnection(this, allowed);
      this.#all.add(connection);
      this.#connecting.add(connection);
      connection.connect();
    }
  }

  #abandonOne(): void {
    for (const connection of this.#connecting) {
      this.#connecting.delete(connection);
      this.#forget(connection);
      connection.abandon();
      return;
    }
  }

  #leavesLine(): void {
    this.cluster.limits.pendingRequests.release();
    this.stats.pendingActive.dec();
  }

  #forget(connection: PooledConnection): void {
    if (this.#all.delete(connection) && connection.counted) this.cluster.limits.connections.release();
    this.#tellWhenEmpty();
  }

  #tellWhenEmpty(): void {
    if (this.#all.size === 0 && this.#pending.length === 0) this.#onEmpty(this);
  }
}
