import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsInfo } from '../runtime/connection.ts';

/** What the statistics of a listener say of a peer's certificate. */
export type VerifyFailure = 'error' | 'no-cert' | 'san' | 'hash';

/** TLS of one filter chain, server side. */
export interface ServerTls {
  /** In order of preference; empty: no ALPN. */
  readonly alpnProtocols: readonly string[];
  /**
   * Begins a handshake on an accepted socket; `secure` tells its end, `error` or `close` that there will be none. Undefined while a secret is
   * missing: the connection is to be closed. `offered` is the client's ALPN.
   */
  begin(socket: Socket, offered: readonly string[]): TLSSocket | undefined;
  /** Checks the peer after the handshake. */
  verify(
    socket: TLSSocket,
  ): { readonly info: TlsInfo; readonly resumed: boolean } | { readonly failure: VerifyFailure };
}
