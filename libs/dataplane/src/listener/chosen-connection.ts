import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Counter } from '../runtime/instruments.ts';
import type { ConnectionInfo, DownstreamConnection, TlsInfo } from '../runtime/connection.ts';
import type { Timer } from '../runtime/services.ts';
import type { PeerRefusal } from '../tls/peer-check.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import { readDirectly } from '../transport/direct-read.ts';
import { reportFault, SocketTransport } from '../transport/socket-transport.ts';
import type { AwaitedBytes } from './awaited-bytes.ts';
import { readClientHello, type ClientHello } from './client-hello.ts';
import type { FilterChain, LiveConnection } from './filter-chain.ts';
import type { AcceptingListener } from './accepting-listener.ts';

export interface ChosenParams {
  readonly socket: Socket;
  readonly listener: AcceptingListener;
  readonly chain: FilterChain;
  readonly info: ConnectionInfo;
  readonly acceptedAt: number;
  /** What was read so far. */
  readonly bytes: AwaitedBytes;
  /** Undefined: nobody has looked for one, or there is none. */
  readonly hello: ClientHello | undefined;
}

/** More waiting than this would only hide that the client is slow. In bytes. */
const mostHighWaterBytes = 64 * 1024;

/**
 * A handshake that the configuration gives no time has so long: no idle timeout counts before it is over, and a connection that is drained is not known
 * to its chain yet. Envoy has the idle timeout of its last filter, an hour.
 */
const handshakePatienceMs = 60_000;

/** A connection whose filter chain is chosen: TLS, then network filters, then the last filter. */
export class ChosenConnection {
  readonly #params: ChosenParams;
  #timer: Timer | undefined;
  #established = false;
  #live: LiveConnection | undefined;

  constructor(params: ChosenParams) {
    this.#params = params;
  }

  begin(): void {
    const { socket, listener } = this.#params;
    listener.stats.cxTotal.inc();
    listener.stats.cxActive.inc();
    listener.stats.workerCxTotal.inc();
    listener.stats.workerCxActive.inc();
    socket.once('close', () => this.#closed());
    this.#guarded(() => this.#begin());
  }

  #begin(): void {
    const { socket, listener, chain, hello, bytes } = this.#params;
    if (chain.tls === undefined) return this.#establish(socket);
    const ms = chain.config.transportSocketConnectTimeoutMs || handshakePatienceMs;
    this.#timer = listener.services.timers.set(ms, () => this.#handshakeTimedOut());
    if (hello === undefined && chain.tls.alpnProtocols.length > 0) {
      const tls = chain.tls;
      bytes.wait({ onBytes: () => this.#lookForAlpn(tls), onEnd: () => this.#abort() });
      return this.#lookForAlpn(tls);
    }
    this.#beginTls(chain.tls, hello);
  }

  /** The client's ALPN has to be known before the handshake: without a protocol in common Envoy goes on without one. */
  #lookForAlpn(tls: ServerTls): void {
    const { bytes } = this.#params;
    const result = readClientHello(bytes.take());
    if (result.kind === 'more') return;
    bytes.stop();
    // What is no ClientHello is refused by the library, with its own alert.
    this.#beginTls(tls, result.kind === 'hello' ? result.hello : undefined);
  }

  #beginTls(tls: ServerTls, hello: ClientHello | undefined): void {
    const { socket, listener, bytes } = this.#params;
    bytes.putBack();
    const secured = tls.begin(socket, hello?.applicationProtocols ?? []);
    if (secured === undefined) {
      listener.stats.secretsNotReady.inc();
      return this.#abort();
    }
    secured.on('error', (error: Error) => this.#handshakeFailed(error));
    secured.once('secure', () => this.#guarded(() => this.#secured(tls, secured)));
  }

  /** A fault of what looks at a connection, or takes it over, is a bug: it ends this connection, and no other. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      reportFault(error);
      this.#abort();
    }
  }

  #secured(tls: ServerTls, secured: TLSSocket): void {
    const { listener } = this.#params;
    const { stats } = listener;
    const verdict = tls.verify(secured);
    if ('failure' in verdict) {
      this.#failureCounter(verdict.failure).inc();
      return this.#abort();
    }
    stats.countHandshake(verdict.info);
    if (verdict.resumed) stats.sslSessionReused.inc();
    if (verdict.info.peer === undefined) stats.sslNoCertificate.inc();
    this.#establish(secured, verdict.info);
  }

  #establish(socket: Socket, tls?: TlsInfo): void {
    const { listener, chain, bytes } = this.#params;
    this.#established = true;
    this.#timer?.cancel();
    const transport = new SocketTransport({
      socket,
      tls: tls !== undefined,
      highWaterBytes: Math.min(listener.config.perConnectionBufferLimitBytes, mostHighWaterBytes),
    });
    const info = tls === undefined ? this.#params.info : withTls(this.#params.info, tls);
    const connection = new Downstream(transport, info);
    const refusal = chain.guard.refusal(info);
    if (refusal !== undefined) {
      chain.terminal.refuse?.(connection, refusal);
      transport.destroy();
      return;
    }
    const first = tls === undefined ? bytes.take() : readAll(socket);
    readDirectly(socket, (length) => transport.received(length));
    const reader = chain.terminal.accept(connection);
    this.#live = { transport, reader };
    chain.add(this.#live);
    transport.start(reader, first);
  }

  #failureCounter(failure: PeerRefusal['failure']): Counter {
    const { stats } = this.#params.listener;
    switch (failure) {
      case 'error':
        return stats.sslFailVerifyError;
      case 'no-cert':
        return stats.sslFailVerifyNoCert;
      case 'san':
        return stats.sslFailVerifySan;
      case 'hash':
        return stats.sslFailVerifyCertHash;
    }
  }

  #handshakeFailed(error: NodeJS.ErrnoException): void {
    if (this.#established) return;
    const { stats } = this.#params.listener;
    if (error.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') stats.sslFailVerifyNoCert.inc();
    else if (error.code?.startsWith('ERR_SSL_') === true) stats.sslConnectionError.inc();
    // The socket closes by itself, once the alert is out.
  }

  #handshakeTimedOut(): void {
    if (this.#established) return;
    this.#params.listener.stats.connectTimeout.inc();
    this.#abort();
  }

  #abort(): void {
    this.#params.socket.destroy();
  }

  #closed(): void {
    const { listener, chain, acceptedAt } = this.#params;
    this.#timer?.cancel();
    if (this.#live !== undefined) chain.connections.delete(this.#live);
    const { stats, services } = listener;
    stats.cxActive.dec();
    stats.workerCxActive.dec();
    stats.cxDestroy.inc();
    stats.cxLengthMs.record(Math.round(services.timers.now() - acceptedAt));
  }
}

class Downstream implements DownstreamConnection {
  readonly transport: SocketTransport;
  readonly info: ConnectionInfo;

  constructor(transport: SocketTransport, info: ConnectionInfo) {
    this.transport = transport;
    this.info = info;
  }

  countBytes(received: Counter | undefined, sent: Counter | undefined): void {
    this.transport.countBytes(received, sent);
  }
}

function withTls(info: ConnectionInfo, tls: TlsInfo): ConnectionInfo {
  // What the chain was chosen by comes first: a resumed session may bring the name of another time.
  return { ...info, tls, requestedServerName: info.requestedServerName === '' ? tls.sni : info.requestedServerName };
}

/** What the stream has taken already; nothing in most cases. */
function readAll(socket: Socket): Buffer | undefined {
  if (socket.readableLength === 0) return undefined;
  return socket.read() as Buffer | undefined;
}
