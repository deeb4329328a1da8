import type { ClientExchange, ResponseReceiver } from '@malla/http-codec';
import type { Host } from '@malla/balancing';
import type { SocketEnd, TlsInfo } from '../../runtime/connection.ts';

/** Why a pool has no connection for a request. */
export interface PoolFailure {
  readonly reason: 'overflow' | 'connection-failure' | 'connection-timeout';
  /** Of the transport, such as `TLS error: ...`; empty without. */
  readonly detail: string;
}

/** A request that waits for a connection, then talks by it. */
export interface PoolClient extends ResponseReceiver {
  /** Sends its head at once. */
  onPoolReady(exchange: ClientExchange, connection: StreamConnection): void;
  onPoolFailure(failure: PoolFailure): void;
}

/** What a request knows of the connection that carries it. */
export interface StreamConnection {
  readonly host: Host;
  readonly version: '1' | '2';
  readonly remote: SocketEnd | undefined;
  readonly local: SocketEnd | undefined;
  readonly tls: TlsInfo | undefined;
  /** Called once by each client that got the connection, when both of its halves are over. */
  onStreamOver(): void;
}
