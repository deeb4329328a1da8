import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { DownstreamTlsConfig } from '@malla/proxy-config';
import type { TlsInfo } from '../runtime/connection.ts';
import { PeerCheck, tlsInfo, type PeerRefusal } from './peer-check.ts';
import type { TlsContext, TlsContexts } from './tls-contexts.ts';

/** What came of a handshake. */
export type ServerVerdict = { readonly info: TlsInfo; readonly resumed: boolean } | PeerRefusal;

/** TLS of one filter chain, server side. */
export interface ServerTls {
  /** In order of preference; empty: no ALPN. */
  readonly alpnProtocols: readonly string[];
  /**
   * Begins a handshake on an accepted socket; `secure` tells its end, `error` or `close` that there will be none. Undefined while a secret is
   * missing: the connection is to be closed. `offered` is the client's ALPN.
   */
  begin(socket: Socket, offered: readonly string[]): TLSSocket | undefined;
  /** Checks the peer after the handshake; nothing of the connection may be used before. */
  verify(socket: TLSSocket): ServerVerdict;
}

export interface ServerTlsParams {
  readonly config: DownstreamTlsConfig;
  readonly contexts: TlsContexts;
  readonly now: () => number;
}

/** TLS of a filter chain with the newest secrets. */
export function createServerTls(params: ServerTlsParams): ServerTls {
  return new ChainTls(params);
}

class ChainTls implements ServerTls {
  readonly alpnProtocols: readonly string[];
  readonly #config: DownstreamTlsConfig;
  readonly #contexts: TlsContexts;
  readonly #check: PeerCheck;
  #version = -1;
  #context: TlsContext | undefined;
  /** Of the connections that are in their handshake or live: what they began with. */
  readonly #own = new WeakMap<TLSSocket, TlsContext>();

  constructor({ config, contexts, now }: ServerTlsParams) {
    this.alpnProtocols = config.alpnProtocols;
    this.#config = config;
    this.#contexts = contexts;
    this.#check = new PeerCheck({
      validation: config.validation,
      required: config.requireClientCertificate,
      certificates: contexts.certificates,
      now,
    });
  }

  begin(socket: Socket, offered: readonly string[]): TLSSocket | undefined {
    const context = this.#current();
    if (context === undefined) return undefined;
    const common = this.alpnProtocols.some((protocol) => offered.includes(protocol));
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: context.context,
      requestCert: this.#check.asks,
      // Only makes a missing certificate an alert; whether one is good is decided in `verify`.
      rejectUnauthorized: this.#config.requireClientCertificate,
      // Without a protocol in common the library would refuse; Envoy goes on without.
      ...(common && { ALPNProtocols: [...this.alpnProtocols] }),
    });
    secured.disableRenegotiation();
    this.#own.set(secured, context);
    return secured;
  }

  verify(socket: TLSSocket): ServerVerdict {
    const checked = this.#check.check(socket);
    if ('failure' in checked) return checked;
    const own = this.#own.get(socket)?.own ?? { uriSans: [], subject: '' };
    return { info: tlsInfo(socket, own, checked.certificate), resumed: socket.isSessionReused() };
  }

  #current(): TlsContext | undefined {
    if (this.#version !== this.#contexts.version) {
      this.#context = this.#contexts.get(this.#config, 'server');
      this.#version = this.#contexts.version;
    }
    return this.#context;
  }
}
