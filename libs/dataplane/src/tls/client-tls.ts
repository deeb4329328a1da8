import type { Socket } from 'node:net';
import type { TlsInfo } from '../runtime/connection.ts';
import type { ClusterStats } from '../upstream/cluster-stats.ts';
import type { OpenSocketParams } from '../upstream/open-socket.ts';

/** TLS towards one host: what a connection needs, decided before it begins. */
export interface ClientTls {
  /** Begins to connect; the handshake follows, and `secureConnect` tells its end. The certificate is not yet checked then. */
  open(params: OpenSocketParams): Socket;
  /** Checks the peer's certificate after the handshake; `failure` in Envoy's words. Counts what is wrong with it. */
  verify(socket: Socket, stats: ClusterStats): { readonly info: TlsInfo } | { readonly failure: string };
}
